"""What a plan deletes and replaces, and by which names a pull request may say so."""

from collections import Counter
from collections.abc import Iterator

from report.named import Loss
from report.places import WHOLE, Change, Places

_CLUSTER = ("Cluster", "GkeCluster")
"""Classes of which a resource that goes takes the whole cluster along."""
_MANY = 3
"""From so many components of one class on, the class is proposed."""


def losses(places: Places) -> Iterator[Loss]:
    """Yield every resource that is deleted or replaced."""
    lost = [change for change in places.changes if change.op in ("delete", "replace")]
    gone = {
        op: {change.cluster for change in lost if change.op == op and change.component in _CLUSTER}
        for op in ("delete", "replace")
    }
    owners = Counter((op, component) for op, component, _ in {_owner(change) for change in lost})
    parts = Counter(_owner(change) for change in lost)
    taken = {name.lower() for name in places.clusters}
    for change in lost:
        going = [name for name in _ends(change) if name in gone[change.op]]
        # A cluster may be called as a class is, or as a part of another cluster.
        wider = [n for n in (change.owner, change.component) if n.lower() not in taken]
        if going:
            advised = going[0]
        elif owners[change.op, change.component] >= _MANY and change.component in wider:
            advised = change.component
        elif parts[_owner(change)] > 1 and change.owner in wider:
            advised = change.owner
        else:
            advised = change.step.name
        names = [change.step.name, *wider, *going]
        yield Loss(
            op=change.op,
            resource=change.step.name,
            names=tuple(dict.fromkeys(names)),
            advised=advised,
        )


def _owner(change: Change) -> tuple[str, str, str]:
    return change.op, change.component, change.owner


def _ends(change: Change) -> list[str]:
    """Return the clusters that a change belongs to: both ends of a link."""
    ends = list(change.link) if change.link else [change.cluster]
    return [name for name in ends if name != WHOLE]
