"""The real curl, at the machine's own ports."""

import os
import shutil
import sys
from pathlib import Path

from localcloud.machines.place import Place


def main(arguments: list[str]) -> None:
    """Become curl."""
    mine = str(Path(__file__).parent / "bin")
    others = [folder for folder in os.environ["PATH"].split(os.pathsep) if folder != mine]
    real = shutil.which("curl", path=os.pathsep.join(others))
    if real is None:
        sys.exit("curl is not installed, which a simulated machine needs: apt-get install curl")
    ports = Place.here().ports()
    os.execv(real, ["curl", *(ports.of(item) for item in arguments)])  # noqa: S606 no shell


if __name__ == "__main__":
    main(sys.argv[1:])
