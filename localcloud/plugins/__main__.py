"""`python -m localcloud.plugins NAME ENGINE`: serve one stand-in plugin to the engine."""

import importlib
import sys
from typing import Final

from localcloud.plugins.server import serve

NAMES: Final = ("kubernetes", "command", "tls", "gcp")


def main(arguments: list[str]) -> int:
    """Serve the plugin that `arguments` name; return 2 when they name none."""
    if not arguments or arguments[0] not in NAMES:
        sys.stderr.write(f"usage: python -m localcloud.plugins {{{','.join(NAMES)}}} [ENGINE]\n")
        return 2
    plugin = importlib.import_module(f"localcloud.plugins.{arguments[0]}")
    serve(plugin.create, next((a for a in arguments[1:] if not a.startswith("-")), ""))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
