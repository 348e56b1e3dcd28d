"""Facts on what calls meet without a pod being touched: labels of membership, routes, policies."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from components.membership import AMBIENT, DISTRIBUTION, SCOPE, USE_WAYPOINT
from report.facts import MOST, Fact, Pool, Rule, Weight, called, clusters
from report.markdown import code, listed
from report.places import Change, Places
from report.scopes import effective, spans
from report.values import ABSENT, Difference, at

_LABEL_MAPS: Final = (("metadata", "labels"), ("metadata", "annotations"))


def only_labels(change: Change) -> bool:
    """Whether nothing differs in an object but its labels and annotations."""
    return all(found.path[:2] in _LABEL_MAPS for found in change.telling)


def _label(change: Change, key: str) -> Difference | None:
    paths = [(*place, key) for place in _LABEL_MAPS]
    return next((found for found in change.telling if found.path in paths), None)


def membership(pool: Pool, places: Places) -> Iterator[Fact]:
    """Tell of namespaces that join or leave the mesh, and of services that span clusters."""
    told = {
        AMBIENT: _joined,
        SCOPE: spans,
        USE_WAYPOINT: _waypoint,
        DISTRIBUTION: _distributed,
    }
    groups: dict[tuple[str, str, Any, Any], list[Change]] = {}
    for change in pool.left(_labels_what_runs):
        for key in told:
            if found := _label(change, key):
                scopes = effective(change, places) if key == SCOPE else None
                here = (key, called(change), *(scopes or (found.old, found.new)))
                groups.setdefault(here, []).append(change)
    for (key, name, old, new), some in groups.items():
        weight, text = told[key](old, new)
        yield Fact(weight=weight, text=f"{name} of {clusters(some)} {text}")
    labelled = [change for some in groups.values() for change in some]
    # One of which more than labels changes is told of again, by the rule for that.
    pool.take(lambda change: change in labelled and (change.op != "update" or only_labels(change)))


def _labels_what_runs(change: Change) -> bool:
    """Whether a change is of an object that is there before and after, its pods with it.

    A patch that comes or goes puts labels on, or takes them off, what others have made.
    """
    patches = change.step.kind.endswith("Patch") and change.op in ("create", "delete")
    return change.op == "update" or patches


def enrolled(changes: Iterable[Change]) -> str:
    """Return how many namespaces that are there, with their pods, changes take into the mesh."""
    taken = [
        change
        for change in changes
        if _labels_what_runs(change)
        and (found := _label(change, AMBIENT))
        and found.new == "ambient"
    ]
    if len(taken) < 2:  # noqa: PLR2004 a sentence needs no number
        return "a namespace that is there joins with all its pods" if taken else ""
    return f"{len(taken)} namespaces that are there join with all their pods"


def steered(pool: Pool, places: Places) -> Iterator[Fact]:
    """Tell of objects that are new and that calls which are being made meet at once."""
    fresh = {
        (change.cluster, at(change.step.new, ("metadata", "name")))
        for change in places.changes
        if change.op == "create" and change.step.kind == "kubernetes:core/v1:Namespace"
    }
    taken = pool.take(lambda change: change.op == "create" and _steers(change, fresh))
    if taken:
        names = listed(list(dict.fromkeys(called(change) for change in taken)), MOST)
        text = f"calls that are being made meet what is added: {names} in {clusters(taken)}"
        yield Fact(weight=Weight.TOUCHES, text=text)


def _steers(change: Change, fresh: set[tuple[str, Any]]) -> bool:
    """Whether an object acts on calls to, or from, what may be running."""
    kind, new = change.step.kind, change.step.new
    if kind.endswith(":ServiceEntry"):
        return True  # whoever calls its hosts is outside of its namespace
    if (change.cluster, at(new, ("metadata", "namespace"))) in fresh:
        return False
    return kind.endswith(":AuthorizationPolicy") or (
        kind.endswith("Route") and at(new, ("spec", "parentRefs", 0, "kind")) == "Service"
    )


def _joined(_: Any, new: Any) -> tuple[Weight, str]:
    if new == "ambient":
        return Weight.TOUCHES, "joins the mesh with all its pods"
    return Weight.BREAKS, "leaves the mesh: what a policy guarded is unguarded"


def _distributed(old: Any, new: Any) -> tuple[Weight, str]:
    was, will = ("the default" if side in (ABSENT, "") else code(str(side)) for side in (old, new))
    text = f"distributes calls by {will} instead of {was}: they can move to other clusters at once"
    return Weight.TOUCHES, text


def _waypoint(_: Any, new: Any) -> tuple[Weight, str]:
    if new is ABSENT or new == "none":
        return Weight.BREAKS, "leaves its waypoint: its policies on requests hold no more"
    return Weight.TOUCHES, f"is reached through waypoint {code(str(new))}"


RULES: Final[tuple[Rule, ...]] = (membership, steered)
