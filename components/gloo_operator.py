"""The Gloo operator, by its Helm chart; it installs Istio when a ServiceMeshController asks."""

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s
import yaml

from components.charts import is_local
from components.cluster import Cluster
from components.gates import once
from components.istio_values import istiod_env
from components.naming import EXTENSIONS_CONFIG_MAP, OPERATOR_NAMESPACE, OPERATOR_RELEASE
from components.ownership import Key
from components.settings import Settings
from components.versions import GLOO_OPERATOR_IMAGE


def extensions(settings: Settings, site: str) -> dict[str, str]:
    """Return what the operator adds to its values of Istio's charts, by chart; mostly nothing."""
    env = istiod_env(settings, site)
    return {"values.istiod": yaml.safe_dump({"env": env})} if env else {}


def planned(settings: Settings, site: str) -> set[Key]:
    """Return the objects of the operator in one cluster, but for those of its chart."""
    if settings.mesh.install != "operator":
        return set()
    found: set[Key] = {("Namespace", "", OPERATOR_NAMESPACE)}
    if extensions(settings, site):
        found.add(("ConfigMap", OPERATOR_NAMESPACE, EXTENSIONS_CONFIG_MAP))
    return found


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
        home = once(namespace.urn, OPERATOR_NAMESPACE)
        if data := extensions(args.settings, args.cluster.name):
            k8s.core.v1.ConfigMap(
                f"{name}-extensions",
                metadata=args.cluster.inventory.metadata(
                    EXTENSIONS_CONFIG_MAP,
                    namespace=OPERATOR_NAMESPACE,
                    within=home,
                ),
                data=data,
                opts=pulumi.ResourceOptions(parent=self),
            )
        manager: dict[str, object] = {"image": {"repository": GLOO_OPERATOR_IMAGE}}
        if args.license_key is not None:
            manager["env"] = {"SOLO_ISTIO_LICENSE_KEY": args.license_key}
        chart = args.settings.charts.gloo_operator
        k8s.helm.v3.Release(
            f"{name}-release",
            name=OPERATOR_RELEASE,
            namespace=home,
            chart=chart,
            version=None if is_local(chart) else args.settings.operator_chart_version,
            values={"manager": manager},
            timeout=args.settings.timeouts.operator,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
