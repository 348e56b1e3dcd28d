"""The workflows as data: their jobs, their steps, and what those run."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from localcloud.paths import CHECKOUT

GITHUB = CHECKOUT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
ACTIONS = sorted((GITHUB / "actions").glob("*/action.yml"))


@dataclass(frozen=True)
class Step:
    """A step that runs a shell: where it is, and what its shell sees."""

    place: str
    script: str
    env: dict[str, str]


def read(path: Path) -> dict[str, Any]:
    """Return a workflow or an action."""
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def jobs(workflow: str) -> dict[str, Any]:
    """Return the jobs of a workflow, by its name without ``.yml``."""
    found: dict[str, Any] = read(GITHUB / "workflows" / f"{workflow}.yml")["jobs"]
    return found


def scripts() -> Iterator[Step]:
    """Yield every step of every workflow and action that runs a shell."""
    for path in WORKFLOWS:
        for name, job in read(path)["jobs"].items():
            yield from _scripts(f"{path.stem}/{name}", job["steps"], job.get("env", {}))
    for path in ACTIONS:
        yield from _scripts(path.parent.name, read(path)["runs"]["steps"], {})


def _scripts(place: str, steps: list[Any], env: dict[str, str]) -> Iterator[Step]:
    for number, step in enumerate(steps):
        if "run" in step:
            yield Step(f"{place}/{number}", step["run"], {**env, **step.get("env", {})})


def script(workflow: str, job: str, step: str) -> str:
    """Return what a step of a workflow runs, by the step's name."""
    (found,) = (item["run"] for item in jobs(workflow)[job]["steps"] if item.get("name") == step)
    return str(found)
