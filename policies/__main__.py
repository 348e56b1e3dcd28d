"""Entry point of the policy pack, run by the engine through ``pulumi-analyzer-policy-python``."""

import os
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
# The engine runs a pack in its own folder, which is all that its Python would look into.
sys.path.insert(0, str(PROJECT))

from policies.analyzer import serve  # noqa: E402
from policies.catalog import POLICIES  # noqa: E402
from policies.stack import context  # noqa: E402

serve(POLICIES, context(os.environ, PROJECT))
