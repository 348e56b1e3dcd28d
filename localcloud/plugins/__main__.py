"""`python -m localcloud.plugins NAME ENGINE`: serve one stand-in plugin to the engine."""

import gc

# Every provider instance is a process, and a quarter of its start went into looking for garbage
# among modules that stay.
gc.disable()

import importlib  # noqa: E402
import sys  # noqa: E402
from typing import Final  # noqa: E402

from localcloud.plugins.server import serve  # noqa: E402

NAMES: Final = ("kubernetes", "command", "tls", "gcp")


def main(arguments: list[str]) -> int:
    """Serve the plugin that `arguments` name; return 2 when they name none."""
    if not arguments or arguments[0] not in NAMES:
        sys.stderr.write(f"usage: python -m localcloud.plugins {{{','.join(NAMES)}}} [ENGINE]\n")
        return 2
    plugin = importlib.import_module(f"localcloud.plugins.{arguments[0]}")
    gc.freeze()
    gc.enable()
    serve(plugin.create, next((a for a in arguments[1:] if not a.startswith("-")), ""))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
