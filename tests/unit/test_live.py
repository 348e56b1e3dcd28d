"""How clusters are read."""

import subprocess
import sys

_PROGRAM = """
import sys
from components.live import ClusterReader
late = {"kubernetes.client", "kubernetes.config", "urllib3.exceptions"}
assert not late & set(sys.modules), "every run would pay for it"
ClusterReader({})
assert late <= set(sys.modules), late - set(sys.modules)
"""


def test_a_reader_imports_its_library_late_and_before_its_threads_do() -> None:
    done = subprocess.run([sys.executable, "-c", _PROGRAM], check=False)  # noqa: S603

    assert done.returncode == 0, "threads that import at once end in a deadlock error"
