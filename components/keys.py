"""The top-level keys of a stack file that are more than settings, or read in another way."""

from typing import Final

from components.naming import PROJECT

PREFIX: Final = f"{PROJECT}:"
"""Before every key of ours in a stack file: it is the project's name, too."""

EXTENDS: Final = "extends"
"""Names the layers that a file stands on; merged away before the settings are read."""

SECRET_KEYS: Final = {
    "licenseKey": "License key of Solo Enterprise for Istio. Simulated charts need none.",
    "sshPrivateKey": "Private key that opens the machines of ``vms``.",
    "rootKey": "Private key of the root that ``trust`` gives; default: a root is made.",
}
"""Keys that are read with ``Config.get_secret`` only, and what each is."""

SECRETS: Final = tuple(SECRET_KEYS)

SCALARS: Final = ("meshVersion", "operatorVersion", "scalingProfile", "distribution", "kubeconfig")
"""Keys whose value is text even where it looks like a number; all others are JSON."""
