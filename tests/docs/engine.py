"""Gives the shell of a checkout's copy what a user of Pulumi has."""

import os
from typing import Final

from localcloud.paths import BIN
from localcloud.plugins.install import engine_environment, install
from localcloud.stack import Stack
from tests.docs.story import Checkout

CHART: Final = "  ambientmesh:charts:\n    glooOperator: localcloud/charts/gloo-operator\n"
"""What a stack says where no registry can be reached."""
PASSPHRASE: Final = "of no use"  # noqa: S105 it protects nothing


def have_an_engine(checkout: Checkout, stack: str) -> None:
    """Give the shell the engine, its plugins, and a passphrase."""
    home = checkout.folder / ".local/pulumi"
    choices = install("auto", BIN / "pulumi", home)
    engine = Stack(
        name=stack, checkout=checkout.folder, home=home, tools=BIN, pulumi_home=home
    ).env()
    checkout.environment |= {
        **{key: text for key, text in engine.items() if text != os.environ.get(key)},
        **engine_environment(choices),
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        # In place of the answer "yes", for which pulumi wants a terminal.
        "PULUMI_SKIP_CONFIRMATIONS": "true",
    }
    for key in ("PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE_FILE"):
        checkout.environment.pop(key, None)
