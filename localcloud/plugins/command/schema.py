"""The inputs of each command resource: kinds, defaults, and what is wrong with given ones.

Taken from pulumi-command 1.2.1's schema.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from localcloud.plugins import assets
from localcloud.plugins.provider import Failure, Properties
from localcloud.plugins.values import Secret, Unknown

LOCAL: Final = "command:local:Command"
REMOTE: Final = "command:remote:Command"
COPY: Final = "command:remote:CopyToRemote"
COPY_FILE: Final = "command:remote:CopyFile"


@dataclass(frozen=True, kw_only=True)
class Field:
    """One input: the Python type of its value, and whether the program must give it."""

    kind: type
    required: bool = False


_TEXT: Final = Field(kind=str)
_LIST: Final = Field(kind=list)
_COMMON: Final = {
    "create": _TEXT,
    "update": _TEXT,
    "delete": _TEXT,
    "triggers": _LIST,
    "stdin": _TEXT,
    "logging": _TEXT,
    "environment": Field(kind=dict),
    "addPreviousOutputInEnv": Field(kind=bool),
}
_CONNECTION: Final = Field(kind=dict, required=True)
_PATH: Final = Field(kind=str, required=True)
RESOURCES: Final[dict[str, dict[str, Field]]] = {
    LOCAL: {
        **_COMMON,
        "interpreter": _LIST,
        "dir": _TEXT,
        "assetPaths": _LIST,
        "archivePaths": _LIST,
    },
    REMOTE: {**_COMMON, "connection": _CONNECTION},
    COPY: {
        "connection": _CONNECTION,
        "triggers": _LIST,
        "source": Field(kind=dict, required=True),
        "remotePath": _PATH,
    },
    COPY_FILE: {
        "connection": _CONNECTION,
        "triggers": _LIST,
        "localPath": _PATH,
        "remotePath": _PATH,
    },
}
LOGGING: Final = ("stdout", "stderr", "stdoutAndStderr", "none")
_HOST: Final = {
    "user": _TEXT,
    "password": _TEXT,
    "host": Field(kind=str, required=True),
    "port": Field(kind=int),
    "privateKey": _TEXT,
    "privateKeyPassword": _TEXT,
    "agentSocketPath": _TEXT,
    "dialErrorLimit": Field(kind=int),
    "perDialTimeout": Field(kind=int),
    "hostKey": _TEXT,
}
# Seconds for perDialTimeout, failed attempts before giving up for dialErrorLimit.
_HOST_DEFAULTS: Final = {"user": "root", "port": 22, "dialErrorLimit": 10, "perDialTimeout": 15}


def complete(token: str, given: Properties) -> Properties:
    """Return the inputs with a connection's defaults; the connection is secret as a whole."""
    inputs = {key: value for key, value in given.items() if value is not None}
    connection = _bare(inputs.get("connection"))
    if "connection" in RESOURCES[token] and isinstance(connection, Mapping):
        completed = {**_HOST_DEFAULTS, **connection}
        proxy = _bare(completed.get("proxy"))
        if isinstance(proxy, Mapping):
            completed["proxy"] = {**_HOST_DEFAULTS, **proxy}
        inputs["connection"] = Secret(completed)
    return inputs


def _bare(value: Any) -> Any:
    return value.value if isinstance(value, Secret) else value


def failures(token: str, inputs: Properties) -> Iterator[Failure]:
    """Yield what is wrong with completed inputs; unknown values are believed."""
    yield from _object_failures("", RESOURCES[token], inputs)
    connection = _bare(inputs.get("connection"))
    if isinstance(connection, Mapping):
        fields = {**_HOST, "proxy": Field(kind=dict)}
        yield from _object_failures("connection.", fields, connection)
        proxy = _bare(connection.get("proxy"))
        if isinstance(proxy, Mapping):
            yield from _object_failures("connection.proxy.", _HOST, proxy)
    logging = _bare(inputs.get("logging"))
    if isinstance(logging, str) and logging not in LOGGING:
        reason = f"logging is {logging!r}, must be one of {', '.join(LOGGING)}"
        yield Failure(property="logging", reason=reason)
    if token == COPY and (reason := _source_failure(_bare(inputs.get("source")))):
        yield Failure(property="source", reason=reason)


def _source_failure(source: Any) -> str:
    """Return what is wrong with a copy's source. Upstream does not believe an unknown one."""
    if assets.is_asset(source):
        given = source.get("path") or isinstance(source.get("text"), str)
        return "" if given else "asset must be a path-based file asset or a text asset"
    if assets.is_archive(source):
        return "" if source.get("path") else "archive must be a path to a file or directory"
    return "either asset or archive must be set"


def _object_failures(
    prefix: str, fields: Mapping[str, Field], values: Mapping[str, Any]
) -> Iterator[Failure]:
    for name, field in fields.items():
        value = _bare(values.get(name))
        path = prefix + name
        if value is None:
            if field.required:
                yield Failure(property=path, reason=f"missing required property {path!r}")
        elif not isinstance(value, Unknown | field.kind):
            kinds = f"must be of type {field.kind.__name__}, not {type(value).__name__}"
            yield Failure(property=path, reason=f"{path} {kinds}")
    for name in values:
        if name not in fields and not name.startswith("__"):
            known = ", ".join(fields)
            path = prefix + name
            yield Failure(property=path, reason=f"unknown property {path!r}; known are {known}")
