"""Every command on a page runs in a test, or the page says why it cannot."""

import ast
import os
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from typing import Final

import pytest

from localcloud.cli import app
from localcloud.paths import BIN, LOCAL
from tests.docs.commands import Command, commands, kind, mentioned
from tests.docs.followed import FOLLOWED, PROOFS, Proof, followed
from tests.docs.pages import ROOT, blocks, inline_code, pages

VERB: Final = re.compile(r"make ([a-z-]+)")
LOCALCLOUD: Final = re.compile(r"\.local/venv/bin/python -m localcloud ([a-z]+)")
LEFT_OPEN: Final = re.compile(r"(^|=)[A-Z]+$|…")
"""A word of inline code in whose place a reader writes his own: ``STACK=NAME``, ``SERVICE=…``."""


@cache
def typed() -> frozenset[str]:
    """Return every command that a story types."""
    return frozenset(followed())


def _is_begun(mention: str) -> bool:
    """Whether some story types what inline code says, as far as that says it."""
    words = mention.split()
    said = next((i for i, word in enumerate(words) if LEFT_OPEN.search(word)), len(words))
    return any(command.split()[:said] == words[:said] for command in typed())


def is_covered(command: Command) -> bool:
    if any(proof.covers(command.text) for proof in PROOFS) or command.text in typed():
        return True
    return command.block.is_marked if command.block else _is_begun(command.text)


@pytest.mark.parametrize("page", pages())
def test_every_command_of_a_page_runs_in_a_test_or_is_marked(page: str) -> None:
    unrun = [one.place for one in [*commands(page), *mentioned(page)] if not is_covered(one)]

    assert not unrun, "follow it or name its test (followed.py), or say above it what it needs"


@pytest.mark.parametrize("page", pages())
def test_of_every_block_it_is_plain_whether_it_is_typed(page: str) -> None:
    for block in blocks(page):
        assert kind(block), "raises where nobody can tell"


def _functions(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("proof", PROOFS, ids=lambda proof: proof.commands)
def test_the_test_that_proves_a_command_is_there_and_has_it(proof: Proof) -> None:
    path, _, function = proof.test.partition("::")

    assert not function or function in _functions(path)
    assert proof.says in (ROOT / (proof.where or path)).read_text(encoding="utf-8")


def everything() -> Iterator[Command]:
    for page in pages():
        yield from commands(page)
        yield from mentioned(page)


@pytest.mark.parametrize("proof", PROOFS, ids=lambda proof: proof.commands)
def test_a_proof_is_of_a_command_that_a_page_has(proof: Proof) -> None:
    assert any(proof.covers(command.text) for command in everything())


def test_every_section_that_is_followed_has_something_to_type() -> None:
    for part in FOLLOWED:
        assert any(kind(block) == "shell" for block in part.blocks()), part


def test_every_verb_of_make_that_a_page_names_is_one() -> None:
    verbs = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8")))

    assert {found[1] for one in everything() if (found := VERB.match(one.text))} <= verbs


def test_every_verb_of_localcloud_that_a_page_names_is_one() -> None:
    named = {found[1] for one in everything() if (found := LOCALCLOUD.match(one.text))}
    known = {
        command.name or command.callback.__name__
        for command in app.registered_commands
        if command.callback
    }

    assert named <= known


def _engine_commands() -> set[str]:
    """Return what pages have a reader type to the engine, be it in a sentence."""
    said = {code.text for page in pages() for code in inline_code(page)}
    said |= {command.text for command in everything()}
    return {" ".join(text.split()) for text in said if re.match(r"(\w+=\S+ )?pulumi [a-z]", text)}


@cache
def _help(verb: str) -> str:
    # Without the variable it keeps --event-log to itself.
    env = {"PULUMI_DEBUG_COMMANDS": "true", "PATH": os.environ["PATH"], "HOME": str(LOCAL)}
    argv = [str(BIN / "pulumi"), *verb.split(), "--help"]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout


def test_the_engine_has_every_verb_and_option_that_a_page_names() -> None:
    strange = []
    for text in sorted(_engine_commands()):
        words = re.sub(r"^\w+=\S+ ", "", text).split()[1:]
        plain = [word for word in words[:2] if re.fullmatch(r"[a-z]+", word)]
        verb = " ".join(
            plain if f"pulumi {' '.join(plain)} [" in _help(" ".join(plain)) else plain[:1]
        )
        if f"pulumi {verb}" not in _help(verb):
            strange.append(text)
        strange += [
            f"{text}: {word}" for word in words if word.startswith("--") and word not in _help(verb)
        ]

    assert not strange
