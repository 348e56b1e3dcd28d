"""Runs the scripted istioctl."""

import sys

from localcloud.istioctl.main import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
