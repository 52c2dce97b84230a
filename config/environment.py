"""Reading settings from the environment: one clear sentence for a wrong value."""

import os
import re
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import environ

T = TypeVar("T")

BASE_DIR = Path(__file__).resolve().parent.parent


class WrongSetting(SystemExit):
    """A variable has a value that cannot be used. Ends the start with exit status 1 and one sentence."""

    def __init__(self, variable: str, problem: str, remedy: str) -> None:
        super().__init__(f"{variable} {problem}: {remedy}")


def reader() -> environ.Env:
    """An `environ.Env` over the process environment and, below it, the file `.env` beside manage.py."""
    env = environ.Env()
    file = BASE_DIR / os.environ.get("ATELIER_ENV_FILE", ".env")
    if file.is_file():
        environ.Env.read_env(file)
    return env


def checked(variable: str, read: Callable[[], T], remedy: str) -> T:
    """What `read` returns; raises `WrongSetting` with `remedy` where the value cannot be read."""
    try:
        return read()
    except (ValueError, TypeError, environ.ImproperlyConfigured) as error:
        raise WrongSetting(
            variable, f"has a value that cannot be used ({without_login(os.environ.get(variable, ''))!r})", remedy
        ) from error


def without_login(value: str) -> str:
    """An address as it may be shown: without the name and the password in it."""
    return re.sub(r"//.*@", "//***@", value)


def number(env: environ.Env, variable: str, default: int, low: int, high: int) -> int:
    """An integer setting between `low` and `high`, both included."""
    value: int = checked(
        variable, lambda: env.int(variable, default=default), f"give a whole number from {low} to {high}."
    )
    if not low <= value <= high:
        raise WrongSetting(variable, f"is {value}", f"give a whole number from {low} to {high}.")
    return value


def choice(env: environ.Env, variable: str, default: str, choices: tuple[str, ...]) -> str:
    """A setting with a closed list of values."""
    value: str = env.str(variable, default=default)
    if value not in choices:
        raise WrongSetting(variable, f"is {value!r}", f"choose one of {', '.join(choices)}.")
    return value


def address(env: environ.Env, variable: str, *, example: str) -> str:
    """An http or https address without a slash at its end; empty where it is not set."""
    value: str = env.str(variable, default="")
    if not value:
        return ""
    # The value is not repeated: it may hold a password.
    remedy = f"write an address such as {example}, without a name, password, question mark or #."
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = None, None
    if parts is None or parts.scheme not in ("http", "https") or not host:
        raise WrongSetting(variable, "is no address", remedy)
    if parts.username or parts.password or parts.query or parts.fragment:
        raise WrongSetting(variable, "has parts that it must not have", remedy)
    return value.rstrip("/")


def data_folder(env: environ.Env) -> Path:
    """`ATELIER_DATA_DIR` as an absolute path, made (0700) where it does not exist."""
    folder = Path(env.str("ATELIER_DATA_DIR", default=str(BASE_DIR / "var"))).expanduser().resolve()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise WrongSetting(
            "ATELIER_DATA_DIR",
            f"names {folder}, which cannot be made",
            f"{error.strerror}; choose a folder that this user may write.",
        ) from error
    if not os.access(folder, os.W_OK):
        raise WrongSetting(
            "ATELIER_DATA_DIR",
            f"names {folder}, which this user may not write",
            "choose another folder, or change its owner.",
        )
    return folder


def secret_key(env: environ.Env, folder: Path) -> str:
    """`SECRET_KEY`, or the key that was generated once into `folder` (mode 0600)."""
    value: str = env.str("SECRET_KEY", default="")
    if value:
        return value
    path = folder / "secret_key"
    if not path.exists():
        draft = folder / f"secret_key.{os.getpid()}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(50))
        try:
            # A link fails where another process was first: then its key is the one.
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()
