"""Writes ``types.json``: the inputs of the resources that the plugin has, as the SDK declares them.

``python -m localcloud.plugins.gcp.generate`` after another version of pulumi-gcp. Reading them from
the SDK whenever the plugin starts would cost each of its processes a second and 100 MiB.
"""

import importlib
import inspect
import json
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Union, get_args, get_origin

from pulumi import _types

TOKENS: Final = (
    "gcp:compute/address:Address",
    "gcp:compute/firewall:Firewall",
    "gcp:compute/globalAddress:GlobalAddress",
    "gcp:compute/instance:Instance",
    "gcp:compute/network:Network",
    "gcp:compute/router:Router",
    "gcp:compute/routerNat:RouterNat",
    "gcp:compute/subnetwork:Subnetwork",
    "gcp:container/cluster:Cluster",
    "gcp:container/nodePool:NodePool",
    "gcp:projects/iAMMember:IAMMember",
    "gcp:projects/service:Service",
    "gcp:serviceaccount/account:Account",
)
FILE: Final = Path(__file__).with_name("types.json")
_SCALARS: Final = {str: "string", bool: "boolean", int: "integer", float: "number"}


class _Collector:
    """Types by name; each is a map from a property to its kind, ``!`` where it is required.

    Of types that are alike only one is kept: clusters and node pools say the same of nodes.
    """

    def __init__(self) -> None:
        self.types: dict[str, dict[str, str]] = {}
        self._names: dict[str, str] = {}

    def add(self, arguments: type) -> str:
        """Take up an input type and what it is made of, and return its name."""
        required = _required(arguments)
        fields = {
            key: self._kind(kind) + ("!" if key in required else "")
            for key, kind in sorted(_types.input_type_types(arguments).items())
        }
        module = arguments.__module__.split(".")[1]
        name = f"{module}.{arguments.__name__.removesuffix('Args')}"
        known = self._names.setdefault(json.dumps(fields), name)
        self.types[known] = fields
        return known

    def _kind(self, kind: Any) -> str:
        origin = get_origin(kind)
        if origin is Union:
            return self._kind(get_args(kind)[0])  # an input: the value, a promise or an output
        if origin is not None and issubclass(origin, Sequence):
            return f"[{self._kind(get_args(kind)[0])}]"
        if origin is not None and issubclass(origin, Mapping):
            return f"{{{self._kind(get_args(kind)[1])}}}"
        return _SCALARS.get(kind) or self.add(kind)


def _required(arguments: type) -> set[str]:
    names = _types.input_type_py_to_pulumi_names(arguments)
    parameters = inspect.signature(arguments.__init__).parameters  # type: ignore[misc]
    return {
        names[name]
        for name, parameter in parameters.items()
        if name in names and parameter.default is inspect.Parameter.empty
    }


def content() -> dict[str, Any]:
    """Return what the file should hold with the installed SDK."""
    found = _Collector()
    resources = {}
    for token in TOKENS:
        _, place, name = token.split(":")
        with warnings.catch_warnings():
            # The module has an old name for a resource of its own, and warns of it.
            warnings.simplefilter("ignore", DeprecationWarning)
            module = importlib.import_module(f"pulumi_gcp.{place.split('/')[0]}")
            resources[token] = found.add(getattr(module, f"{name}Args"))
    return {"resources": resources, "types": dict(sorted(found.types.items()))}


def text() -> str:
    """Return the file's text: a line for each type."""
    parts = [f'"{key}": {_lines(value)}' for key, value in content().items()]
    return "{" + ",\n".join(parts) + "}\n"


def _lines(value: Mapping[str, Any]) -> str:
    lines = (f"{json.dumps(key)}: {json.dumps(item)}" for key, item in value.items())
    return "{\n" + ",\n".join(lines) + "\n}"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
