"""``python -m localcloud.operator --plane NAME --world DIR``: the simulated world of one plane."""

import argparse
import logging
import sys
from pathlib import Path

from localcloud.operator.loop import Loop, plane_of


def main() -> None:
    """Run until ended."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--plane", required=True)
    parser.add_argument("--world", required=True, type=Path)
    arguments = parser.parse_args()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s")
    Loop(plane_of(arguments.world, arguments.plane), arguments.world).run()


if __name__ == "__main__":
    main()
