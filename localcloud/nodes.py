"""The nodes of a plane: registered once, kept ready by kwok."""

from typing import Any, Final

from localcloud.api import Api

NODES: Final = 3
"""Of every plane, in as many zones."""


def node(plane: str, number: int) -> dict[str, Any]:
    """Return a node that kwok keeps ready."""
    name = f"{plane}-node{number}"
    capacity = {"cpu": "32", "memory": "128Gi", "pods": "250"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "topology.kubernetes.io/region": f"region-{plane}",
                "topology.kubernetes.io/zone": f"zone-{number}",
                "type": "kwok",
            },
        },
        "status": {"allocatable": capacity, "capacity": capacity},
    }


def register(api: Api, plane: str) -> None:
    """Have the nodes of a plane."""
    for number in range(1, NODES + 1):
        wanted = node(plane, number)
        if api.find(f"/api/v1/nodes/{wanted['metadata']['name']}") is None:
            api.create("/api/v1/nodes", wanted)


def are_ready(api: Api) -> bool:
    """Whether kwok has made every node of a plane ready."""
    ready = {"type": "Ready", "status": "True"}.items()
    return all(
        any(ready <= condition.items() for condition in found["status"].get("conditions", []))
        for found in api.items("/api/v1/nodes")
    )
