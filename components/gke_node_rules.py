"""What GKE clusters must say of their nodes, and of who runs them. Pure; a line a mistake."""

import re
from collections.abc import Iterator
from typing import Final

from components import gke_plan
from components.config_errors import shown
from components.gke_plan import Pool
from components.models import ClusterSettings, Settings
from components.rule import Rule

MOST_LABELS: Final = 64
"""Labels that Google Cloud takes for one resource."""

_KEY = re.compile(r"[a-z][-_a-z0-9]{0,62}")
_NAME = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_QUALIFIED = re.compile(rf"([a-z0-9][-a-z0-9.]{{0,251}}[a-z0-9]/)?{_NAME}")
_VALUE = re.compile(rf"({_NAME})?")
"""Keys and values of labels and taints in Kubernetes; GKE finds out ten minutes later."""
_RESERVED = re.compile(r"(.+\.)?(kubernetes|k8s)\.io/")
"""Keys that are Kubernetes' own: "Applying kubernetes label is not allowed", says GKE."""
_OPEN = re.compile(
    r"((.+\.)?(kubelet|node)|node-restriction|topology|failure-domain\.beta)\.kubernetes\.io/"
    r"|(beta\.)?kubernetes\.io/(arch|os|hostname|instance-type)$"
)
"""Those of them that a kubelet may set, and the prefix that is there for who makes nodes."""


def _made(settings: Settings) -> Iterator[tuple[str, ClusterSettings]]:
    for index, cluster in enumerate(settings.clusters):
        if cluster.gke:
            yield f"clusters[{index}].gke", cluster


def _closed(pool: Pool) -> bool:
    """Whether a pod without tolerations never comes to its nodes."""
    return any(taint.effect != "PREFER_NO_SCHEDULE" for taint in pool.settings.taints)


def pools(settings: Settings) -> list[str]:
    """Refuse pools of one name, with bounds that cross, or together without a node."""
    lines = []
    for key, cluster in _made(settings):
        own = cluster.gke
        if own is None or own.autopilot:
            continue
        planned = gke_plan.pools(own)
        called = [pool.settings.name for pool in planned]
        lines += [
            f"{key}.nodePools: found {shown(name)} {called.count(name)} times; allowed: once,"
            " because a pool is known by its name; fix: merge the entries"
            for name in dict.fromkeys(called)
            if called.count(name) > 1
        ]
        lines += [
            f"{key}.nodePools[{at}].maxPerZone: found {pool.most}; allowed: at least minPerZone,"
            f" {pool.least}; fix: raise it"
            for at, pool in enumerate(planned)
            if pool.most < pool.least
        ]
        if not any(pool.least for pool in planned):
            lines.append(
                f"{key}.nodePools: found minPerZone 0 in every pool; allowed: nodes, because the"
                " control plane of the mesh must run; fix: raise one"
            )
        if all(_closed(pool) for pool in planned):
            lines.append(
                f"{key}.nodePools: found taints on every pool; allowed: one pool without, because"
                " the control plane of the mesh tolerates none; fix: add a pool"
            )
    return lines


def _marks(settings: Settings) -> list[str]:
    """Refuse labels and taints of nodes that Kubernetes does not take."""
    lines = []
    for key, cluster in _made(settings):
        for at, pool in enumerate((cluster.gke and cluster.gke.node_pools) or ()):
            where = f"{key}.nodePools[{at}]"
            given = [(f"{where}.labels", name, value) for name, value in pool.labels.items()]
            given += [
                (f"{where}.taints[{one}]", taint.key, taint.value)
                for one, taint in enumerate(pool.taints)
            ]
            lines += [
                f"{place}: found {shown(f'{name}={value}' if value else name)}; allowed: a key such"
                " as team or example.com/team, and a value of letters, digits, '-', '_' and '.', at"
                " most 63 of them; fix: write another"
                for place, name, value in given
                if not _QUALIFIED.fullmatch(name) or not _VALUE.fullmatch(value)
            ]
            lines += [
                f"{where}.labels: found {shown(name)}; allowed: a key outside kubernetes.io and"
                " k8s.io, because GKE lets nobody label nodes with those; fix: write another, such"
                f" as {shown('example.com/' + name.rpartition('/')[2])}"
                for name in pool.labels
                if _RESERVED.match(name) and not _OPEN.match(name)
            ]
            lines += [
                f"{where}.taints[{one}]: found {shown(taint.key)} with {taint.effect} once more;"
                " allowed: one value of a key and an effect, because Kubernetes takes no other;"
                " fix: take one out"
                for one, taint in enumerate(pool.taints)
                if any(
                    (taint.key, taint.effect) == (earlier.key, earlier.effect)
                    for earlier in pool.taints[:one]
                )
            ]
    return lines


def modes(settings: Settings) -> list[str]:
    """Refuse keys of Standard clusters on Autopilot, and the other way round."""
    lines = []
    for key, cluster in _made(settings):
        own = cluster.gke
        if own is None:
            continue
        given: dict[str, object] = {}
        if own.autopilot:
            given["nodePools"] = own.node_pools and "a list"
            given["zones"] = list(own.zones)
            given["dataplaneV2"] = None if own.dataplane_v2 else "false"
            if gke_plan.is_zone(own.location):
                lines.append(
                    f"{key}.location: found {shown(own.location)}; allowed: a region, because"
                    " Autopilot has no zones; fix: write"
                    f" {shown(gke_plan.region_of(own.location))}, or remove autopilot"
                )
        else:
            given["privilegedAdmission"] = list(own.privileged_admission)
        lines += [
            f"{key}.{name}: found {shown(value)}; allowed: nothing, because autopilot:"
            f" {shown(own.autopilot)} does not read it; fix: remove the key"
            for name, value in given.items()
            if value
        ]
    return lines


def platforms(settings: Settings) -> list[str]:
    """Refuse kinds that GKE and the mesh would both own, and nodes that are not GKE's."""
    lines = []
    for key, cluster in _made(settings):
        brings = cluster.gke and cluster.gke.gateway_api == "standard"
        if brings and settings.mesh.install != "helm":
            lines.append(
                f"{key}.gatewayApi: found 'standard'; allowed: 'disabled', because the Gloo"
                " operator brings these kinds and GKE takes them back; fix: remove the key, or"
                " set mesh.install: helm"
            )
        if cluster.platform not in (None, "gke"):
            lines.append(
                f"{key.removesuffix('.gke')}.platform: found {shown(cluster.platform)}; allowed:"
                " gke, because its nodes are; fix: remove the key"
            )
    return lines


def labels(settings: Settings) -> list[str]:
    """Refuse labels and taints that Google Cloud or Kubernetes does not take."""
    given = [
        (f"{key}.labels", cluster.gke.labels) for key, cluster in _made(settings) if cluster.gke
    ]
    if settings.gcp:
        given.append(("gcp.labels", settings.gcp.labels))
    lines = [
        f"{key}: found the key {shown(name)}; allowed: a letter, then a-z, 0-9, '_' and '-', at"
        " most 63 characters; fix: write another"
        for key, found in given
        for name in found
        if not _KEY.fullmatch(name)
    ]
    lines += [
        f"{key}.labels: found {len(labels)} labels with those of gcp; allowed: {MOST_LABELS}; fix:"
        " remove some"
        for key, cluster in _made(settings)
        if len(labels := gke_plan.labels(cluster.gke, settings.gcp)) > MOST_LABELS
    ]
    return lines + _marks(settings)


NEEDS = ("clusters[].gke", "gcp", "mesh.install")
"""Without these nothing can be said."""

RULES: tuple[Rule, ...] = (
    Rule("AM211", pools, needs=NEEDS),
    Rule("AM212", modes, needs=NEEDS),
    Rule("AM213", platforms, needs=NEEDS),
    Rule("AM214", labels, needs=NEEDS),
)
