"""The writes: create, server-side apply, and delete, with the retries and words of upstream."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from localcloud.plugins.kubernetes import identity, managers, objects
from localcloud.plugins.kubernetes.connection import Connection
from localcloud.plugins.kubernetes.errors import ApiError, NoMatch
from localcloud.plugins.kubernetes.objects import Object
from localcloud.plugins.kubernetes.transport import APPLY, JSON_PATCH
from localcloud.plugins.provider import Cancelled, ProviderError

RETRY_SECONDS: Final = (1, 2, 4, 8, 16)
_TAKEOVER_TRIES: Final = 10
_CONFLICTS: Final = (
    "https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/"
    "managing-resources-with-server-side-apply/#handle-field-conflicts-on-existing-resources"
)
_EXISTS: Final = """{error}

The resource already exists in the cluster. This can happen when:

  - Renaming a Pulumi resource: use an alias to preserve the identity,
    or use deleteBeforeReplace if the resource needs replacement.
  - Managing an existing resource: use a Patch resource (e.g. NamespacePatch)
    to manage specific fields without owning the resource lifecycle.
  - Adopting a resource into Pulumi: use `pulumi import`. Note that
    protected resources (e.g. kube-system) cannot be deleted on destroy.
  - Intentional upsert: set upsertExistingObjects on the provider to allow
    server-side apply to update existing objects on create."""
Result = TypeVar("Result")


class AlreadyExists(ProviderError):  # noqa: N818 - the Kubernetes term
    """A create met an object of the same name."""


class NamespaceMissing(ProviderError):  # noqa: N818 - a state
    """A preview cannot go on: the namespace is only made by the update."""


@dataclass(frozen=True, kw_only=True)
class Writer:
    """One operation's way to write.

    Args:
        connection: the cluster.
        urn: the resource, for messages.
        manager: its field manager.
        preview: True makes every write a dry run.
        server_side: False means client-side apply, which only creates and replaces here.
        force: the provider's enablePatchForce.
    """

    connection: Connection
    urn: str
    manager: str
    preview: bool = False
    server_side: bool = True
    force: bool = False

    def create(self, obj: Object, *, upsert: bool) -> Object:
        """Make the object, or apply it when `upsert`; retry while its kind or namespace is new.

        Raises:
            AlreadyExists: there is one.
            NamespaceMissing: in a preview, the namespace does not exist yet.
            ApiError, NoMatch, Unreachable: as they say.
        """
        try:
            made = self._retrying(lambda: self._create(obj, upsert=upsert))
        except ApiError as error:
            if error.exists:
                raise AlreadyExists(_EXISTS.format(error=error)) from None
            raise
        self.connection.engine.status(self.urn, "")
        return made

    def _create(self, obj: Object, *, upsert: bool) -> Object:
        try:
            if upsert and self.server_side:
                return self.apply(obj, None)
            version, kind = objects.api_version(obj), objects.kind(obj)
            path = self.connection.collection(version, kind, objects.namespace(obj))
            query = self._query(identity.CREATE_MANAGER)
            return self.connection.request("POST", path, query=query, body=_wire(obj))
        except ApiError as error:
            if self.preview and error.no_namespace:
                raise NamespaceMissing(
                    f'namespace does not exist for "{objects.name(obj)}"'
                ) from None
            raise

    def _retrying(self, attempt: Callable[[], Result]) -> Result:
        for number, pause in enumerate(RETRY_SECONDS):
            try:
                return attempt()
            except (ApiError, NoMatch) as error:
                if isinstance(error, ApiError) and not error.not_found:
                    raise
                self.connection.engine.status(
                    self.urn, f"Retry #{number}; creation failed: {error}"
                )
                if self.connection.cancelled.wait(pause):
                    raise Cancelled(f"cancelled while retrying: {error}") from None
        return attempt()

    def apply(self, obj: Object, live: Object | None) -> Object:
        """Apply the object server-side; `live` is what it replaces, None when it may be new."""
        force = managers.must_force(obj, live, always=self.force, preview=self.preview)
        query = self._query(self.manager) | {"force": str(force).lower()}
        path = self.connection.path(obj, objects.name(live) if live else "")
        try:
            return self.connection.request(
                "PATCH", path, query=query, body=_wire(obj), content_type=APPLY
            )
        except ApiError as error:
            if error.conflict:
                raise _conflict(error, self.manager) from None
            raise

    def take_over(self, live: Object) -> Object:
        """Give our manager what client-side writers own, once, before the first apply."""
        path = self.connection.path(live)
        for _ in range(_TAKEOVER_TRIES):
            patch = None if self.preview else managers.takeover(live, self.manager)
            if patch is None:
                return live
            try:
                return self.connection.request("PATCH", path, body=patch, content_type=JSON_PATCH)
            except ApiError as error:
                if not error.conflict:
                    raise
                live = self.connection.read(live)  # a controller wrote in between
        return live

    def replace(self, obj: Object, live: Object) -> Object:
        """Put the object in place of `live`, as CRDs need: their schemas do not merge."""
        version = objects.text(live, "metadata", "resourceVersion")
        body = _wire(obj) | {"metadata": objects.metadata(obj) | {"resourceVersion": version}}
        path = self.connection.path(live)
        return self.connection.request("PUT", path, query=self._query(self.manager), body=body)

    def relinquish(self, live: Object, manager: str) -> None:
        """Make `manager` own nothing of the object; fields that nobody owns are reset."""
        bare = {
            "apiVersion": objects.api_version(live),
            "kind": objects.kind(live),
            "metadata": {"name": objects.name(live)},
        }
        objects.set_namespace(bare, objects.namespace(live))
        self.connection.request(
            "PATCH",
            self.connection.path(live),
            query={"fieldManager": manager},
            body=bare,
            content_type=APPLY,
        )

    def delete(self, obj: Object, name: str, policy: str) -> bool:
        """Ask for the object's deletion; return False when it is gone already.

        Args:
            obj: the object, of which kind and namespace count.
            name: its name.
            policy: the pulumi.com/deletionPropagationPolicy annotation, Foreground by default.
        """
        propagation = {"orphan": "Orphan", "background": "Background"}.get(
            policy.lower(), "Foreground"
        )
        try:
            path = self.connection.path(obj, name)
            self.connection.request("DELETE", path, body={"propagationPolicy": propagation})
        except ApiError as error:
            if error.not_found:
                return False
            raise
        except NoMatch:  # the CRD went first and took its objects with it
            return False
        return True

    def _query(self, manager: str) -> dict[str, str]:
        dry = {"dryRun": "All"} if self.preview else {}
        return {"fieldManager": manager} | dry


def _wire(obj: Object) -> dict[str, Any]:
    return obj | {"apiVersion": objects.api_version(obj)}


def _conflict(error: ApiError, manager: str) -> ProviderError:
    return ProviderError(
        f"server-side apply field conflict detected, see {_CONFLICTS} for troubleshooting help\n"
        f'The resource managed by field manager "{manager}" had an apply conflict: {error}'
    )
