"""Builds the tools that localcloud runs, once, into ``.local/tools``.

Every family has a folder ``<family>-<key>``, where the key covers all that decides the result; a
folder that is there is complete. ``bin`` has every tool under a name that stays.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from localcloud import golang
from localcloud.existing import Found, find
from localcloud.families import (
    FAMILIES,
    Family,
    Need,
    linker_flags,
    module_folder,
    requirements,
    sources,
)
from localcloud.locks import exclusive
from localcloud.paths import BIN, LOCAL, TOOLS
from localcloud.progress import Steps

_BUILDING = ".building-"
_WAITING = "tools: another run of this checkout is building them; waiting for it"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be had of a family: its folder, and the programs the user does not have."""

    family: Family
    packages: Mapping[str, str]
    folder: Path

    @property
    def missing_sources(self) -> list[str]:
        """Modules that are read at run time and are not in the module cache."""
        return [name for name, folder in sources(self.family) if not folder.is_dir()]

    @property
    def is_built(self) -> bool:
        """Whether there is nothing to do."""
        return (not self.packages or self.folder.is_dir()) and not self.missing_sources


def key(family: Family, packages: Mapping[str, str], go: str) -> str:
    """Return a name for everything that decides what a build gives."""
    digest = hashlib.sha256()
    for name in ("go.mod", "go.sum"):
        path = family.folder / name
        digest.update(path.read_bytes() if path.exists() else b"")
    for text in (go, golang.environment()["GOFLAGS"], linker_flags(family)):
        digest.update(b"\0" + text.encode())
    for text in (*packages.values(), *family.scripts):
        digest.update(b"\0" + text.encode())
    return digest.hexdigest()[:16]


def plan(user: Found, go: str, *, need: Need = Need.ALWAYS) -> list[Plan]:
    """Return what must be there for localcloud to run, families that the user has left out.

    Args:
        user: the tools that need not be built.
        go: the toolchain and platform.
        need: for whom they must be there.
    """
    plans = []
    for family in FAMILIES:
        if family.need > need:
            continue
        packages = {name: p for name, p in family.packages.items() if name not in user.files}
        if family.packages and not packages:
            continue
        folder = TOOLS / f"{family.name}-{key(family, packages, go)}"
        plans.append(Plan(family=family, packages=packages, folder=folder))
    return plans


def ensure(say: Callable[[str], None] = print, *, need: Need = Need.ALWAYS) -> None:
    """Have every tool in ``BIN``; what is there is not built again.

    Args:
        say: is given a line about every tool of the user that was looked at, and a closing one.
        need: for whom they are built; what others have built already stays.

    Raises:
        ToolError: with the fix, in one line where the cause is known.
    """
    user = find()
    for note in user.notes:
        say(note)
    plans = plan(user, golang.version(), need=need)
    if all(item.is_built for item in plans) and _linked(plans, user):
        say(f"tools: all there, in {BIN}")
        return
    with exclusive(TOOLS / "lock", _WAITING, say):
        _sweep()
        todo = [item for item in plans if not item.is_built]
        steps = Steps(len(todo), TOOLS / "durations.json")
        for item in todo:
            _have(item, steps)
        _link(plans, user)
    say(f"tools: {len(todo)} built, {len(plans) - len(todo)} already there, in {BIN}")


def _have(item: Plan, steps: Steps) -> None:
    family = item.family
    log = TOOLS / f"{family.name}.log"
    log.unlink(missing_ok=True)

    def detail() -> str:
        lines = log.read_bytes().count(b"\n") if log.exists() else 0
        return f"({lines} packages compiled or fetched)" if lines else ""

    what = f"building {', '.join(item.packages)}" if item.packages else "fetching files"
    with steps.step(family.name, what, family.seconds, detail):
        if missing := item.missing_sources:
            golang.run(["mod", "download", *missing], family.folder, log)
        if item.packages and not item.folder.is_dir():
            _build(item, log)


def _build(item: Plan, log: Path) -> None:
    scratch = Path(tempfile.mkdtemp(prefix=_BUILDING, dir=TOOLS))
    # Names are ours: Go would call etcd ``server``, and takes a name for one package only.
    single = next(iter(item.packages)) if len(item.packages) == 1 else ""
    output = f"{scratch}/{single}"
    flags = linker_flags(item.family)
    arguments = ["build", "-v", "-ldflags", flags, "-o", output, *item.packages.values()]
    golang.run(arguments, item.family.folder, log)
    for name, package in item.packages.items() if not single else ():
        (scratch / Path(package).name).rename(scratch / name)
    go_mod = (item.family.folder / "go.mod").read_text(encoding="utf-8")
    module = item.family.stamped
    for script in item.family.scripts:
        source = module_folder(module, requirements(go_mod)[module]) / script
        target = scratch / source.name
        shutil.copyfile(source, target)
        target.chmod(0o755)
    scratch.chmod(0o755)
    for older in TOOLS.glob(f"{item.family.name}-{'[0-9a-f]' * 16}"):
        shutil.rmtree(older)
    scratch.rename(item.folder)


def _targets(plans: list[Plan], user: Found) -> Iterator[tuple[Path, Path, bool]]:
    """Yield link, target, and whether the target is the user's."""
    for item in plans:
        if item.packages:
            for path in sorted(item.folder.iterdir()):
                yield BIN / path.name, path, False
    for name, path in user.files.items():
        yield BIN / name, path, True


def _linked(plans: list[Plan], user: Found) -> bool:
    links = list(_targets(plans, user))
    return all(link.exists() and link.samefile(target) for link, target, _ in links)


def _link(plans: list[Plan], user: Found) -> None:
    """Give every tool its name in ``BIN``.

    Ours are hard links: the engine looks for its language host beside its own executable, symbolic
    links resolved, and the two come from different families. The user's stay where they are.
    """
    BIN.mkdir(parents=True, exist_ok=True)
    # What only tests run is not planned by other runs, which leave it where it is.
    kept = {name for family in FAMILIES if family.need for name in family.packages}
    for link, target, is_users in _targets(plans, user):
        kept.add(link.name)
        if link.exists() and link.samefile(target) and link.is_symlink() == is_users:
            continue
        scratch = link.with_name(f".{link.name}.{os.getpid()}")
        scratch.unlink(missing_ok=True)
        if is_users:
            scratch.symlink_to(target)
        else:
            scratch.hardlink_to(target)
        scratch.replace(link)
    for stale in BIN.iterdir():
        if stale.name not in kept:
            stale.unlink()


def _sweep() -> None:
    """Remove what a build that was killed left behind."""
    for folder in TOOLS.glob(f"{_BUILDING}*"):
        shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(LOCAL / "go" / "tmp", ignore_errors=True)
