"""Where the configuration of a stack is: beside Pulumi.yaml, or in ``stacks/``."""

from pathlib import Path
from typing import Final

import yaml

FOLDER: Final = "stacks"
"""Folder for stack files beside that of Pulumi.yaml; the engine is told by ``--config-file``."""


class TwoFiles(Exception):  # noqa: N818 said of a stack
    """A stack has two files with settings; the message names them."""


def name(stack: str) -> str:
    """Return what the file of a stack is called; organization and project are not part of it."""
    return f"Pulumi.{stack.rpartition('/')[2]}.yaml"


def stack_of(file: Path) -> str:
    """Return the name of the stack that a file is of; nothing, if it is called otherwise."""
    found = file.name.removeprefix("Pulumi.").removesuffix(".yaml")
    return found if name(found) == file.name else ""


def find(stack: str, project: Path) -> Path | None:
    """Return the file of a stack; None if it has none.

    Args:
        stack: its name.
        project: folder of Pulumi.yaml.

    Raises:
        TwoFiles: there are two, and nobody could tell which one a command reads. One that has no
            settings does not count: ``pulumi stack init`` leaves it for its salt.
    """
    if {"", ".", ".."} & set(stack.split("/")):
        return None  # a path, and no name with organization and project
    beside, inside = project / name(stack), project / FOLDER / name(stack)
    if not inside.is_file():
        return beside if beside.is_file() else None
    if not beside.is_file() or _is_empty(beside):
        return inside
    raise TwoFiles(
        f"{name(stack)} is there twice, in {FOLDER}/ too; fix: merge the two, and delete one"
    )


def _is_empty(file: Path) -> bool:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return False
    return not (isinstance(content, dict) and content.get("config"))


def missing(stack: str, project: Path) -> str:
    """Return what is said of a stack that has no file."""
    what = f"stack {stack!r}" if "/" in stack else name(stack)
    return f"there is no {what}; stacks here: {', '.join(listed(project))}"


def listed(project: Path) -> list[str]:
    """Return the names of all stacks that have a file, in alphabetical order."""
    found = [*project.glob(name("*")), *(project / FOLDER).glob(name("*"))]
    return sorted({file.name.removeprefix("Pulumi.").removesuffix(".yaml") for file in found})


def option(stack: str, project: Path) -> str:
    """Return the option by which an engine finds the stack's file, a space before it; or nothing.

    Args:
        stack: its name.
        project: folder of Pulumi.yaml.
    """
    file = find(stack, project)
    inside = file is not None and file.parent.name == FOLDER and file.parent.parent == project
    return f" --config-file {FOLDER}/{name(stack)}" if inside else ""
