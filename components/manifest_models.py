"""What the program reads of the objects under ``manifests/``; the rest is Kubernetes' to judge."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field

from components.models.base import Model

Name = Annotated[str, Field(min_length=1)]


class Part(Model):
    """A map of which some keys are read."""

    model_config = ConfigDict(extra="ignore")


class _Metadata(Part):
    name: Name
    labels: dict[str, Any] | None = None
    annotations: dict[str, Any] | None = None


class _Object(Part):
    metadata: _Metadata


class _Sample(_Object):
    """Of Bookinfo: the kinds that are made as such."""

    kind: Literal["Service", "ServiceAccount", "Deployment"]


class _OtherSample(_Sample):
    spec: dict[str, Any] = Field(default_factory=dict)


class _Port(Part):
    port: int


class _ServiceSpec(Part):
    ports: tuple[_Port, ...] | None = None


class _Service(_Sample):
    spec: _ServiceSpec


class _Container(Part):
    image: Name


class _PodSpec(Part):
    containers: tuple[_Container, ...] = Field(min_length=1)


class _Template(Part):
    spec: _PodSpec


class _DeploymentSpec(Part):
    template: _Template


class _Deployment(_Sample):
    spec: _DeploymentSpec


class _Custom(_Object):
    """A route, or what goes with it: the kinds that a cluster is asked for before it is touched."""

    api_version: Name
    kind: Literal[
        "Gateway",
        "HTTPRoute",
        "AuthorizationPolicy",
        "DestinationRule",
        "ServiceEntry",
        "Service",
        "Deployment",
    ]


class _OtherCustom(_Custom):
    spec: dict[str, Any]


class _Listener(Part):
    name: Name
    port: int


class _GatewaySpec(Part):
    listeners: tuple[_Listener, ...] = Field(min_length=1)


class _Gateway(_Custom):
    spec: _GatewaySpec


class _Ref(Part):
    name: Name
    port: int | None = None


class _Rule(Part):
    backend_refs: tuple[_Ref, ...] | None = None


class _RouteSpec(Part):
    parent_refs: tuple[_Ref, ...] | None = None
    rules: tuple[_Rule, ...] | None = None


class _Route(_Custom):
    spec: _RouteSpec


_SAMPLE: Final[Mapping[object, type[Part]]] = {"Service": _Service, "Deployment": _Deployment}
_CUSTOM: Final[Mapping[object, type[Part]]] = {"Gateway": _Gateway, "HTTPRoute": _Route}


def model_of(file: str, kind: object) -> type[Part]:
    """Return the model of a document of ``manifests/<file>.yaml``.

    Args:
        file: its name.
        kind: of the document; it may be none, or no text.
    """
    kinds, other = (_SAMPLE, _OtherSample) if file == "bookinfo" else (_CUSTOM, _OtherCustom)
    return kinds.get(kind, other) if isinstance(kind, str) else other
