"""Where everything lives: one ignored folder of the checkout, nothing in the user's home."""

from pathlib import Path
from typing import Final

CHECKOUT: Final = Path(__file__).resolve().parent.parent
LOCAL: Final = CHECKOUT / ".local"
TOOLS: Final = LOCAL / "tools"
BIN: Final = TOOLS / "bin"
GO_MODULES: Final = LOCAL / "go" / "mod"
GO_BUILD: Final = LOCAL / "go" / "build"
PULUMI_HOME: Final = LOCAL / "pulumi"
WORLD: Final = LOCAL / "world"
"""The world that ``make up`` uses; tests make their own elsewhere."""
STACKS: Final = LOCAL / "stacks"
"""Passphrase and configuration of the stacks that ``make`` runs."""
BACKEND: Final = LOCAL / "backend"
"""One for all stacks that ``make`` runs: a stack reference reaches no further than its backend."""
ROOT: Final = LOCAL / "root"
"""The root that stacks share whose clusters link, and its key."""
GCP: Final = LOCAL / "gcp"
"""The simulated Google Cloud that ``make up`` uses; tests make their own elsewhere."""
REPORTS: Final = LOCAL / "report"
"""What ``make preview-report`` writes: the engine's events, and the comment made of them."""
