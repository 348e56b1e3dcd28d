"""What kwok plays: nodes that are there, and pods that run as soon as they are scheduled.

The Stage files are kwok's own, read from its Go module; a delay becomes one more Stage.
"""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from localcloud.paths import GO_MODULES

_STAGES: Final = (
    "node/fast/node-initialize.yaml",
    "pod/fast/pod-ready.yaml",
    "pod/fast/pod-complete.yaml",
    "pod/fast/pod-delete.yaml",
)


def _module(modules: Path) -> Path:
    return next(iter(sorted((modules / "sigs.k8s.io").glob("kwok@*"))))


def kwok_stages(delays: Mapping[str, float], modules: Path = GO_MODULES) -> list[dict[str, Any]]:
    """Return the Stages of a plane.

    Args:
        delays: seconds that pods of an app (label ``app.kubernetes.io/name`` or ``app``) take to
            become ready: what pulling an image and starting costs on a real node.
        modules: Go module cache that holds kwok.
    """
    folder = _module(modules) / "kustomize" / "stage"
    stages = [yaml.safe_load((folder / name).read_text(encoding="utf-8")) for name in _STAGES]
    ready = next(stage for stage in stages if stage["metadata"]["name"] == "pod-ready")
    for app, seconds in delays.items():
        slow = copy.deepcopy(ready)
        slow["metadata"]["name"] = f"pod-ready-{app}"
        slow["spec"]["selector"]["matchLabels"] = {"app": app}
        slow["spec"]["delay"] = {"durationMilliseconds": int(seconds * 1000)}
        slow["spec"]["weight"] = 1
        ready["spec"]["selector"]["matchExpressions"].append(
            {"key": ".metadata.labels.app", "operator": "NotIn", "values": [app]}
        )
        stages.append(slow)
    return stages
