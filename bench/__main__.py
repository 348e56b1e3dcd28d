"""``python -m bench``: measures, prints a table, and exits with 1 if an aim is missed."""

import argparse
import sys

from rich.console import Console
from rich.table import Table

from bench import cold, everything, mesh, plugin, scale, start, workshop


def main() -> int:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(prog="bench", description=main.__doc__)
    parser.add_argument("--cold", action="store_true", help="build everything anew in a clone")
    parser.add_argument("--scale", action="store_true", help="how runs grow with the clusters")
    asked = parser.parse_args()
    measures = [start, everything, plugin, mesh, workshop]
    if asked.cold or asked.scale:
        measures = [cold] if asked.cold else [scale]
    rows = [row for measure in measures for row in measure.rows()]
    table = Table(box=None)
    for column in ("what", "measured", "against", "ratio", "limit", ""):
        table.add_column(column, justify="right" if column in ("ratio", "limit") else "left")
    for row in rows:
        table.add_row(*row.cells())
    Console(width=160).print(table)
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
