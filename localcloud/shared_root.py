"""A root for the stacks on local planes that link: made at run time, kept in ``.local/root``.

A stack file asks for it: it extends ``layer.yaml`` of that folder, which has the certificate. A
layer may hold no secret, so that ``make`` sets the key, through standard input, as each stack's.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Any, Final

import yaml

from components.config_files import absolute
from components.keys import PREFIX
from components.settings import Settings
from localcloud.paths import ROOT
from localcloud.pki import Authority, Pair

LAYER: Final = "layer.yaml"
DAYS: Final = 3650
"""Longer than the intermediates that it signs: ``trust.intermediateValidityDays`` is 1825."""


def wanted(extends: Any, file: Path) -> bool:
    """Whether a stack file asks for the shared root.

    Args:
        extends: its key, a path or a list of paths as seen from the file; anything else is told to
            the user elsewhere.
        file: the stack file.
    """
    paths = extends if isinstance(extends, list) else [extends]
    layer = absolute(ROOT / LAYER)
    return any(isinstance(path, str) and absolute(file.parent / path) == layer for path in paths)


def ensure() -> None:
    """Make the root, its key and its layer where there are none."""
    if (ROOT / LAYER).exists():
        return
    ROOT.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=ROOT.parent, prefix=".root-"))  # nobody else may enter
    pair = Authority(scratch, "shared root", below=1, days=DAYS).pair
    trust = {"rootCertificate": pair.cert.read_text(encoding="utf-8")}
    content = yaml.safe_dump({"config": {f"{PREFIX}trust": trust}})
    (scratch / LAYER).write_text(content, encoding="utf-8")
    try:
        scratch.rename(ROOT)
    except OSError:  # another run was first, and its root is the one
        shutil.rmtree(scratch)


def key(found: Settings) -> str | None:
    """Return the private key of a stack's root if that is the shared one."""
    pair = Pair(ROOT / "ca.crt", ROOT / "ca.key")
    if not pair.cert.exists() or not pair.key.exists():
        return None
    shared = pair.cert.read_text(encoding="utf-8") == found.trust.root_certificate
    return pair.key.read_text(encoding="utf-8") if shared else None
