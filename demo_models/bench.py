"""Measure the shipped demo models on freshly drawn data: ``python -m demo_models.bench [MODEL …]``.

The table is printed, and written as JSON beside the other benchmarks' results.
"""

from __future__ import annotations

import argparse
import json
from importlib import import_module

from demo_models.build import MODELS, ROOT, SHIPPED
from demo_models.targets import TARGETS

RESULTS = ROOT / "benchmarks" / "results" / "demo-models.json"
COUNT = 400
# Training and validation data have other seeds.
SEED = 77_000_001


def measure(name: str, *, count: int = COUNT, seed: int = SEED) -> dict[str, float]:
    """The figures of the shipped model ``name`` on ``count`` fresh examples of each kind."""
    judge = import_module(f"demo_models.{name.replace('-', '_')}.judge")
    figures: dict[str, float] = judge.measure(SHIPPED / name, count=count, seed=seed)
    return figures


def table(name: str, figures: dict[str, float]) -> str:
    """One line a figure: its value, its target where it has one, and whether that is met."""
    lines = [name]
    for figure, value in figures.items():
        target = TARGETS[name].get(figure)
        verdict = "" if target is None else f"{target!s:>8}  {'met' if target.met_by(value) else 'NOT MET'}"
        lines.append(f"  {figure:44} {value:8.3f}  {verdict}".rstrip())
    return "\n".join(lines)


def main() -> None:
    """Parse the command line and measure."""
    parser = argparse.ArgumentParser(description="Measure the demo models on freshly drawn data.")
    parser.add_argument("models", nargs="*", help=f"of {', '.join(MODELS)}; all that are shipped by default")
    parser.add_argument("--count", type=int, default=COUNT, help="fresh examples of each kind")
    parser.add_argument("--seed", type=int, default=SEED)
    arguments = parser.parse_args()
    measured = {}
    for name in arguments.models or [name for name in MODELS if (SHIPPED / name).is_dir()]:
        measured[name] = measure(name, count=arguments.count, seed=arguments.seed)
        print(table(name, measured[name]), flush=True)
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps({"count": arguments.count, "seed": arguments.seed, "figures": measured}, indent=2))


if __name__ == "__main__":
    main()
