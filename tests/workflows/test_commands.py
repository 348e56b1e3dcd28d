"""Every command that a workflow runs is there, with its options."""

import functools
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

from localcloud.paths import BIN, CHECKOUT
from tests.workflows.files import ACTIONS, Step, read, scripts

PYTHON = ".local/venv/bin/python"


def commands(*words: str) -> list[tuple[Step, list[str]]]:
    """Return the commands of all workflows that begin so, as argv, and where they are."""
    begins = re.compile(rf"(?<![\w./-])({re.escape(' '.join(words))} [^>|;&\n)]*)")
    found = [
        (step, shlex.split(text))
        for step in scripts()
        for text in begins.findall(step.script.replace("\\\n", " "))
    ]
    assert found, f"no workflow runs {' '.join(words)}"
    return found


def options(argv: list[str]) -> set[str]:
    return {word.partition("=")[0] for word in argv if re.match(r"--[a-z]", word)}


@functools.cache
def offered(*argv: str | Path, **env: str) -> set[str]:
    """Return the options that a program says it takes."""
    done = subprocess.run(  # noqa: S603 this Python, or ours
        [*argv, "--help"],
        cwd=CHECKOUT,
        env=os.environ | env | {"PULUMI_SKIP_UPDATE_CHECK": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(re.findall(r"--[a-z-]+", done.stdout))


def test_every_verb_of_make_is_there() -> None:
    makefile = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
    verbs = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))

    assert {argv[1] for _, argv in commands("make")} <= verbs


def test_every_module_takes_the_options_that_it_is_given() -> None:
    for step, argv in commands(PYTHON, "-m"):
        words = [word for word in argv[2:4] if re.fullmatch(r"[a-z]+(\.[a-z]+)?", word)]
        assert options(argv) <= offered(sys.executable, "-m", *words), step.place


def test_the_engine_takes_the_options_that_it_is_given() -> None:
    for step, argv in commands("pulumi"):
        env = {key: value for key, value in step.env.items() if value == "true"}
        assert options(argv) <= offered(BIN / "pulumi", argv[1], **env), step.place


def test_the_engine_is_of_the_version_of_its_sdk() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    (pinned,) = (text for text in project["project"]["dependencies"] if text.startswith("pulumi=="))

    (engine,) = (
        step["with"]["pulumi-version"]
        for path in ACTIONS
        for step in read(path)["runs"]["steps"]
        if "pulumi-version" in step.get("with", {})
    )
    assert f"pulumi=={engine}" == pinned
