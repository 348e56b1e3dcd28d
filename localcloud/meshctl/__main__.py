"""Runs the scripted meshctl."""

import sys

from localcloud.meshctl.main import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
