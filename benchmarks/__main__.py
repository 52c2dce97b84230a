"""`python -m benchmarks [NAME …] [--json FILE]`: run the benchmarks, print the table, write it as JSON."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks import cid, first_image, loras, overhead, paint, registry_lists, waiting_clients, web_process
from benchmarks.figures import Figure, table

ALL: dict[str, Callable[[], list[Figure]]] = {
    "first_image": first_image.run,
    "overhead": overhead.run,
    "loras": loras.run,
    "web_process": web_process.run,
    "waiting_clients": waiting_clients.run,
    "cid": cid.run,
    "registry_lists": registry_lists.run,
    "paint": paint.run,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(ALL)}; all by default")
    parser.add_argument("--json", type=Path, default=Path("benchmarks/results/latest.json"))
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in ALL]
    if unknown:
        parser.error(f"there is no benchmark {', '.join(unknown)}; choose of {', '.join(ALL)}")
    figures: list[Figure] = []
    for name in options.names or ALL:
        print(f"{name} …", file=sys.stderr, flush=True)
        measured = ALL[name]()
        print(table(measured), flush=True)
        figures += measured
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps([figure.as_json() for figure in figures], indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
