"""Writes constraints.txt: the versions of what the direct requirements pulled into this virtual environment."""

import re
import subprocess
import sys
from pathlib import Path

HEADER = "# What the direct requirements pull in, as tested together. Made by: make constraints\n"
# Pinned where they are named, or no part of what we need.
FILES = ("requirements.txt", "requirements-models.txt", "requirements-dev.txt", "requirements-mysql.txt")
LEFT_OUT = {"pip", "setuptools", "wheel"}


def canonical(name: str) -> str:
    """The form in which names compare (PyPA's name normalisation)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def direct_requirements() -> set[str]:
    """The names that our files pin themselves."""
    lines = [line for name in FILES for line in Path(name).read_text().splitlines()]
    return {canonical(match[1]) for line in lines if (match := re.match(r"([\w.-]+)(\[.*\])?==", line))}


def main() -> None:
    """Rewrite the file."""
    frozen = subprocess.run([sys.executable, "-m", "pip", "freeze"], capture_output=True, text=True, check=True).stdout
    direct = direct_requirements() | LEFT_OUT
    kept = [line for line in frozen.splitlines() if "==" in line and canonical(line.partition("==")[0]) not in direct]
    Path("constraints.txt").write_text(HEADER + "".join(f"{line}\n" for line in sorted(kept, key=str.lower)))


if __name__ == "__main__":
    main()
