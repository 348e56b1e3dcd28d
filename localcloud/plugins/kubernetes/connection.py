"""One cluster: how to reach it, which kinds it serves, and where its objects are.

The official dynamic client is not used for that: its discovery cache is a file in the system's
temporary directory, which outlives the cluster it describes.
"""

import threading
from typing import Any
from urllib.parse import quote

from localcloud.plugins.engine import Engine
from localcloud.plugins.kubernetes import objects
from localcloud.plugins.kubernetes.errors import ApiError, NoMatch, Unreachable
from localcloud.plugins.kubernetes.objects import Object
from localcloud.plugins.kubernetes.transport import Transport


class Connection(Transport):
    """A way to one cluster.

    Args:
        kubeconfig: the kubeconfig; its current context counts.
        kubeconfig_text: the same as text, for programs that want a file.
        default_namespace: for namespaced objects that name none.
        engine: where messages go.
        cancelled: set when everything must stop.

    Raises:
        Unreachable: the kubeconfig cannot be used.
    """

    def __init__(
        self,
        *,
        kubeconfig: dict[str, Any],
        kubeconfig_text: str,
        default_namespace: str,
        engine: Engine,
        cancelled: threading.Event,
    ) -> None:
        super().__init__(kubeconfig)
        self.kubeconfig_text = kubeconfig_text
        self.default_namespace = default_namespace
        self.engine = engine
        self.cancelled = cancelled
        self._kinds: dict[str, dict[str, tuple[str, bool]]] = {}
        self._lock = threading.Lock()

    def version(self) -> str:
        """Return the server's version, such as `v1.35.4`."""
        return str(self.request("GET", "/version").get("gitVersion", ""))

    def lookup(self, api_version: str, kind: str) -> tuple[str, bool]:
        """Return a kind's plural and whether it is namespaced.

        Raises:
            NoMatch: the server does not serve the kind; it is asked again each time.
        """
        with self._lock:
            found = self._kinds.get(api_version, {}).get(kind)
        if found is None:
            kinds = self._discover(api_version)
            with self._lock:
                self._kinds[api_version] = kinds
            found = kinds.get(kind)
        if found is None:
            raise NoMatch(api_version, kind)
        return found

    def _discover(self, api_version: str) -> dict[str, tuple[str, bool]]:
        root = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
        try:
            listing = self.request("GET", root)
        except ApiError as error:
            if error.not_found:
                return {}
            raise
        return {
            resource["kind"]: (resource["name"], bool(resource["namespaced"]))
            for resource in listing.get("resources") or []
            if "/" not in resource["name"]
        }

    def forget(self, api_version: str = "") -> None:
        """Ask again which kinds a version (or every one) serves, after a CRD changed."""
        with self._lock:
            if api_version:
                self._kinds.pop(api_version, None)
            else:
                self._kinds.clear()

    def serves(self, obj: Object) -> bool:
        """Tell whether the object's kind exists; False also when the server cannot say."""
        try:
            self.lookup(objects.api_version(obj), objects.kind(obj))
        except (NoMatch, ApiError, Unreachable):
            return False
        return True

    def collection(self, api_version: str, kind: str, namespace: str) -> str:
        """Return the path of a kind's collection; namespaced kinds default to `default`."""
        plural, namespaced = self.lookup(api_version, kind)
        root = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
        if namespaced:
            root += f"/namespaces/{quote(namespace or 'default', safe='')}"
        return f"{root}/{plural}"

    def path(self, obj: Object, name: str = "") -> str:
        """Return the path of an object, under its own name or another."""
        version, kind = objects.api_version(obj), objects.kind(obj)
        root = self.collection(version, kind, objects.namespace(obj))
        return f"{root}/{quote(name or objects.name(obj), safe='')}"

    def read(self, obj: Object, name: str = "") -> Object:
        """Return the live object of the same kind, namespace and name."""
        return self.request("GET", self.path(obj, name))

    def items(self, api_version: str, kind: str, namespace: str) -> list[Object]:
        """Return the objects of a kind in a namespace, each with apiVersion and kind."""
        listing = self.request("GET", self.collection(api_version, kind, namespace))
        identity = {"apiVersion": api_version, "kind": kind}
        return [identity | item for item in listing.get("items") or []]
