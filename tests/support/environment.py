"""The variables that Atelier's settings read, found in their source."""

import ast
from pathlib import Path

_CONFIG = Path(__file__).resolve().parents[2] / "config"
_READERS = {"str", "bool", "int", "float", "list", "dict", "url", "db", "email", "json", "path", "cache"}
_HELPERS = {"number", "choice", "address"}


def _name_read_by(call: ast.Call) -> str | None:
    """The variable that `env.str("NAME", …)` or `number(env, "NAME", …)` reads."""
    match call:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="env"), attr=attr), args=[ast.Constant(value=str(name)), *_]
        ):
            return name if attr in _READERS else None
        case ast.Call(func=ast.Name(id=helper), args=[_, ast.Constant(value=str(name)), *_]):
            return name if helper in _HELPERS else None
    return None


def atelier_variables() -> set[str]:
    """Names of all environment variables that config/ reads."""
    names = set()
    for path in sorted(_CONFIG.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and (name := _name_read_by(node)):
                names.add(name)
    return names
