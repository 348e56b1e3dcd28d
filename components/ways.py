"""How each cluster is reached before the first resource: by its context, or by the stack's state.

A cluster with ``gke`` is the stack's own. One that its state does not know is yet to be made: then
nobody's objects can be in it.
"""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi.runtime

from components import config_errors, gke_kubeconfig, gke_made, kubeconfig, stack_state
from components.access import Way
from components.later import LaterReader
from components.live import ClusterReader, Nothing
from components.mistakes import coded
from components.settings import ClusterSettings, Settings, places


def find(settings: Settings) -> dict[str, Way]:
    """Return how every cluster of the stack is reached, by its name.

    Raises:
        pulumi.RunError: naming every context that cannot be used, and, but for a preview, what a
            machine lacks that is to enter a cluster of the stack's own.
    """
    found: dict[str, Way] = {}
    own = any(cluster.gke for cluster in settings.clusters)
    state = stack_state.resources() if own else {}
    lines = coded("AM918", gke_made.problems(settings, pulumi.get_stack(), state))
    for index, site in enumerate(settings.sites):
        if isinstance(site, ClusterSettings) and site.gke:
            found[site.name] = _of_state(site.name, state)
            continue
        try:
            config = kubeconfig.single_context(site.kubeconfig or settings.kubeconfig, site.context)
        except kubeconfig.KubeconfigError as error:
            dedicated = index >= len(settings.clusters)
            key = "management.dedicated" if dedicated else f"clusters[{index}]"
            lines.append(f"AM321 {key}.context: {error}")
            continue
        found[site.name] = Way(kubeconfig=config, reader=ClusterReader(config))
    if lines:
        raise pulumi.RunError(config_errors.report(pulumi.get_stack(), lines, where=places()))
    if own and not pulumi.runtime.is_dry_run() and (problem := gke_kubeconfig.plugin_problem()):
        # Told now, and not after ten minutes, by the first object in a cluster that was made.
        raise pulumi.RunError(f"nothing was touched\nAM905 {problem}")
    return found


def _of_state(name: str, state: Mapping[str, Mapping[str, Any]]) -> Way:
    try:
        config = gke_kubeconfig.of_state(name, state)
    except gke_kubeconfig.Incomplete as error:
        return Way(reader=Nothing(), obstacle=str(error), later=LaterReader)
    if config is None:
        made = frozenset(urn.rpartition("::")[2] for urn in state)
        return Way(reader=Nothing(), exists=False, made=made, later=LaterReader)
    return Way(
        kubeconfig=config,
        reader=ClusterReader(config),
        obstacle=gke_kubeconfig.plugin_problem(),
        later=LaterReader,
    )
