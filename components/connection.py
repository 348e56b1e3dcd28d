"""A client of one API server, made from a kubeconfig that is data.

The client library writes the certificates and keys of such a kubeconfig into files of the temporary
folder and removes them when the interpreter ends: a run that is killed leaves an administrator's
key behind. Here they are in files only while they are read.
"""

import base64
import datetime as dt
import ssl
import threading
from collections.abc import Iterable, Mapping
from typing import Any

ALPN = ("http/1.1",)
"""What urllib3 speaks."""

TIMEOUT = (5, 15)
"""Seconds to connect and to read. Whoever polls asks again after a slow answer."""

_RENEWAL = dt.timedelta(seconds=30)
"""A token is asked for anew this long before it ends: plugins keep theirs, and give it again."""

_TAKEN_OUT = frozenset({"azure", "gcp"})
"""Auth providers that client-go 1.26 took out, so that the provider plugin refuses them, too. The
Python library still knows gcp, and would ask Google's own libraries for whoever is logged in."""

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

    Args:
        kubeconfig: with one context. A credential plugin that it names is run now, in parallel with
            those of other clusters, and again whenever a token that it gave expires.

    Raises:
        BadKubeconfig: the library cannot make anything of it, or its credential plugin failed.
    """
    from kubernetes import client, config  # noqa: PLC0415 half a second that few runs should pay
    from kubernetes.config import kube_config  # noqa: PLC0415 likewise

    configuration: Any = client.Configuration()
    # Whoever asks asks again by himself; hidden retries would outlast his timeout.
    configuration.retries = False
    load: Any = config.load_kube_config_from_dict
    _refuse_taken_out(kubeconfig)
    credential = Credential.of(kubeconfig)
    content = credential.put_into(kubeconfig) if credential else dict(kubeconfig)
    with _CONNECTING:
        try:
            load(content, client_configuration=configuration)
            if credential:
                configuration.refresh_api_key_hook = credential.renew
            api = client.ApiClient(configuration)
            _hold_in_memory(api, configuration)
        except (config.ConfigException, AttributeError, KeyError, TypeError, OSError) as error:
            raise BadKubeconfig(str(error)) from None
        finally:
            # There is no public one, and none with types.
            kube_config._cleanup_temp_files()  # type: ignore[no-untyped-call]  # noqa: SLF001
    return api


def _refuse_taken_out(kubeconfig: Mapping[str, Any]) -> None:
    try:
        _, user, _ = _current(kubeconfig)
        name = user["auth-provider"]["name"]
    except (AttributeError, KeyError, StopIteration, TypeError):
        return  # there is none, or the library says what is wrong
    if name in _TAKEN_OUT and "exec" not in user:
        raise BadKubeconfig(
            f"found auth-provider {name!r}, which Kubernetes 1.26 took out; allowed: exec, as the"
            " cloud's command for kubeconfigs writes today"
        )


class Credential:
    """What a credential plugin gives. The library would log its refusal and go on as nobody."""

    def __init__(self, user: str, plugin: Mapping[str, Any], cluster: Mapping[str, Any]) -> None:
        self._user = user
        self._plugin = plugin
        self._cluster = cluster
        self._status = self._run()

    @classmethod
    def of(cls, kubeconfig: Mapping[str, Any]) -> "Credential | None":
        """Return the credential of a kubeconfig's current context; None where no plugin gives it.

        Raises:
            BadKubeconfig: the plugin failed.
        """
        try:
            name, user, cluster = _current(kubeconfig)
            plugin = user.get("exec")
        except (AttributeError, KeyError, StopIteration, TypeError):
            return None  # the library says what is wrong with it
        return cls(name, plugin, cluster) if isinstance(plugin, dict) else None

    def _run(self) -> Mapping[str, Any]:
        from kubernetes.config import ConfigException  # noqa: PLC0415 as above
        from kubernetes.config.exec_provider import ExecProvider  # noqa: PLC0415 likewise
        from kubernetes.config.kube_config import ConfigNode  # noqa: PLC0415 likewise

        node: Any = ConfigNode
        provider: Any = ExecProvider
        # The library adds to what it is given.
        plugin, cluster = node("exec", dict(self._plugin)), node("cluster", dict(self._cluster))
        try:
            status: Mapping[str, Any] = provider(plugin, None, cluster).run()
        except (ConfigException, AttributeError, KeyError, TypeError, OSError) as error:
            raise self._failed(str(error)) from None
        if not isinstance(status, dict) or not (
            status.get("token")
            or (status.get("clientCertificateData") and status.get("clientKeyData"))
        ):
            raise self._failed("it gave neither a token nor a certificate with its key")
        return status

    def _failed(self, why: str) -> BadKubeconfig:
        return BadKubeconfig(f"its credential plugin {self._plugin.get('command')!r} failed: {why}")

    def put_into(self, kubeconfig: Mapping[str, Any]) -> dict[str, Any]:
        """Return the kubeconfig with the credential in the place of its plugin."""
        status = self._status
        user = {"token": status.get("token")}
        if not user["token"]:
            user = {"client-certificate-data": _base64(status["clientCertificateData"])}
            user["client-key-data"] = _base64(status["clientKeyData"])
        users = [
            {**entry, "user": user} if entry["name"] == self._user else entry
            for entry in kubeconfig["users"]
        ]
        return {**kubeconfig, "users": users}

    def renew(self, configuration: Any) -> None:
        """Put a new token into a client's configuration where the old one expires."""
        expires = str(self._status.get("expirationTimestamp") or "")
        if not self._status.get("token") or not expires:
            return
        if dt.datetime.fromisoformat(expires) - _RENEWAL <= dt.datetime.now(dt.UTC):
            self._status = self._run()
            configuration.api_key["BearerToken"] = f"Bearer {self._status.get('token')}"


def _current(kubeconfig: Mapping[str, Any]) -> tuple[str, Any, Any]:
    """Return the name of the current context's user, that user, and its cluster."""
    context = _named(kubeconfig, "contexts", kubeconfig["current-context"])["context"]
    name = context["user"]
    user = _named(kubeconfig, "users", name)["user"]
    return name, user, _named(kubeconfig, "clusters", context["cluster"])["cluster"]


def _named(kubeconfig: Mapping[str, Any], kind: str, name: str) -> Any:
    return next(entry for entry in kubeconfig[kind] if entry["name"] == name)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


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
