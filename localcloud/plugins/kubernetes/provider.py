"""The provider: settings, an unreachable cluster, checks, and who handles which type."""

from importlib import metadata
from typing import TYPE_CHECKING, Final

import yaml

from localcloud.plugins.engine import Engine
from localcloud.plugins.kubernetes import (
    checkpoint,
    config,
    create,
    delete,
    identity,
    objects,
    prune,
    read,
    replace,
    update,
)
from localcloud.plugins.kubernetes.cluster import Cluster, is_namespaced
from localcloud.plugins.kubernetes.connection import Connection
from localcloud.plugins.kubernetes.errors import Unreachable
from localcloud.plugins.kubernetes.watch import Watches
from localcloud.plugins.provider import (
    Change,
    Check,
    Checked,
    Created,
    Diff,
    Live,
    Properties,
    Provider,
    ProviderError,
    Request,
    State,
)
from localcloud.plugins.values import UNKNOWN

if TYPE_CHECKING:
    from localcloud.plugins.kubernetes.release import Releases

RELEASE: Final = "kubernetes:helm.sh/v3:Release"
_UNREACHABLE: Final = "configured Kubernetes cluster is unreachable: "
_FORGET: Final = (
    "If the cluster was deleted, you can remove this resource from Pulumi state by rerunning the "
    'operation with the PULUMI_K8S_DELETE_UNREACHABLE environment variable set to "true"'
)


class KubernetesProvider(Provider):
    """One cluster, or the reason why it cannot be reached."""

    package = "kubernetes"
    autonaming = True

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.version = metadata.version("pulumi-kubernetes")
        self._settings = config.Settings()
        self._unreachable = "the provider is not configured"
        self._connection: Connection | None = None
        self._cluster: Cluster | None = None
        self._release: Releases | None = None
        self._scopes: dict[tuple[str, str], bool] = {}  # of kinds whose CRD this program makes

    def check_config(self, request: Check) -> Checked:
        """Judge the provider's settings."""
        return Checked(inputs=request.new, failures=config.check(request.new))

    def diff_config(self, request: Change) -> Diff:
        """Say whether changed settings mean another cluster."""
        return config.diff(request)

    def configure(self, settings: Properties) -> None:
        """Connect. A cluster that does not answer fails operations, not the configuration."""
        self._settings = config.parse(settings)
        try:
            self._connect()
        except Unreachable as error:
            self._unreachable = str(error)

    def _connect(self) -> None:
        text = config.kubeconfig_text(self._settings.kubeconfig)
        kubeconfig = config.with_overrides(config.load(text), self._settings)
        connection = Connection(
            kubeconfig=kubeconfig,
            kubeconfig_text=yaml.safe_dump(kubeconfig),
            default_namespace=self._settings.namespace or config.context_namespace(kubeconfig),
            engine=self.engine,
            cancelled=self.cancelled,
        )
        self._connection = connection
        try:
            connection.version()
        except ProviderError as error:
            raise Unreachable(
                f"unable to load schema information from the API server: {error}"
            ) from None
        self._unreachable = ""
        self._cluster = Cluster(connection, self._settings, Watches(connection))

    def check(self, request: Check) -> Checked:
        """Name the object, give it its namespace, and refuse what cannot be."""
        if self._unreachable and self._settings.skip_update_unreachable:
            self.engine.warning(
                request.urn,
                "Cluster is unreachable but skipUpdateUnreachable flag is set to true, skipping...",
            )
            return Checked(inputs=request.old)
        if request.type == RELEASE:
            return self._releases().check(request)
        self._refuse(request)
        inputs = prune.normalize(objects.to_object(request.new))
        if identity.is_patch(request, inputs) and not objects.is_named(inputs):
            raise ProviderError("patch resources require the `.metadata.name` field to be set")
        if request.old:
            identity.adopt_name(inputs, objects.to_object(request.old))
        else:
            identity.assign_name(inputs, request)
        if identity.generates_name(inputs) and self._settings.server_side_apply:
            raise ProviderError(
                "the `.metadata.generateName` field is not supported in Server-Side Apply mode"
            )
        self._place(inputs)
        self._remember_scope(inputs)
        marked = checkpoint.mark_secrets(objects.to_properties(inputs), request.new)
        return Checked(inputs=marked)

    def _refuse(self, request: Check) -> None:
        module, _, kind = request.type.partition(":")[2].partition(":")
        if "/" not in module or module.startswith(("helm.sh/", "yaml/", "kustomize/")):
            raise ProviderError(
                f"{request.type} is not supported by the stand-in kubernetes plugin"
            )
        if kind.endswith("List") and request.new.get("items") is not None:
            raise ProviderError(
                "list resources exist for compatibility with YAML manifests and Helm charts, "
                "and cannot be created directly. Use the underlying resource type instead"
            )

    def _place(self, inputs: objects.Object) -> None:
        """Give a namespaced object without a namespace the default one."""
        given = objects.get(inputs, "metadata", "namespace")
        if given or given is UNKNOWN or self._connection is None:
            return
        kind = (objects.group_version(inputs)[0], objects.kind(inputs))
        scoped = self._scopes.get(kind)
        reachable = None if self._unreachable else self._connection
        if is_namespaced(reachable, inputs) if scoped is None else scoped:
            objects.set_namespace(inputs, self._connection.default_namespace)

    def _remember_scope(self, inputs: objects.Object) -> None:
        if objects.is_crd(inputs):
            kind = objects.text(inputs, "spec", "names", "kind")
            scope = objects.text(inputs, "spec", "scope")
            self._scopes[objects.text(inputs, "spec", "group"), kind] = scope == "Namespaced"

    def diff(self, request: Change) -> Diff:
        """Compare recorded state and new inputs."""
        if request.type == RELEASE:
            return self._releases().diff(request)
        if self._connection is None:
            raise ProviderError(_UNREACHABLE + self._unreachable)
        # An unreachable cluster does not keep a diff from being computed.
        watches = Watches(self._connection)
        return replace.plan(
            self._cluster or Cluster(self._connection, self._settings, watches), request
        )

    def create(self, request: State) -> Created:
        """Make an object or a release."""
        if request.type == RELEASE:
            return self._releases().create(request)
        if self._cluster is None:
            if request.preview:
                return Created(id="", properties=request.properties)
            raise ProviderError(_UNREACHABLE + self._unreachable)
        return create.create(self._cluster, request)

    def update(self, request: Change) -> Properties:
        """Change an object or a release."""
        if request.type == RELEASE:
            return self._releases().update(request)
        if self._cluster is None:
            if request.preview:
                return request.new
            raise ProviderError(_UNREACHABLE + self._unreachable)
        return update.update(self._cluster, request)

    def read(self, request: State) -> Live:
        """Return an object or a release as it is."""
        if self._cluster is None:
            return self._read_unreachable(request)
        if request.type == RELEASE:
            return self._releases().read(request)
        return read.read(self._cluster, request)

    def _read_unreachable(self, request: State) -> Live:
        self.engine.warning(request.urn, _UNREACHABLE + self._unreachable)
        if self._settings.delete_unreachable:
            self._note_deletion(request)
            return Live(id="")
        if self._settings.skip_update_unreachable:
            self.engine.info(
                request.urn,
                "configured Kubernetes cluster is unreachable and the `skipUnreachable` option is "
                "enabled. Returned data could not reflect the actual cluster configuration.",
            )
            return Live(id=request.id, properties=request.properties, inputs=request.inputs)
        raise ProviderError(f"failed to read resource state due to unreachable cluster. {_FORGET}")

    def delete(self, request: State) -> None:
        """Remove an object or a release."""
        if self._cluster is None:
            self.engine.warning(request.urn, _UNREACHABLE + self._unreachable)
            if self._settings.delete_unreachable and request.type != RELEASE:
                self._note_deletion(request)
                return
            raise ProviderError(f"configured Kubernetes cluster is unreachable. {_FORGET}")
        if request.type == RELEASE:
            self._releases().delete(request)
        else:
            delete.delete(self._cluster, request)

    def _note_deletion(self, request: Request) -> None:
        self.engine.info(
            request.urn,
            "configured Kubernetes cluster is unreachable and the `deleteUnreachable` option is "
            "enabled. Deleting the unreachable resource from Pulumi state",
        )

    def _releases(self) -> "Releases":
        """Return the handler of Helm releases; made when first needed, as most runs have none."""
        if self._release is None:
            from localcloud.plugins.kubernetes.release import Releases  # noqa: PLC0415

            self._release = Releases(
                engine=self.engine,
                cancelled=self.cancelled,
                kubeconfig="" if self._connection is None else self._connection.kubeconfig_text,
                namespace="default"
                if self._connection is None
                else self._connection.default_namespace,
                unreachable=self._unreachable,
            )
        return self._release
