"""``python -m localcloud.operator --plane NAME --world DIR``: the simulated world of one plane."""

import argparse
import logging
import signal
import sys
from pathlib import Path

from localcloud.operator.loop import Loop
from localcloud.spec import read_spec


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plane", required=True, help="name of the plane")
    parser.add_argument("--world", required=True, type=Path, help="folder of the world")
    arguments = parser.parse_args()
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s"
    )
    planes = {plane.name: plane for plane in read_spec(arguments.world).planes(arguments.world)}
    if arguments.plane not in planes:
        parser.error(f"no plane {arguments.plane} in {arguments.world}: it has {', '.join(planes)}")
    loop = Loop(planes[arguments.plane], arguments.world)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: loop.end())
    loop.run()


if __name__ == "__main__":
    main()
