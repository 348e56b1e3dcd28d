"""What one pulumi command did, as its exit code, its output and its events tell."""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

_DEFAULT_PROVIDER: Final = re.compile(r"::pulumi:providers:\w+::default(_.*)?$")


@dataclass(frozen=True, kw_only=True)
class Result:
    """What one pulumi command did."""

    code: int
    output: str
    """Standard output and error, interleaved as a user sees them."""
    events: tuple[dict[str, Any], ...] = ()

    @property
    def operations(self) -> dict[str, str]:
        """The operation on every resource, by URN: planned ones in a preview, else done ones.

        Default providers, which the engine keeps for itself, are left out as in its own display.
        """
        found: dict[str, str] = {}
        for event in self.events:
            for kind in ("resourcePreEvent", "resOutputsEvent"):
                step = event.get(kind, {}).get("metadata")
                if step and not _DEFAULT_PROVIDER.search(step["urn"]):
                    found[step["urn"]] = step["op"]
        return found

    @property
    def changes(self) -> dict[str, int]:
        """How many resources met each operation, ``same`` excepted."""
        counts = Counter(op for op in self.operations.values() if op not in ("same", "read"))
        return dict(counts)
