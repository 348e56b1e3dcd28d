"""On which planes a stack is: those that its contexts name, and those that its GKE clusters are."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from components import config_errors, layers, stack_files
from components.mistakes import nowhere
from components.settings import Settings
from localcloud import hints
from localcloud.paths import CHECKOUT, GCP, STACKS, WORLD
from localcloud.spec import write_atomically

CONTEXT: Final = "local-"
USED: Final = "planes.json"
"""Of every stack: the planes that it has objects on, or may have."""


PLAYED: Final = "localcloud"
"""The project that the stand-in gcp plugin plays, with all whose names begin with it and a hyphen.
Its own modules are not asked: importing them costs every `make` a fifth of a second."""
_CLUSTERS: Final = "projects/*/locations/*/clusters/*.json"


class SessionError(Exception):
    """A stack cannot be run on local planes; the message says why and what to do."""


def is_local(found: Settings) -> bool:
    """Whether all clusters of a stack are local planes, or are made in the simulated cloud."""
    return not _foreign(found) and not _billed(found)


def _foreign(found: Settings) -> list[str]:
    """Return the clusters whose contexts are not those of local planes."""
    return [
        cluster.name
        for cluster in found.clusters
        if not cluster.gke
        and (
            (CHECKOUT / (cluster.kubeconfig or found.kubeconfig or "")) != WORLD / "kubeconfig"
            or not cluster.context.startswith(CONTEXT)
        )
    ]


def _billed(found: Settings) -> dict[str, str]:
    """Return the GKE clusters that would be made in Google's cloud, each with its project."""
    projects = {
        cluster.name: cluster.gke.project or (found.gcp.project if found.gcp else "")
        for cluster in found.clusters
        if cluster.gke
    }
    return {name: project for name, project in projects.items() if not _played(project)}


def _played(project: str) -> bool:
    return project == PLAYED or project.startswith(f"{PLAYED}-")


def made(cloud: Path) -> list[str]:
    """Return the GKE clusters that are in a simulated cloud; each is a plane of that name."""
    return sorted(path.stem for path in _records(cloud))


def _elsewhere(found: Settings) -> list[str]:
    """Return a line for every key by which a cluster would be made beside one of its name."""
    there = {path.stem: (path.parents[3].name, path.parents[1].name) for path in _records(GCP)}
    lines = list[str]()
    for index, cluster in enumerate(found.clusters):
        if cluster.gke and cluster.name in there:
            project = cluster.gke.project or (found.gcp.project if found.gcp else "")
            wanted = {"project": project, "location": cluster.gke.location}
            lines += [
                f"clusters[{index}].gke.{key}: found {config_errors.shown(now)}; allowed:"
                f" {config_errors.shown(was)}, because {cluster.name} of the simulated cloud was"
                " made so, and a GKE cluster is the plane of its name; fix: write that, or give the"
                " cluster another name: then a new one is made"
                for (key, now), was in zip(wanted.items(), there[cluster.name], strict=True)
                if now != was
            ]
    return lines


def _records(cloud: Path) -> Iterator[Path]:
    return cloud.glob(_CLUSTERS)


def makes(found: Settings) -> list[str]:
    """Return the GKE clusters that a stack makes; each is a plane of that name."""
    return [cluster.name for cluster in found.clusters if cluster.gke]


def require_local(name: str, config: Mapping[str, Any], found: Settings) -> None:
    """Refuse a stack that is not for local planes.

    Raises:
        SessionError: it has other clusters, or values that only its own passphrase can read.
    """
    if billed := _billed(found):
        projects = ", ".join(f"{cluster} (project {of})" for cluster, of in billed.items())
        raise SessionError(
            f"Pulumi.{name}.yaml: {projects} would be made in Google Cloud, and `make` runs nothing"
            f" that costs: allowed is project {PLAYED}, or one that begins with {PLAYED}-, which is"
            f" simulated; to make it: {hints.engine('up', name)}"
        )
    there = {path.name for path in (WORLD / "planes").glob("*")} - set(made(GCP))
    taken = sorted(set(makes(found)) & {*named(found), *there})
    if taken:
        raise SessionError(
            f"Pulumi.{name}.yaml: {', '.join(taken)} is a local plane already, and a GKE cluster of"
            " that name would be the same plane; fix: another name"
        )
    if elsewhere := _elsewhere(found):
        file = stack_files.find(name, CHECKOUT)
        places = layers.read(file, CHECKOUT).place if file else nowhere
        raise SessionError(config_errors.report(name, elsewhere, where=places))
    if foreign := _foreign(found):
        raise SessionError(
            f"Pulumi.{name}.yaml: {', '.join(foreign)} is not on local planes (kubeconfig "
            f"{WORLD.relative_to(CHECKOUT)}/kubeconfig, contexts {CONTEXT}…), and `make` runs "
            f"nothing else; for your own clusters: {hints.engine('up', name)}"
        )
    secret = [key for key, value in config.items() if isinstance(value, dict) and "secure" in value]
    if secret:
        raise SessionError(
            f"Pulumi.{name}.yaml: {', '.join(secret)} is encrypted with a passphrase of its own, "
            "and a stack on local planes has another: remove it, the simulated operator needs none"
        )


def named(found: Settings) -> list[str]:
    """Return the planes that a stack names, and that `make` starts; GKE clusters are made."""
    return [cluster.context.removeprefix(CONTEXT) for cluster in found.clusters if not cluster.gke]


def _contexts(found: Settings) -> list[str]:
    """Return the planes that this stack names, and those that any stack has objects on."""
    wanted = named(found)
    for record in sorted(STACKS.glob(f"*/{USED}")):
        wanted += recorded(record)
    return wanted


def planes(found: Settings) -> tuple[str, ...]:
    """Return the planes to run: all that the stack names, and all that a stack has objects on.

    A cluster that is taken out of the list must still answer, or its objects could not be removed;
    a simulated GKE cluster runs until it is deleted.
    """
    return tuple(dict.fromkeys([*_contexts(found), *made(GCP)]))


def recorded(record: Path) -> list[str]:
    """Return the planes in a file that ``remember`` wrote; none where there is none."""
    if not record.exists():
        return []
    found: list[str] = json.loads(record.read_text(encoding="utf-8"))
    return found


def remember(name: str, used: Sequence[str]) -> None:
    """Write down which planes a stack has objects on."""
    write_atomically(STACKS / name / USED, json.dumps(sorted(set(used))))
