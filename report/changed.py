"""Which stacks a change can touch: by their own file, by a layer they extend, or by the program."""

import posixpath
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from components import layers, stack_files
from components.layers import Merged
from components.located import NotYaml
from report import git

PROGRAM: Final = (
    "__main__.py",
    "components/*",
    "manifests/*",
    "policies/*",
    "Pulumi.yaml",
    "requirements.txt",
    "requirements-dev.txt",
    "localcloud/environment.py",
)
"""What every preview stands on, its policies included, and what its environment is made of. Tests,
documents, tools of the project and all else of localcloud change no plan."""

LOCAL_CHARTS: Final = ("localcloud/", ".local/")
"""Where only the embedded stand-ins for charts are: no mesh of a team is installed from there."""


class WrongRef(Exception):  # noqa: N818 said of what the user gave
    """There is no such state of the repository; the message is what git says."""


@dataclass(frozen=True, kw_only=True)
class Changed:
    """The stacks whose preview can differ, and what else a reader should know."""

    stacks: tuple[str, ...]
    notes: tuple[str, ...]
    """Sentences about stacks that are not listed."""
    gone: tuple[str, ...] = ()
    """Stacks that had a file, and have none any more."""


def files(base: str, head: str | None, project: Path) -> tuple[str, ...]:
    """Return the paths that differ between a base and a head, both names of a file that moved.

    Args:
        base: what the change starts from; compared with is where the two parted.
        head: what it ends with; None for the files as they are, those not committed included.
        project: folder of Pulumi.yaml, the top of the repository.

    Raises:
        WrongRef: one of them is unknown here, or they have no common history.
    """
    start = _git(project, "merge-base", base, head or "HEAD").strip()
    names = ("diff", "--name-only", "--no-renames", "-z", start)
    found = _git(project, *names, head) if head else _git(project, *names)
    new = "" if head else _git(project, "ls-files", "--others", "--exclude-standard", "-z")
    return tuple(sorted({name for name in (found + new).split("\0") if name}))


def _git(project: Path, *arguments: str) -> str:
    try:
        return git.run(project, *arguments).decode(errors="surrogateescape")
    except git.GitError as error:
        raise WrongRef(f"{error} (a shallow clone lacks the base: fetch its history)") from None


def is_programs(path: str) -> bool:
    """Whether a path is part of what every preview stands on."""
    return any(fnmatchcase(path, pattern) for pattern in PROGRAM)


def is_embedded(found: Merged) -> bool:
    """Whether a stack is for the control planes of ``make up`` alone: its charts are stand-ins."""
    return any(path.startswith(LOCAL_CHARTS) for path in _charts(found))


def _charts(found: Merged) -> list[str]:
    charts = found.values.get("charts")
    return [str(path) for path in charts.values()] if isinstance(charts, dict) else []


def _chart_folders(found: Merged) -> tuple[str, ...]:
    """Return the folders of the project that charts come from, each with a slash at its end."""
    paths = (posixpath.normpath(path) for path in _charts(found) if "://" not in path)
    return tuple(f"{path}/" for path in paths)


def _stack(stack: str, paths: Collection[str], project: Path, *, whole: bool) -> tuple[bool, str]:
    """Return whether one of the files of a stack is among these, and a note on the stack."""
    try:
        file = stack_files.find(stack, project)
        if file is None:
            return False, ""
        found = layers.read(file, project)
    except (NotYaml, stack_files.TwoFiles) as error:
        return True, f"{stack}: {error}"
    # Of a layer that cannot be read nobody knows what it extends: the preview will name it.
    touched = (
        whole
        or not found.complete
        or not set(found.files).isdisjoint(paths)
        or any(path.startswith(_chart_folders(found)) for path in paths)
    )
    if touched and is_embedded(found):
        return False, f"{stack} is left out: it is for local control planes (`make preview`)"
    return touched, ""


def changed(paths: Sequence[str], exclude: Iterable[str], project: Path) -> Changed:
    """Return the stacks that a change of files can touch.

    Args:
        paths: of the files that differ, seen from Pulumi.yaml.
        exclude: names of stacks to leave out; ``*`` stands for anything.
        project: folder of Pulumi.yaml.
    """
    whole = any(is_programs(path) for path in paths)
    patterns = tuple(exclude)
    stacks, notes = [], []
    for stack in stack_files.listed(project):
        if any(fnmatchcase(stack, pattern) for pattern in patterns):
            continue
        touched, note = _stack(stack, paths, project, whole=whole)
        stacks += [stack] * touched
        notes += [note] * bool(note)
    gone = tuple(_gone(paths, project))
    notes += [
        f"{name} has no file any more, so that nothing can be previewed; what it made stays until"
        " `pulumi destroy` with the file that it had"
        for name in gone
    ]
    return Changed(stacks=tuple(stacks), notes=tuple(notes), gone=gone)


def _gone(paths: Sequence[str], project: Path) -> Iterator[str]:
    left, found = stack_files.listed(project), set()
    for path in map(Path, paths):
        where = path.parent in (Path(), Path(stack_files.FOLDER))
        named = path.name.startswith("Pulumi.") and path.name.endswith(".yaml")
        if where and named and path.name != "Pulumi.yaml":
            found.add(path.name.removeprefix("Pulumi.").removesuffix(".yaml"))
    yield from sorted(found - set(left))
