"""One cluster: its kubeconfig, its HTTP connections and which kinds it serves.

Requests go through the official client's configuration (certificates, tokens, exec plugins) and
one shared pool. The official dynamic client is not used: its discovery cache is a file in the
system's temporary directory, which outlives the cluster it describes.
"""

import json
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import quote, urlencode

import urllib3
from kubernetes.client import Configuration
from kubernetes.config import kube_config
from urllib3.exceptions import HTTPError, MaxRetryError

from localcloud.plugins.engine import Engine
from localcloud.plugins.kubernetes import objects
from localcloud.plugins.kubernetes.errors import ApiError, NoMatch, Unreachable
from localcloud.plugins.kubernetes.objects import Object

_CONNECT_SECONDS: Final = 10.0
_REQUEST_SECONDS: Final = 60.0
_POOL_SIZE: Final = 128
APPLY: Final = "application/apply-patch+yaml"
JSON_PATCH: Final = "application/json-patch+json"


class Connection:
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
        self.kubeconfig_text = kubeconfig_text
        self.default_namespace = default_namespace
        self.engine = engine
        self.cancelled = cancelled
        self._configuration = _load(kubeconfig)
        self.server = str(self._configuration.host).rstrip("/")
        self._pool = _pool(self._configuration)
        # Everything the pool needs is read; the key must not stay in a file.
        kube_config._cleanup_temp_files()  # type: ignore[no-untyped-call]  # noqa: SLF001
        self._kinds: dict[str, dict[str, tuple[str, bool]]] = {}
        self._lock = threading.Lock()

    def version(self) -> str:
        """Return the server's version, such as `v1.35.4`."""
        return str(self.request("GET", "/version").get("gitVersion", ""))

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        content_type: str = "application/json",
    ) -> Object:
        """Send one request and return the JSON of the answer.

        Raises:
            ApiError: the server refused.
            Unreachable: there was no answer.
        """
        url = f"{path}?{urlencode(query)}" if query else path
        data = None if body is None else json.dumps(body).encode()
        headers = self._headers() | ({"Content-Type": content_type} if data else {})
        try:
            response = self._pool.request(
                method, self.server + url, body=data, headers=headers, timeout=_timeout()
            )
        except (HTTPError, OSError) as error:
            raise Unreachable(f'{method} "{self.server}{path}": {_plain(error)}') from None
        return _decode(response.status, response.data)

    @contextmanager
    def stream(self, path: str, query: Mapping[str, str]) -> Iterator[Iterator[Object]]:
        """Yield the events of a watch. Raises as `request` does, also while reading."""
        timeout = urllib3.Timeout(connect=_CONNECT_SECONDS, read=None)
        url = f"{self.server}{path}?{urlencode(query)}"
        try:
            response = self._pool.request(
                "GET", url, headers=self._headers(), timeout=timeout, preload_content=False
            )
        except (HTTPError, OSError) as error:
            raise Unreachable(f'GET "{self.server}{path}": {_plain(error)}') from None
        try:
            if response.status >= 300:  # noqa: PLR2004 - the first HTTP status that is no success
                _decode(response.status, response.read())
            yield _events(response)
        except (HTTPError, OSError) as error:
            raise Unreachable(f'GET "{self.server}{path}": {_plain(error)}') from None
        finally:
            response.close()

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

    def _headers(self) -> dict[str, str]:
        headers = {"Accept": "application/json", "User-Agent": "ambientmesh-localcloud"}
        for setting in self._configuration.auth_settings().values():
            if setting.get("in") == "header" and setting.get("value"):
                headers[setting["key"]] = setting["value"]
        return headers


def _load(kubeconfig: dict[str, Any]) -> Any:
    configuration = Configuration()
    try:
        kube_config.load_kube_config_from_dict(  # type: ignore[no-untyped-call]
            kubeconfig,
            client_configuration=configuration,
            persist_config=False,
        )
    except Exception as error:  # noqa: BLE001 - the loader raises whatever the input provokes
        raise Unreachable(f"unable to load Kubernetes client configuration: {error}") from None
    return configuration


def _pool(configuration: Any) -> urllib3.PoolManager:
    if not str(configuration.host).startswith("https"):
        return urllib3.PoolManager(maxsize=_POOL_SIZE)
    try:
        context = ssl.create_default_context(
            cafile=configuration.ssl_ca_cert, cadata=configuration.ca_cert_data
        )
        if configuration.cert_file:
            context.load_cert_chain(configuration.cert_file, configuration.key_file)
    except (OSError, ValueError) as error:
        raise Unreachable(f"the kubeconfig's certificates cannot be used: {error}") from None
    if not configuration.verify_ssl:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return urllib3.PoolManager(
        maxsize=_POOL_SIZE,
        ssl_context=context,
        server_hostname=configuration.tls_server_name or None,
    )


def _timeout() -> urllib3.Timeout:
    return urllib3.Timeout(connect=_CONNECT_SECONDS, read=_REQUEST_SECONDS)


def _decode(status: int, data: bytes) -> Object:
    try:
        answer = json.loads(data) if data else {}
    except ValueError:
        answer = None
    plain = answer if isinstance(answer, dict) else {}
    if status >= 400:  # noqa: PLR2004 - the first HTTP status that is an error
        raise ApiError(status, plain, data[:500].decode(errors="replace").strip())
    return plain


def _events(response: Any) -> Iterator[Object]:
    buffer = b""
    for chunk in response.stream(amt=None, decode_content=True):
        buffer += chunk
        *lines, buffer = buffer.split(b"\n")
        for line in lines:
            if line.strip():
                yield json.loads(line)


def _plain(error: Exception) -> str:
    """Return the reason of a connection error without urllib3's object addresses."""
    cause = error.reason if isinstance(error, MaxRetryError) and error.reason else error
    return str(cause).rsplit(": ", 1)[-1]
