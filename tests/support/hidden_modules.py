"""A Python that does not find some modules, as where what requires them was not installed."""

import re
from collections.abc import Collection
from importlib.metadata import packages_distributions

from tests.support.processes import ROOT

_CODE = """
import sys
from importlib.machinery import PathFinder

class Without(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name.partition(".")[0] in {names}:
            return None
        return super().find_spec(name, path, target)

sys.meta_path[:] = [Without if finder is PathFinder else finder for finder in sys.meta_path]
"""


def hide(modules: Collection[str]) -> str:
    """The text of a `sitecustomize` after which top-level `modules` are not found."""
    return _CODE.format(names=sorted(modules))


def modules_of(requirements: str) -> set[str]:
    """The top-level modules of the distributions that a file of requirements names."""
    lines = [line for line in (ROOT / requirements).read_text().splitlines() if line and line[0] not in "#-"]
    named = {_canonical(line.partition("==")[0]) for line in lines}
    return {
        module
        for module, distributions in packages_distributions().items()
        if named & {_canonical(distribution) for distribution in distributions}
    }


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
