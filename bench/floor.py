"""A program of bare resources: what the engine and a plugin cost for any program of that size."""

import json
from pathlib import Path
from typing import Any, Final

import yaml

from localcloud.paths import CHECKOUT, LOCAL

PROGRAM: Final = '''"""As many bare resources as a mesh has, on as many providers."""

import json

import pulumi
import pulumi_kubernetes as k8s

with open("plan.json", encoding="utf-8") as file:
    plan = json.load(file)
for name, found in plan.items():
    provider = k8s.Provider(
        name, kubeconfig=found["kubeconfig"], cluster_identifier=name, enable_server_side_apply=True
    )
    for number in range(found["resources"]):
        k8s.core.v1.ConfigMap(
            f"{name}-{number}",
            metadata={"name": f"bare-{number}", "namespace": "default"},
            data={"number": str(number)},
            opts=pulumi.ResourceOptions(provider=provider),
        )
'''


def write(folder: Path, providers: dict[str, Any]) -> None:
    """Write the program.

    Args:
        folder: of the program.
        providers: name, kubeconfig as text, and number of resources of each.
    """
    folder.mkdir()
    project = yaml.safe_load((CHECKOUT / "Pulumi.yaml").read_text(encoding="utf-8"))
    project["runtime"]["options"]["virtualenv"] = str(LOCAL / "venv")
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(project), encoding="utf-8")
    (folder / "__main__.py").write_text(PROGRAM, encoding="utf-8")
    (folder / "plan.json").write_text(json.dumps(providers), encoding="utf-8")
