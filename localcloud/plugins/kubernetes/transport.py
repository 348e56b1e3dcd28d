"""HTTP to one API server: certificates and tokens of a kubeconfig, one pool, JSON in and out.

The official client's loader reads the kubeconfig, so that exec plugins and token files work.
"""

import json
import os
import ssl
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlencode

import urllib3
from kubernetes.client import Configuration
from kubernetes.config import kube_config
from urllib3.exceptions import HTTPError, MaxRetryError

from components.connection import Credential
from localcloud.plugins.kubernetes.errors import ApiError, Unreachable
from localcloud.plugins.kubernetes.objects import Object

_CONNECT_SECONDS: Final = 10.0
_REQUEST_SECONDS: Final = 60.0
_POOL_SIZE: Final = 128
APPLY: Final = "application/apply-patch+yaml"
JSON_PATCH: Final = "application/json-patch+json"


class Transport:
    """Requests to the cluster of a kubeconfig's current context.

    Raises:
        Unreachable: the kubeconfig cannot be used.
    """

    def __init__(self, kubeconfig: dict[str, Any]) -> None:
        # OpenSSL reads keys from files only: they exist while it reads, in the Pulumi home.
        home = os.environ.get("PULUMI_HOME")
        with tempfile.TemporaryDirectory(dir=home, prefix="kubernetes-") as folder:
            try:
                self._configuration = _load(kubeconfig, folder)
                self._pool = _pool(self._configuration)
            finally:
                # The loader remembers the files of earlier loads by their content.
                kube_config._cleanup_temp_files()  # type: ignore[no-untyped-call]  # noqa: SLF001
        self.server = str(self._configuration.host).rstrip("/")

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

    def _headers(self) -> dict[str, str]:
        headers = {"Accept": "application/json", "User-Agent": "ambientmesh-localcloud"}
        for setting in self._configuration.auth_settings().values():
            if setting.get("in") == "header" and setting.get("value"):
                headers[setting["key"]] = setting["value"]
        return headers


def _load(kubeconfig: dict[str, Any], folder: str) -> Any:
    configuration = Configuration()
    try:
        credential = Credential.of(kubeconfig)
        if credential:
            kubeconfig = credential.put_into(kubeconfig)
        kube_config.load_kube_config_from_dict(  # type: ignore[no-untyped-call]
            kubeconfig,
            client_configuration=configuration,
            persist_config=False,
            temp_file_path=folder,
        )
    except Exception as error:  # noqa: BLE001 - the loader raises whatever the input provokes
        raise Unreachable(f"unable to load Kubernetes client configuration: {error}") from None
    return configuration


def _pool(configuration: Any) -> urllib3.PoolManager:
    if not str(configuration.host).startswith("https"):
        return urllib3.PoolManager(maxsize=_POOL_SIZE, retries=False)
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
        retries=False,  # they would be logged, and a create must not be repeated
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
