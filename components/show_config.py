"""``python -m components.show_config``: what a stack's files say together, and where.

Exit code 1 if there is a mistake in them, 2 if there is no such stack. No engine is asked, and no
cluster.
"""

import argparse
import json
import sys
from pathlib import Path

from components import (
    config_files,
    config_lines,
    config_view,
    layers,
    secrecy,
    stack_files,
    stray_keys,
)
from components.config_errors import report
from components.keys import EXTENDS, PREFIX, SECRETS
from components.layers import Merged
from components.located import Node, NotYaml
from components.naming import PROJECT
from components.secrecy import HIDDEN, is_encrypted
from components.settings import KEYS, ConfigurationError, Settings, parse


class NoStack(Exception):  # noqa: N818 the word for it
    """There is no stack file, or it is none; the message says why."""


def _file(stack: str, project: Path) -> Path:
    try:
        file = stack_files.find(stack, project)
    except stack_files.TwoFiles as error:
        raise NoStack(str(error)) from None
    if file is None:
        raise NoStack(stack_files.missing(stack, project))
    return file


def _secrets(file: Path, name: str) -> dict[str, Node]:
    """Return the secrets of a stack file, their values left out."""
    found = config_files.places(file, name).value
    return {key: Node(HIDDEN, found[key].source) for key in SECRETS if key in found}


def _judged(stack: str, file: Path, found: Merged) -> tuple[Settings | None, str]:
    """Return the settings, and what is wrong with the files: nothing, or a report."""
    config = config_files.written(file, found.files[-1])
    own, known = config_files.ours(config), {*KEYS, EXTENDS}
    encrypted = {key for key, node in own.items() if is_encrypted(node)}
    strange = stray_keys.strays(PROJECT, {*known, *SECRETS}, config.value, file)
    strange += [mistake.line for mistake in found.mistakes]
    lines = secrecy.problems(own, encrypted, known)
    settings = None
    try:
        settings = parse(found.raw, encrypted & known)
    except ConfigurationError as error:
        lines += error.lines if found.complete else []
    # Of what is in no layer, such as a secret, only the file itself knows where it is.
    written = config_lines.where(found.files[-1], file.read_text(encoding="utf-8"))
    told = report(stack, lines, strange, lambda key: found.place(key) or written(key))
    return settings, told if lines or strange else ""


def shown(stack: str, form: str, project: Path, *, defaults: bool = False) -> tuple[str, str]:
    """Return what a stack's files say together, and the report of the mistakes in them.

    Args:
        stack: its name.
        form: ``text`` or ``json``.
        project: folder of Pulumi.yaml.
        defaults: whether to show what no file says, too; only without mistakes it is known.

    Raises:
        NoStack: there is none.
    """
    file = _file(stack, project)
    try:
        found = layers.read(file, project)
    except NotYaml as error:
        raise NoStack(f"{config_files.shown(file, project)} is no stack file: {error}") from None
    settings, mistakes = _judged(stack, file, found)
    root = config_view.masked(found.root, (Settings,))
    if defaults and settings:
        root = config_view.completed(root, settings)
    root = Node(root.value | _secrets(file, found.files[-1]), root.source)
    if form == "text":
        order = "\n".join(f"#   {name}" for name in found.files)
        title = f"# {stack}: these files, later ones win\n{order}"
        return f"{title}\n{config_view.text(root)}", mistakes
    document = {
        "stack": stack,
        "files": list(found.files),
        "config": {f"{PREFIX}{key}": node.plain() for key, node in root.value.items()},
        "sources": {f"{PREFIX}{key}": place for key, place in config_view.places(root)},
        "mistakes": [line.strip() for line in mistakes.splitlines()[1:]],
    }
    return json.dumps(document, indent=1), mistakes


def main(arguments: list[str] | None = None) -> int:
    """Print a stack's configuration, merged, with the place of every value."""
    parser = argparse.ArgumentParser(prog="show_config", description=main.__doc__)
    parser.add_argument("--stack", required=True, help="the stack whose files are read")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--defaults", action="store_true", help="also what no file says")
    asked = parser.parse_args(arguments)
    try:
        text, mistakes = shown(asked.stack, asked.format, Path(), defaults=asked.defaults)
    except NoStack as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    sys.stdout.write(f"{text}\n")
    sys.stderr.write(f"{mistakes}\n" if mistakes else "")
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
