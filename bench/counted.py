"""A user of its own on local planes, whose requests the API servers count."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from localcloud.world import World

USER: Final = "bench"
_CALLS: Final = re.compile(
    r'^apiserver_flowcontrol_dispatched_requests_total\{flow_schema="global-default".*\} (\S+)$',
    re.MULTILINE,
)
"""Requests of users that are neither administrators nor parts of a plane: here, of the stack."""


def admit(world: World) -> Path:
    """Let a user of its own do everything on every plane, and return its kubeconfig."""
    merged: dict[str, list[Any]] = {"contexts": [], "clusters": [], "users": []}
    for name, plane in world.planes.items():
        for key, entries in plane.entries(USER).items():
            merged[key] += entries
        binding = {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": USER},
            "subjects": [
                {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": USER},
            ],
            "roleRef": {
                "apiGroup": "rbac.authorization.k8s.io",
                "kind": "ClusterRole",
                "name": "cluster-admin",
            },
        }
        path = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"
        world.plane(name).api().create(path, binding)
    kubeconfig = world.directory / f"{USER}.kubeconfig"
    content = {"apiVersion": "v1", "kind": "Config", **merged}
    kubeconfig.touch(mode=0o600)
    kubeconfig.write_text(yaml.safe_dump(content), encoding="utf-8")
    return kubeconfig


def calls(world: World, names: Sequence[str]) -> float:
    """Return how many requests the user has made of the named planes."""
    texts = [world.plane(name).api().get("/metrics") for name in names]
    return sum(float(found) for text in texts for found in _CALLS.findall(text))
