"""Flags as the real tool's library reads them: anywhere, ``--flag value`` or ``--flag=value``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final


class UsageError(Exception):
    """The command line is wrong; the message is what the tool would print."""


@dataclass(frozen=True, kw_only=True)
class Flag:
    """One flag. A switch takes no value but after ``=``."""

    name: str
    short: str = ""
    switch: bool = False


GLOBAL: Final = (
    Flag(name="context"),
    Flag(name="kubeconfig", short="c"),
    Flag(name="namespace", short="n"),
    Flag(name="istioNamespace", short="i"),
)


@dataclass(frozen=True, kw_only=True)
class Call:
    """A command line taken apart."""

    words: tuple[str, ...]
    values: Mapping[str, str] = field(default_factory=dict)

    def get(self, name: str, default: str = "") -> str:
        """Return a flag's value."""
        return self.values.get(name, default)

    def on(self, name: str) -> bool:
        """Whether a switch is on."""
        return self.values.get(name, "false") == "true"

    def listed(self, name: str) -> list[str]:
        """Return a flag's values, which commas separate."""
        return [item for item in self.get(name).split(",") if item]


def parse(arguments: Sequence[str], flags: Sequence[Flag]) -> Call:
    """Take a command line apart.

    Raises:
        UsageError: a flag is unknown, comes without its value, or a switch has another than true
            and false.
    """
    known = {f"--{flag.name}": flag for flag in flags}
    known |= {f"-{flag.short}": flag for flag in flags if flag.short}
    words: list[str] = []
    values: dict[str, str] = {}
    rest = list(arguments)
    while rest:
        item = rest.pop(0)
        if not item.startswith("-"):
            words.append(item)
            continue
        name, given, value = item.partition("=")
        flag = known.get(name)
        if flag is None:
            raise UsageError(f"unknown flag: {name}")
        if not given:
            if flag.switch:
                value = "true"
            elif rest:
                value = rest.pop(0)
            else:
                raise UsageError(f"flag needs an argument: {name}")
        if flag.switch and value not in ("true", "false"):
            raise UsageError(f'invalid argument "{value}" for "{name}" flag')
        values[flag.name] = value
    return Call(words=tuple(words), values=values)
