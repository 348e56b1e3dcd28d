"""The rules by which one file is laid over another: docs/stacks.md says them in words."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from components.config_errors import path, shown
from components.identities import IDENTITIES, REMOVE, name_of
from components.keys import PREFIX
from components.located import Location, Node, Source


class Mistake(NamedTuple):
    """What is wrong in a layer, or between layers."""

    code: str
    key: str
    """As it stands in its file: ``ambientmesh:clusters[1].name``."""
    text: str
    """``found …; allowed: …; fix: …``."""
    source: Source

    @property
    def line(self) -> str:
        """The mistake as a line of the report, in the form that compilers have."""
        return f"{self.source}: {self.code} {self.key}: {self.text}"


def keys_of(location: Location) -> tuple[str, ...]:
    """Return a location without the indexes in it."""
    return tuple(part for part in location if isinstance(part, str))


def is_removal(node: Node, location: Location) -> bool:
    """Whether a value takes its key out of the layers below.

    On the top level the engine itself makes empty text of null, and writes it so into the file.
    """
    return node.value is None or (len(location) == 1 and node.value == "")


@dataclass
class Merger:
    """Lays files over one another; ``mistakes`` grow meanwhile."""

    mistakes: list[Mistake] = field(default_factory=list)

    def over(self, base: Node, top: Node) -> Node:
        """Return two files' settings as one; what both say, ``top`` says."""
        return self._map(base, top, ())

    def _wrong(self, code: str, location: Location, text: str, node: Node) -> None:
        self.mistakes.append(Mistake(code, PREFIX + path(location), text, node.source))

    def _value(self, base: Node | None, top: Node, at: Location) -> Node:
        if isinstance(top.value, dict):
            return self._map(base, top, at)
        identity = IDENTITIES.get(keys_of(at))
        if identity and isinstance(top.value, list):
            return self._list(base, top, at, dict(identity))
        return top

    def _map(self, base: Node | None, top: Node, at: Location) -> Node:
        below = base.value if base else None
        result: dict[str, Node] = dict(below) if isinstance(below, dict) else {}
        for key, node in top.value.items():
            where = (*at, key)
            if not is_removal(node, where):
                result[key] = self._value(result.get(key), node, where)
            elif result.pop(key, None) is None:
                self._nothing(where, node)
        return Node(result, top.source)

    def _list(self, base: Node | None, top: Node, at: Location, identity: dict[str, Any]) -> Node:
        below = base.value if base and isinstance(base.value, list) else []
        entries: dict[object, Node] = {}
        for node in below:
            entries[name_of(node.plain(), identity) or object()] = node
        seen = set()
        for index, node in enumerate(top.value):
            where, name = (*at, index), name_of(node.plain(), identity)
            if name is None:
                entries[object()] = node  # what is wrong with it, the settings will say
            elif name in seen:
                self._twice(where, name, node)
            elif REMOVE in node.value:
                self._remove(entries, where, name, node, identity)
            else:
                entries[name] = self._entry(entries.get(name), node, where, identity)
            seen.add(name)
        return Node(list(entries.values()), top.source)

    def _entry(self, base: Node | None, top: Node, at: Location, identity: dict[str, Any]) -> Node:
        result = self._map(base, top, at)
        named = base.value if base else {}
        # Who only names an entry has not said its name first.
        kept = {key: named[key] for key in identity if key in named}
        return Node(result.value | kept, result.source)

    def _remove(
        self,
        entries: dict[object, Node],
        where: Location,
        name: tuple[Any, ...],
        node: Node,
        identity: dict[str, Any],
    ) -> None:
        beside = [key for key in node.value if key != REMOVE and key not in identity]
        if beside or node.value[REMOVE].value is not True:
            found = ", ".join(beside) or shown(node.value[REMOVE].plain())
            self._wrong(
                "AM317",
                (*where, REMOVE),
                f"found {found}{' beside it' if beside else ''}; allowed: true, and beside it only"
                f" {', '.join(identity)}; fix: take the rest out, or change the entry instead",
                node.value[REMOVE],
            )
        elif entries.pop(name, None) is None:
            self._nothing(where, node)

    def _nothing(self, where: Location, node: Node) -> None:
        self._wrong(
            "AM316",
            where,
            "found a removal; allowed: of what a layer before has; fix: take it out, or mend the"
            " name",
            node,
        )

    def _twice(self, where: Location, name: tuple[Any, ...], node: Node) -> None:
        self._wrong(
            "AM318",
            where,
            f"found {shown(' '.join(map(str, name)))} twice in one file; allowed: once, because"
            " entries are merged by it; fix: merge the two",
            node,
        )
