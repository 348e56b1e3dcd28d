"""What the clusters of a stack file must not have in common. Pure; a line a mistake."""

from collections.abc import Iterable
from typing import TypeVar

from components.config_errors import shown
from components.models import Settings
from components.rule import Rule

T = TypeVar("T")


def _repeated(values: Iterable[T]) -> dict[T, list[int]]:
    """Return where each value is found that is found more than once."""
    places: dict[T, list[int]] = {}
    for index, value in enumerate(values):
        places.setdefault(value, []).append(index)
    return {value: indexes for value, indexes in places.items() if len(indexes) > 1}


def _line(key: str, value: object, indexes: list[int], why: str) -> str:
    where = ", ".join(f"clusters[{index}].{key}" for index in indexes)
    return (
        f"{where}: found {shown(value)} {len(indexes)} times; allowed: once, because {why};"
        f" fix: give each cluster its own {key}"
    )


def names(settings: Settings) -> list[str]:
    """Refuse two clusters of one name."""
    return [
        _line("name", name, indexes, "resources and links are named by it")
        for name, indexes in _repeated(settings.names).items()
    ]


def contexts(settings: Settings) -> list[str]:
    """Refuse a context that stands for two clusters, which would own each other's objects."""
    default = settings.kubeconfig
    reached = _repeated((c.kubeconfig or default, c.context) for c in settings.clusters)
    return [
        _line("context", context, indexes, "two clusters of a mesh are two clusters")
        for (_, context), indexes in reached.items()
        if context  # a cluster that the stack makes has none
    ]


RULES: tuple[Rule, ...] = (
    Rule("AM101", names, needs=()),
    Rule("AM102", contexts, needs=("kubeconfig", "clusters[].kubeconfig")),
)
