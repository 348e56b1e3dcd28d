"""Stand-ins for Istio's charts, put together: the real chart ``base`` has Istio's CRDs in it.

The CRDs are a file of the Go module ``istio.io/api``, which is never committed; so the charts that
a stack installs are in ``.local``, made of ``localcloud/charts/istio`` and of that file.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Final

from localcloud import crds
from localcloud.paths import CHECKOUT, LOCAL

SOURCE: Final = CHECKOUT / "localcloud" / "charts" / "istio"
MADE: Final = LOCAL / "charts" / "istio"
"""What ``charts.istio`` of a stack on local planes names."""


def ensure() -> None:
    """Put the charts together, unless they are what they should be.

    Raises:
        FileNotFoundError: the module was not downloaded.
    """
    MADE.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=MADE.parent) as scratch:
        made = Path(scratch) / "istio"
        shutil.copytree(SOURCE, made)
        file = made / "base" / "files" / "crds.yaml"
        file.parent.mkdir()
        shutil.copyfile(crds.istio_file(), file)
        file.chmod(0o644)  # files of modules are read-only
        if _content(made) == _content(MADE):
            return
        shutil.rmtree(MADE, ignore_errors=True)
        made.rename(MADE)


def _content(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}
