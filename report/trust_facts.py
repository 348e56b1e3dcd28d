"""Facts on what clusters trust and are told apart by: root, intermediates, relay, networks."""

from collections.abc import Iterator
from typing import Final

from components.naming import NETWORK_LABEL, ROOT_ANNOTATION
from report.facts import Fact, Pool, Rule, Weight, clusters
from report.markdown import counted
from report.places import Change, Places

_ROOTS: Final = frozenset({("data", "root-cert.pem"), ("metadata", "annotations", ROOT_ANNOTATION)})
"""Where a Secret ``cacerts`` has the root, or its fingerprint."""


def root(pool: Pool, places: Places) -> Iterator[Fact]:
    """Tell of another root, and of other intermediates; of first ones, that they are made."""
    own = pool.take(lambda change: change.component == "RootAuthority" and _is_told(change))
    signed = pool.left(lambda change: change.component == "Trust" and _signs(change))
    # One under another name comes beside the old one, which goes; one of which the state has lost
    # the old one, beside what that has signed.
    replaced = _is_another(own) or (own and _is_another(signed))
    if replaced or pool.left(_under_another_root):
        pool.take(lambda change: change.component in ("RootAuthority", "Trust") and _signs(change))
        count = counted(len(places.runs), "cluster")
        text = "the root certificate is replaced: every link breaks until istiod and ztunnel"
        yield Fact(weight=Weight.BREAKS, text=f"{text} have restarted in all {count}")
    elif own:
        yield Fact(weight=Weight.GROWS, text="the root certificate is made")
    taken = pool.take(lambda change: change.component == "Trust" and _signs(change))
    known = {change.cluster for change in taken if _is_another([change])}
    if renewed := [change for change in taken if change.cluster in known]:
        text = f"new intermediate certificates under the same root in {clusters(renewed)}"
        yield Fact(weight=Weight.TOUCHES, text=f"{text}; istiod takes them up without a restart")
    if made := [change for change in taken if change.cluster not in known]:
        text = f"intermediate certificates are made in {clusters(made)}"
        yield Fact(weight=Weight.GROWS, text=text)


def relay(pool: Pool, places: Places) -> Iterator[Fact]:
    """Tell of another relay; one that is first made, or taken out, is as any other resource."""
    del places
    own = pool.left(lambda change: change.component == "RelayAuthority" and _is_told(change))
    ops = {change.op for change in own}
    if ops & {"update", "replace"} or {"create", "delete"} <= ops:
        pool.take(lambda change: change.component == "RelayAuthority")
        text = "the relay of the management plane gets other certificates: restart its agents"
        yield Fact(weight=Weight.TOUCHES, text=text)


def _is_told(change: Change) -> bool:
    return not change.is_component and (change.op != "update" or bool(change.telling))


def _is_another(some: list[Change]) -> bool:
    """Whether these are more than what was not there yet, as after an `up` that failed."""
    return any(change.op != "create" for change in some)


def _under_another_root(change: Change) -> bool:
    """Whether an intermediate gets another issuer: of a root that was given nothing else shows."""
    paths = {found.path for found in change.differences}
    renewed = change.component == "Trust" and change.op in ("update", "replace")
    # An `up` that failed may have issued the intermediate, and left the Secret as it was.
    return renewed and bool(paths & _ROOTS or any(path[:1] == ("caCertPem",) for path in paths))


def _signs(change: Change) -> bool:
    return change.is_component or change.step.kind.startswith(("tls:", "kubernetes:core/v1:Secret"))


def network(pool: Pool, places: Places) -> Iterator[Fact]:
    """Tell of a cluster that is given another network."""
    where = ("metadata", "labels", NETWORK_LABEL)
    del places
    taken = pool.take(
        lambda change: (
            change.component == "Trust"
            and change.op in ("update", "replace")
            and any(found.path == where for found in change.telling)
        )
    )
    if taken:
        text = f"the network of {clusters(taken)} changes: links to it are down until istiod there"
        yield Fact(weight=Weight.BREAKS, text=f"{text} has restarted")


RULES: Final[tuple[Rule, ...]] = (root, relay, network)
