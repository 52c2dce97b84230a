"""Writes constraints.txt: the versions of what the direct requirements pulled into this virtual environment."""

import re
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from packaging.requirements import Requirement

HEADER = "# What the direct requirements pull in, as tested together. Made by: make constraints\n"
FILES = ("requirements.txt", "requirements-models.txt", "requirements-dev.txt", "requirements-mysql.txt")


def canonical(name: str) -> str:
    """The form in which names compare (PyPA's name normalisation)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def direct_requirements() -> dict[str, Requirement]:
    """What our files pin themselves, by name."""
    lines = [line.partition("#")[0].strip() for name in FILES for line in Path(name).read_text().splitlines()]
    found = [Requirement(line) for line in lines if line and not line.startswith("-")]
    return {canonical(requirement.name): requirement for requirement in found}


def installed_closure(direct: dict[str, Requirement]) -> dict[str, str]:
    """Every installed distribution that `direct` needs, directly or not: name → version."""
    closure: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    queue = [(name, extra) for name, requirement in direct.items() for extra in ("", *requirement.extras)]
    while queue:
        name, extra = queue.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        try:
            closure[name] = version(name)
        except PackageNotFoundError:  # Wanted on other platforms only.
            continue
        for needed in map(Requirement, requires(name) or ()):
            if needed.marker is None or needed.marker.evaluate({"extra": extra}):
                queue += [(canonical(needed.name), wanted) for wanted in ("", *needed.extras)]
    return closure


def main() -> None:
    """Rewrite the file."""
    direct = direct_requirements()
    pinned = installed_closure(direct)
    lines = [f"{name}=={number}\n" for name, number in sorted(pinned.items()) if name not in direct]
    Path("constraints.txt").write_text(HEADER + "".join(lines))


if __name__ == "__main__":
    main()
