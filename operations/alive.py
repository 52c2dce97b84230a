"""`python -m operations.alive web|worker|housekeeper`: whether that process works on this host.

For health checks of containers, which ask all the time: it reads the settings, and loads no app. It prints one sentence
and ends with status 0 or 1.
"""

import argparse
import os
import socket
import sys
from http.client import HTTPConnection, HTTPException

import redis
from django.conf import settings

from generation.presence import live_housekeepers, live_workers

_SECONDS = 5.0


def problem_of_web() -> str | None:
    """None where the web process of this host answers, else what is wrong with it.

    `/health` answers whether other parts are there or not; `/health/ready` looks at those.
    """
    connection = HTTPConnection("127.0.0.1", settings.PORT, timeout=_SECONDS)
    try:
        connection.request("GET", "/health", headers={"Host": served_name("127.0.0.1")})
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        return f"The web process does not answer on port {settings.PORT}: {error}."
    finally:
        connection.close()
    return None if status == 200 else f"The web process answers {status}."


def served_name(address: str) -> str:
    """What to name in the header Host when this machine asks itself at `address`: `ALLOWED_HOSTS` may not hold that."""
    names: list[str] = settings.ALLOWED_HOSTS
    if "*" in names or address in names or not names:
        return address
    return names[0].removeprefix(".")


def problem_of_worker() -> str | None:
    """None where an inference worker of this host has loaded its models, else what is wrong."""
    try:
        states = [info.ready for info in live_workers() if info.host == socket.gethostname()]
    except redis.RedisError as error:
        return f"Redis is away, so nobody can tell: {error}."
    if not states:
        return "No inference worker of this host was seen lately."
    return None if all(states) else "Models are loading."


def problem_of_housekeeper() -> str | None:
    """None where a housekeeper of this host goes its rounds, else what is wrong."""
    try:
        hosts = live_housekeepers().values()
    except redis.RedisError as error:
        return f"Redis is away, so nobody can tell: {error}."
    return None if socket.gethostname() in hosts else "No housekeeper of this host was seen lately."


_LOOKS = {"web": problem_of_web, "worker": problem_of_worker, "housekeeper": problem_of_housekeeper}


def main(arguments: list[str]) -> int:
    """Look at what `arguments` name. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="operations.alive", description="Whether a process of this host works.")
    parser.add_argument("process", choices=sorted(_LOOKS))
    problem = _LOOKS[parser.parse_args(arguments).process]()
    print(problem or "It works.")  # noqa: T201 - what `docker inspect` shows
    return 1 if problem else 0


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    sys.exit(main(sys.argv[1:]))
