"""The projects that a stack's GKE clusters are made in, each with one provider.

Google's SDK is imported only where a stack makes a cluster: it takes a second.
"""

from collections.abc import Mapping

import pulumi
import pulumi.runtime

from components import gke_plan
from components.gke_args import GkeClusterArgs
from components.gke_plan import GkePlan
from components.settings import Settings


def warnings(plans: Mapping[str, GkePlan]) -> list[str]:
    """Return a line for every cluster that the mesh will hardly run in."""
    return [
        f"{name}: Autopilot refuses the CNI agent of an ambient mesh (istio/istio#57356), and"
        " privilegedAdmission names no allowlist that lets it in"
        for name, plan in plans.items()
        if plan.settings.autopilot and not plan.settings.privileged_admission
    ]


def arguments(settings: Settings) -> dict[str, GkeClusterArgs]:
    """Register the projects, and return what each cluster is made from, by its name."""
    plans = gke_plan.plans(settings)
    if not plans:
        return {}
    if pulumi.runtime.is_dry_run():
        for line in warnings(plans):
            pulumi.log.warn(line)
    from components.gke_network import GkeProject, GkeProjectArgs  # noqa: PLC0415 see above

    projects = {
        project: GkeProject(
            f"gcp-{project}",
            GkeProjectArgs(
                project=project,
                network=any(not plan.network for plan in plans.values() if plan.project == project),
            ),
        )
        for project in sorted({plan.project for plan in plans.values()})
    }
    return {
        name: GkeClusterArgs(
            plan=plan,
            provider=projects[plan.project].provider,
            network=plan.network or projects[plan.project].network or "",
        )
        for name, plan in plans.items()
    }
