"""Facts on who workloads are: another trust domain of a cluster gives all of them other names."""

from collections.abc import Iterator
from typing import Any, Final

from report.facts import Fact, Pool, Rule, Weight, clusters
from report.markdown import code
from report.places import Change, Places
from report.values import ABSENT, Difference

_PATHS: Final = (("spec", "trustDomain"), ("values", "meshConfig", "trustDomain"))
"""Of the ServiceMeshController, and of istiod's chart."""


def identities(pool: Pool, places: Places) -> Iterator[Fact]:
    """Tell of another trust domain; what else changes in the same object is left to other rules."""
    del places
    groups: dict[tuple[Any, Any], list[Change]] = {}
    for change in pool.left(lambda change: change.op in ("update", "replace")):
        for found in _domains(change):
            groups.setdefault((found.old, found.new), []).append(change)
    for (old, new), some in groups.items():
        before, after = (_shown(side) for side in (old, new))
        text = f"every workload identity of {clusters(some)} changes: trust domain {before} →"
        text += f" {after}. Callers with the old names in hand can be refused until every cluster"
        text += f" has the new ones, and policies that name principals of {before} match nobody"
        yield Fact(weight=Weight.BREAKS, text=text)
    pool.take(
        lambda change: (
            change.op == "update"
            and bool(_domains(change))
            and len(_domains(change)) == len(change.telling)
        )
    )


def _shown(domain: Any) -> str:
    return "the default" if domain is ABSENT else code(str(domain))


def _domains(change: Change) -> list[Difference]:
    if change.component not in ("ServiceMesh", "IstioHelm"):
        return []
    return [found for found in change.telling if found.path in _PATHS]


RULES: Final[tuple[Rule, ...]] = (identities,)
