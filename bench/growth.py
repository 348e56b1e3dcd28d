"""What runs took, by the number of clusters, and how it grows."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from rich.table import Table


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one run took."""

    clusters: int
    seconds: float
    resources: int
    processor: float = 0.0
    """Seconds of all processors together."""
    mebibytes: float = 0.0
    """Of the engine, the program and the plugins, at their highest."""
    state: int = 0
    """Bytes of the stack's checkpoint after it."""
    calls: float = 0.0
    """Requests to an API server, on average of the clusters."""


_COLUMNS: Final = (
    "clusters",
    "seconds",
    "of processors",
    "MiB",
    "resources",
    "state KiB",
    "API calls a cluster",
)


def _exponent(costs: Sequence[Cost], value: Callable[[Cost], float]) -> float:
    """Return k of ``value ~ clusters^k`` between the last two."""
    before, after = costs[-2:]
    return math.log(value(after) / value(before)) / math.log(after.clusters / before.clusters)


def table(title: str, costs: Sequence[Cost]) -> Table:
    """Return costs as a table, with the exponents of their growth in its last line."""
    table = Table(title=title, title_justify="left", box=None)
    for column in _COLUMNS:
        table.add_column(column, justify="right")
    for cost in costs:
        state = f"{cost.state / 1024:.0f}" if cost.state else ""
        calls = f"{cost.calls:.0f}" if cost.calls else ""
        table.add_row(
            str(cost.clusters),
            f"{cost.seconds:.1f}",
            f"{cost.processor:.1f}",
            f"{cost.mebibytes:.0f}",
            str(cost.resources),
            state,
            calls,
        )
    columns: tuple[Callable[[Cost], float], ...] = (
        lambda cost: cost.seconds,
        lambda cost: cost.processor,
        lambda cost: cost.mebibytes,
        lambda cost: cost.resources,
        lambda cost: cost.state,
        lambda cost: cost.calls,
    )
    grown = [f"^{_exponent(costs, one):.2f}" if one(costs[0]) else "" for one in columns]
    table.add_row("grows", *grown)
    return table
