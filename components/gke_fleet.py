"""The projects that a stack's GKE clusters are made in, each with one provider.

Google's SDK is imported only where a stack makes a cluster: it takes a quarter of a second.
"""

from components import gke_plan
from components.gke_args import GkeClusterArgs
from components.settings import Settings


def arguments(settings: Settings) -> dict[str, GkeClusterArgs]:
    """Register the projects, and return what each cluster is made from, by its name."""
    plans = gke_plan.plans(settings)
    if not plans:
        return {}
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
