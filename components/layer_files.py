"""Reads the layers that a stack file extends, each once, in the order in which they are laid."""

import difflib
import re
from pathlib import Path
from typing import Final, NamedTuple

from components import layer_checks, located, stack_files
from components.config_errors import path as key_of
from components.config_errors import shown as quoted
from components.config_files import absolute, config_of, ours, reason, shown
from components.keys import EXTENDS, PREFIX, SECRETS
from components.located import Node, NotYaml, Source
from components.merging import Mistake

ARROW: Final = " -> "
MADE: Final = ".local/"
"""Folder of what `make` makes, and git has not."""
_PATH: Final = re.compile(r"(?!.*PRIVATE KEY).+")
ALONG: Final = "its path seen from the file that says it"


class Layer(NamedTuple):
    """One file: how it is called, and what it says, by key without namespace."""

    shown: str
    settings: Node


class _Entry(NamedTuple):
    """A path as it stands in ``extends``."""

    key: str
    node: Node
    chain: tuple[Path, ...]


class Reader:
    """Collects layers; ``mistakes`` grow meanwhile.

    ``complete`` says whether every layer could be read.
    """

    def __init__(self, project: Path) -> None:
        self.project = project
        self.layers: dict[Path, Layer] = {}
        self.mistakes: list[Mistake] = []
        self.complete = True

    def extend(self, extends: Node, file: Path | None, chain: tuple[Path, ...]) -> None:
        """Add the layers that a file names, each after those that it extends itself.

        A layer that several files extend is laid once, where it is needed first.

        Args:
            extends: value of the file's key.
            file: which file names them; None if nobody knows, so that only absolute paths do.
            chain: the files that led here, this one last.
        """
        several = isinstance(extends.value, list)
        nodes = extends.value if several else [extends]
        seen: set[Path] = set()
        for index, node in enumerate(nodes):
            location = (EXTENDS, index) if several else (EXTENDS,)
            entry = _Entry(PREFIX + key_of(location), node, chain)
            path = self._path(entry, file)
            if path in seen:
                text = "twice; allowed: once, because later files win; fix: take one out"
                self._wrong("AM319", entry, f"found {quoted(node.value)} {text}")
            elif path is not None:
                self._add(path, entry)
                seen.add(path)

    def _wrong(self, code: str, entry: _Entry, text: str) -> None:
        self.mistakes.append(Mistake(code, entry.key, text, entry.node.source))

    def _lost(self, code: str, entry: _Entry, text: str) -> None:
        self.complete = False
        self._wrong(code, entry, f"found {quoted(entry.node.plain())}{text}")

    def _path(self, entry: _Entry, file: Path | None) -> Path | None:
        text = entry.node.value
        # A line must stay a line, and what was pasted in place of a path must not be in it.
        if not isinstance(text, str) or not _PATH.fullmatch(text) or not text.isprintable():
            allowed = "the path of a layer, or a list of such paths"
            self._lost("AM310", entry, f"; allowed: {allowed}; fix: write a path")
            return None
        if file is None and not Path(text).is_absolute():
            why = "there is not exactly one file of this stack beside Pulumi.yaml and in stacks/"
            allowed = f"an absolute path, because {why}, from which another could be seen"
            self._lost("AM320", entry, f"; allowed: {allowed}; fix: move the stack file to stacks/")
            return None
        folder = file.parent if file else Path()
        return absolute(folder / text)

    def _add(self, path: Path, entry: _Entry) -> None:
        if path in entry.chain:
            round_trip = [*entry.chain[entry.chain.index(path) :], path]
            names = ARROW.join(shown(item, self.project) for item in round_trip)
            allowed = "layers that do not lead back"
            self._lost("AM312", entry, f": {names}; allowed: {allowed}; fix: take one of them out")
        elif path not in self.layers and (found := self._read(path, entry)):
            values, extends = found
            if extends is not None:
                self.extend(extends, path, (*entry.chain, path))
            self.layers[path] = Layer(values.source.file, values)

    def _read(self, path: Path, entry: _Entry) -> tuple[Node, Node | None] | None:
        """Return what a layer says, secrets left out, and what it extends."""
        name = shown(path, self.project)
        try:
            content = path.read_text(encoding="utf-8")
            root = located.read(content, name)
        except OSError as error:
            why = f", and {name} cannot be read ({reason(error)})"
            fix = _fix(path, name, entry.chain)
            self._lost("AM311", entry, f"{why}; allowed: a file, {ALONG}; fix: {fix}")
            return None
        except (NotYaml, ValueError) as error:
            self._no_layer(entry, name, f"it is no YAML ({reason(error)})")
            return None
        config = config_of(root)
        if config is None or not config.value:
            self._no_layer(entry, name, "it has no map config: with settings")
            return None
        self.mistakes += layer_checks.problems(content, root, config)
        values = {key: node for key, node in ours(config).items() if key not in SECRETS}
        extends = values.pop(EXTENDS, None)
        return Node(values, Source(name, 1)), extends

    def _no_layer(self, entry: _Entry, name: str, why: str) -> None:
        allowed = "a file of the form of a stack file"
        text = f", and {name} is no layer: {why}; allowed: {allowed}; fix: mend it"
        self._lost("AM313", entry, text)


def _fix(path: Path, name: str, chain: tuple[Path, ...]) -> str:
    if name.startswith(MADE):
        stack = stack_files.stack_of(chain[0]) if chain else ""
        return f"make up STACK={stack or '…'}, which makes it"
    try:
        folder = path.is_dir()
        files = (path if folder else path.parent).glob("*.yaml")
        there = sorted(file.name for file in files if file not in chain)
    except OSError:
        folder, there = False, []  # what keeps from reading the file may keep from its folder
    if folder and there:
        return f"write one of the files in it: {', '.join(there)}"
    if close := difflib.get_close_matches(path.name, there, n=1, cutoff=0.6):
        return f"write {close[0]!r} at its end"
    return f"write one of that folder: {', '.join(there)}" if there else "mend the path"
