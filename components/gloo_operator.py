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
    except (OSError, yaml.YAMLError):
        return False
    annotations = content.get("annotations") if isinstance(content, dict) else None
    return str((annotations or {}).get(SIMULATED_ANNOTATION)) == "true"


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
        child = pulumi.ResourceOptions(parent=self)
        namespace = k8s.core.v1.Namespace(
            f"{name}-namespace",
            metadata=args.cluster.inventory.metadata(OPERATOR_NAMESPACE),
            opts=child,
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
            version=None if Path(chart).exists() else args.settings.operator_chart_version,
            values={"manager": manager},
            timeout=args.settings.timeouts.operator,
            opts=child,
        )
        self.register_outputs({})
