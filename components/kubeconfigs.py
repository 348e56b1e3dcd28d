"""The kubeconfig of every cluster of a stack, for tools beside the program.

A context is cut out of its file; of a cluster that the stack made, the stack's outputs tell.
"""

from collections.abc import Callable, Mapping
from typing import Any

from components import configured, gke_kubeconfig
from components.configured import Unasked
from components.kubeconfig import single_context
from components.settings import Settings


def find(
    settings: Settings,
    stack: str,
    outputs: Callable[[str], Mapping[str, Any]] = configured.outputs,
) -> dict[str, dict[str, Any]]:
    """Return a kubeconfig with one context for every cluster of the mesh, by its name.

    Args:
        settings: of the stack.
        stack: its name.
        outputs: asks for its outputs; only where it has made clusters.

    Raises:
        KubeconfigError: a context cannot be used.
        Unasked: the stack has not made a cluster, or nobody could be asked.
    """
    own = any(cluster.gke for cluster in settings.clusters)
    if own and (problem := gke_kubeconfig.plugin_problem()):
        raise Unasked(problem)
    made: Mapping[str, Any] = outputs(stack).get("clusters") or {} if own else {}
    return {
        cluster.name: _published(cluster.name, made)
        if cluster.gke
        else single_context(cluster.kubeconfig or settings.kubeconfig, cluster.context)
        for cluster in settings.clusters
    }


def _published(name: str, made: Mapping[str, Any]) -> dict[str, Any]:
    found = (made.get(name) or {}).get("gke")
    if not found:
        raise Unasked(f"{name} is not made yet, so that there is no mesh in it; fix: pulumi up")
    return gke_kubeconfig.of_outputs(name, found)
