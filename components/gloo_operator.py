"""The Gloo operator, by its Helm chart; it installs Istio when a ServiceMeshController asks."""

from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_kubernetes as k8s
import yaml

from components.cluster import Cluster
from components.naming import OPERATOR_NAMESPACE, OPERATOR_RELEASE
from components.settings import Settings
from components.versions import GLOO_OPERATOR_IMAGE

SIMULATED_ANNOTATION = "ambientmesh.dev/simulated"
"""In Chart.yaml of localcloud's stand-in: the one chart that needs no license."""


def is_simulated(chart: str) -> bool:
    """Whether a chart is a local directory that calls itself simulated."""
    try:
        content = yaml.safe_load((Path(chart) / "Chart.yaml").read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return False
    annotations = content.get("annotations") if isinstance(content, dict) else None
    return isinstance(annotations, dict) and str(annotations.get(SIMULATED_ANNOTATION)) == "true"


def is_local(chart: str) -> bool:
    """Whether a chart is a path and not an address."""
    return "://" not in chart


def problem(chart: str) -> str | None:
    """Return what is wrong with a local chart, which Helm would tell after half a run."""
    try:
        there = not is_local(chart) or Path(chart).exists()
    except (OSError, ValueError):
        there = False
    return (
        None
        if there
        else (
            f"charts.glooOperator: found {chart!r}; allowed: an oci:// or https:// address, or a"
            " chart directory or archive that exists; fix: mend the path, seen from Pulumi.yaml"
        )
    )


@dataclass(frozen=True, kw_only=True)
class GlooOperatorArgs:
    """Which chart in which cluster, and the license that istiod gets through it."""

    cluster: Cluster
    settings: Settings
    license_key: pulumi.Output[str] | None


class GlooOperator(pulumi.ComponentResource):
    """The operator's namespace and Helm release; ready once its Deployment is available."""

    def __init__(
        self, name: str, args: GlooOperatorArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("ambientmesh:index:GlooOperator", name, None, opts)
        deletion = args.settings.timeouts.deletion
        namespace = k8s.core.v1.Namespace(
            f"{name}-namespace",
            metadata=args.cluster.inventory.metadata(OPERATOR_NAMESPACE),
            opts=pulumi.ResourceOptions(
                parent=self, custom_timeouts=pulumi.CustomTimeouts(delete=f"{deletion}s")
            ),
        )
        manager: dict[str, object] = {"image": {"repository": GLOO_OPERATOR_IMAGE}}
        if args.license_key is not None:
            manager["env"] = {"SOLO_ISTIO_LICENSE_KEY": args.license_key}
        chart = args.settings.charts.gloo_operator
        k8s.helm.v3.Release(
            f"{name}-release",
            name=OPERATOR_RELEASE,
            namespace=namespace.metadata["name"],
            chart=chart,
            version=None if is_local(chart) else args.settings.operator_chart_version,
            values={"manager": manager},
            timeout=args.settings.timeouts.operator,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
