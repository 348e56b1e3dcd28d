"""A client of one API server, made from a kubeconfig that is data.

The client library writes the certificates and keys of such a kubeconfig into files of the temporary
folder and removes them when the interpreter ends: a run that is killed leaves an administrator's
key behind. Here they are in files only while they are read.
"""

import ssl
import threading
from collections.abc import Iterable, Mapping
from typing import Any

ALPN = ("http/1.1",)
"""What urllib3 speaks."""

TIMEOUT = (5, 15)
"""Seconds to connect and to read. Whoever polls asks again after a slow answer."""

_CONNECTING = threading.Lock()
"""The library keeps its files in one table for all clusters, unguarded."""


class _SharedContext(ssl.SSLContext):
    """A context that many threads make connections of at once.

    urllib3 sets the protocols of its context anew for every connection (``ssl_wrap_socket``), which
    frees what OpenSSL is just sending for another one: the server then answers "decode error".
    """

    def set_alpn_protocols(self, alpn_protocols: Iterable[str]) -> None:
        """Leave them as they are."""


class BadKubeconfig(Exception):  # noqa: N818 a state of the kubeconfig, told to the user as such
    """The kubeconfig cannot be used; the message says why."""


def connect(kubeconfig: Mapping[str, Any]) -> Any:
    """Return an ``ApiClient``.

    Raises:
        BadKubeconfig: the library cannot make anything of it, or its credential plugin failed.
    """
    from kubernetes import client, config  # noqa: PLC0415 half a second that few runs should pay
    from kubernetes.config import kube_config  # noqa: PLC0415 likewise

    configuration = client.Configuration()
    # Whoever asks asks again by himself; hidden retries would outlast his timeout.
    configuration.retries = False
    load: Any = config.load_kube_config_from_dict
    with _CONNECTING:
        try:
            load(dict(kubeconfig), client_configuration=configuration)
            _require_credentials(kubeconfig, configuration)
            api = client.ApiClient(configuration)
            _hold_in_memory(api, configuration)
        except (config.ConfigException, AttributeError, KeyError, TypeError, OSError) as error:
            raise BadKubeconfig(str(error)) from None
        finally:
            # There is no public one, and none with types.
            kube_config._cleanup_temp_files()  # type: ignore[no-untyped-call]  # noqa: SLF001
    return api


def _require_credentials(kubeconfig: Mapping[str, Any], configuration: Any) -> None:
    plugin = kubeconfig["users"][0]["user"].get("exec")
    if plugin and not configuration.api_key and not configuration.cert_file:
        # The library logs why, and goes on as nobody.
        command = plugin.get("command") if isinstance(plugin, dict) else plugin
        raise BadKubeconfig(f"its credential plugin {command!r} gave nothing")


def _hold_in_memory(api: Any, configuration: Any) -> None:
    """Read certificates and key now, and not whenever a connection is made."""
    context = _SharedContext(ssl.PROTOCOL_TLS_CLIENT)
    ssl.SSLContext.set_alpn_protocols(context, ALPN)
    if configuration.ssl_ca_cert or configuration.ca_cert_data:
        context.load_verify_locations(configuration.ssl_ca_cert, None, configuration.ca_cert_data)
    else:
        context.load_default_certs()
    if not configuration.verify_ssl:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if configuration.cert_file:
        context.load_cert_chain(configuration.cert_file, configuration.key_file)
    pool = api.rest_client.pool_manager.connection_pool_kw
    for name in ("ca_certs", "ca_cert_data", "cert_file", "key_file"):
        pool.pop(name, None)
    pool["ssl_context"] = context


def request(
    client: Any,
    method: str,
    path: str,
    *,
    body: Any = None,
    accept: str = "application/json",
    content: str = "",
    timeout: tuple[int, int] = TIMEOUT,
) -> tuple[Any, bytes]:
    """Make a request of a client that ``connect`` gave, and return the response and its content.

    Args:
        client: of one API server.
        method: GET, PATCH, ...
        path: an API path, with its query.
        body: to be sent as JSON.
        accept: media type of the answer.
        content: media type of ``body``; empty where there is none.
        timeout: seconds to connect and to read.

    Raises:
        kubernetes.client.ApiException, urllib3.exceptions.HTTPError, OSError: no answer. A refusal
            is one: look at the response's status.
    """
    headers = {"Accept": accept} | ({"Content-Type": content} if content else {})
    call = client.param_serialize(
        method, path, body=body, header_params=headers, auth_settings=["BearerToken"]
    )
    response = client.call_api(*call, _request_timeout=timeout)
    return response, response.read()
