"""What a layer must not have: it is shared by stacks, and belongs to none."""

from collections.abc import Iterator

from components import config_lines, stray_keys
from components.config_files import CONFIG
from components.keys import PREFIX, SECRETS
from components.located import Node, Source
from components.merging import Mistake
from components.mistakes import split
from components.naming import PROJECT
from components.secrecy import is_encrypted


def problems(content: str, root: Node, config: Node) -> Iterator[Mistake]:
    """Yield what is wrong in a layer by itself; values are never shown.

    Args:
        content: text of the layer.
        root: the same, read.
        config: its map ``config:``.
    """
    for key, node in root.value.items():
        if key != CONFIG:
            text = (
                "found a key beside config:; allowed: config: alone, because a layer is no stack;"
                " fix: move it to a stack file"
            )
            yield Mistake("AM313", key, text, node.source)
    for key, node in config.value.items():
        name = key.removeprefix(PREFIX)
        if line := stray_keys.unqualified(PROJECT, key):
            code, _, text = split(line)
            yield Mistake(code, key, text, node.source)
        elif not key.startswith(PREFIX):
            text = (
                f"found a key of another namespace; allowed: {PREFIX}…, because the engine reads"
                " its own keys in the stack file only; fix: move it to the stack files"
            )
            yield Mistake("AM314", key, text, node.source)
        elif name in SECRETS or is_encrypted(node):
            text = (
                "found a secret; allowed: in a stack file only, encrypted for that stack; fix:"
                f" take it out, and pulumi config set --secret {key} for every stack"
            )
            yield Mistake("AM315", key, text, node.source)
    lines = config_lines.numbered(content)
    for line in stray_keys.repeated(content):
        _, key, text = split(line)
        source = Source(root.source.file, lines.get(key, root.source.line))
        yield Mistake("AM318", key, text, source)
