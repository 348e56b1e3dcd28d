"""An API server with the CRDs of a mesh version, which judges objects and may keep them."""

import time
from collections.abc import Iterable
from http import HTTPStatus

import yaml

from localcloud.api import Api, ApiError
from localcloud.crds import crds
from tests.validation.manifests import GROUPS, Manifest, group

_CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_MANAGER = "ambientmesh-test"
_SERVED_SECONDS = 60
"""An API server serves a new kind within a second; a loaded machine may need many times that."""
_NOT_YET = {HTTPStatus.NOT_FOUND, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
_REFUSED = {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}


class Judge:
    """Makes the CRDs of a mesh version at an API server, and asks it about objects."""

    def __init__(self, api: Api, version: str) -> None:
        self.api = api
        self._plurals = {
            ("", "Namespace"): "namespaces",
            ("", "Service"): "services",
            ("discovery.k8s.io", "EndpointSlice"): "endpointslices",
        }
        served = []
        for crd in crds(version):
            body = yaml.safe_load(crd.text)
            if (spec := body["spec"])["group"] not in GROUPS:
                continue
            api.apply(f"{_CRDS}/{crd.name}", body, _MANAGER)
            plural = spec["names"]["plural"]
            self._plurals[spec["group"], spec["names"]["kind"]] = plural
            served.append(f"/apis/{spec['group']}/{spec['versions'][0]['name']}/{plural}")
        for path in served:
            self._await(path)

    def refusals(self, manifests: Iterable[Manifest]) -> list[str]:
        """Return what the server says against each object that it would not store."""
        said = []
        for manifest in manifests:
            self._namespace(manifest)
            path = f"{self._collection(manifest)}?dryRun=All&fieldValidation=Strict"
            try:
                self.api.create(path, manifest)
            except ApiError as error:
                if error.status not in _REFUSED:
                    raise
                said.append(f"{manifest['kind']} {manifest['metadata']['name']}: {error}")
        return said

    def store(self, manifests: Iterable[Manifest]) -> dict[str, Manifest]:
        """Store objects, namespaces first, and return them by their paths."""
        stored = {}
        for manifest in sorted(manifests, key=lambda item: str(item["kind"]) != "Namespace"):
            self._namespace(manifest)
            path = f"{self._collection(manifest)}/{manifest['metadata']['name']}"
            self.api.apply(path, manifest, _MANAGER)
            stored[path] = manifest
        return stored

    def knows(self, manifest: Manifest) -> bool:
        """Whether the object is of a kind that is judged or stored here."""
        return (group(manifest), manifest["kind"]) in self._plurals

    def _collection(self, manifest: Manifest) -> str:
        plural = self._plurals[group(manifest), manifest["kind"]]
        where = manifest["metadata"].get("namespace")
        root = "apis" if group(manifest) else "api"
        return f"/{root}/{manifest['apiVersion']}/{f'namespaces/{where}/' if where else ''}{plural}"

    def _namespace(self, manifest: Manifest) -> None:
        where = manifest["metadata"].get("namespace")
        if where and self.api.find(f"/api/v1/namespaces/{where}") is None:
            self.api.create("/api/v1/namespaces", {"metadata": {"name": where}})

    def _await(self, path: str) -> None:
        deadline = time.monotonic() + _SERVED_SECONDS
        while True:
            try:
                self.api.get(path)
            except ApiError as error:
                if error.status not in _NOT_YET or time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                return
