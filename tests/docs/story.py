"""Follows a page as a reader would: in a copy of the checkout, block by block, in one shell."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import yaml

from localcloud.paths import GO_BUILD, GO_MODULES, LOCAL, TOOLS
from tests.docs.commands import kind
from tests.docs.pages import ROOT, Block, files
from tests.docs.pages import blocks as blocks_of

SHARED: Final = {"tools": TOOLS, "venv": LOCAL / "venv", "go/mod": GO_MODULES, "go/build": GO_BUILD}
"""Folders of ``.local`` that a copy has by links: what took minutes to build."""
_FOREIGN: Final = re.compile(r"PULUMI_|MAKE|MFLAGS|KUBECONFIG|VIRTUAL_ENV|LOCALCLOUD_|PYTEST_")
"""Variables of whoever runs the tests that a reader would not have."""
LONGEST: Final = 600.0
"""Seconds after which a block is given up."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A section of a page whose blocks are followed in order.

    Args:
        page: path from the root of the checkout.
        section: anchor of its heading.
        file: stack file into which the pieces of the section are written; empty: into none.
    """

    page: str
    section: str
    file: str = ""

    def blocks(self) -> list[Block]:
        """Return the blocks to follow; those that the page marks are not."""
        found = [block for block in blocks_of(self.page) if block.section == self.section]
        assert found, f"{self.page} has no blocks below #{self.section}"
        return [block for block in found if not block.is_marked]


@dataclass(kw_only=True)
class Checkout:
    """A copy of this checkout with a shell in it.

    Args:
        folder: the copy.
        environment: of the shell; a block may change it for those after it.
    """

    folder: Path
    environment: dict[str, str]
    typed: list[str] = field(default_factory=list)

    def type(self, script: str, *, answer: str = "", fails: bool = False) -> str:
        """Run a script, and return what was printed.

        Args:
            script: as it stands in a block.
            answer: what is typed when something asks.
            fails: whether it must fail, and not succeed.
        """
        kept = self.folder.parent / "environment"
        whole = f"set -aeuo pipefail\ntrap 'env -0 > \"{kept}\"' EXIT\n{script}"
        done = subprocess.run(  # noqa: S603
            ["/bin/bash", "-c", whole],
            cwd=self.folder,
            env=self.environment,
            input=answer,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=LONGEST,
        )
        self.typed.append(f"$ {script}{done.stdout}")
        assert (done.returncode != 0) == fails, "\n".join(self.typed)
        pairs = kept.read_text(encoding="utf-8").split("\0")
        self.environment = dict(pair.split("=", 1) for pair in pairs if pair)
        return done.stdout

    def write(self, file: str, piece: str) -> None:
        """Give a stack file the keys of a piece, in place of its own."""
        path = self.folder / file
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        content["config"] |= yaml.safe_load(piece)
        path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")

    def follow(
        self,
        part: Part,
        *,
        blocks: Sequence[Block] = (),
        answers: Mapping[str, str] | None = None,
        instead: Mapping[str, str] | None = None,
    ) -> None:
        """Do what a section says, and see what it shows.

        Args:
            part: the section.
            blocks: of it, where not all are to be followed.
            answers: what is typed into a block that has this text.
            instead: what a reader would write in place of a name that the page has for example.
        """
        seen = ""
        for block in blocks or part.blocks():
            match kind(block):
                case "shell":
                    script = block.text
                    for example, own in (instead or {}).items():
                        script = script.replace(example, own)
                    given = [text for key, text in (answers or {}).items() if key in script]
                    seen = self.type(script, answer="".join(given))
                case "yaml" if part.file:
                    self.write(part.file, block.text)
                case "shown" if block.language:  # without one it is for example
                    assert not missing(block.text, seen), f"{block.page}:{block.line}: {seen}"


def _plain(text: str) -> str:
    """Return a text without what differs from run to run: numbers, and where lines end."""
    return re.sub(r"\d+", "0", " ".join(text.split()))


def missing(shown: str, seen: str) -> list[str]:
    """Return the lines of a page that were not printed; ``...`` stands for anything."""
    lines = [part for line in shown.splitlines() for part in line.split("...") if part.strip()]
    return [line for line in lines if _plain(line) not in _plain(seen)]


def _stop(checkout: Checkout) -> None:
    if (checkout.folder / ".local/world").exists():
        checkout.type(".local/venv/bin/python -m localcloud stop")


@contextmanager
def copied(base: Path) -> Iterator[Checkout]:
    """Yield a copy of this checkout as it is after its tools were built; what runs in it is ended.

    Args:
        base: an empty folder; the copy is in it, and the home of its user.
    """
    folder = base / "ambientmesh"
    for name in files():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)
    link(folder)
    environment = {key: text for key, text in os.environ.items() if not _FOREIGN.match(key)}
    home = base / "home"
    home.mkdir()
    checkout = Checkout(folder=folder, environment={**environment, "HOME": str(home)})
    try:
        yield checkout
    finally:
        _stop(checkout)


def link(folder: Path) -> None:
    """Give a copy what was built for this checkout; what it makes itself is its own."""
    for name, built in SHARED.items():
        target = folder / ".local" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(built)
    # Newer than the requirements, so that `make` takes the environment as it is.
    (folder / ".local/venv.stamp").touch()
