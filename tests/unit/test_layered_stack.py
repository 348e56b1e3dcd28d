"""The program, and tools beside it, lay a stack's own keys over its layers as `make` does."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pulumi
import pytest

from components.configured import configured
from components.settings import ConfigurationError, Settings, load
from tests.engine import record
from tests.unit.test_bootstrap import told

LAYER = "config:\n  ambientmesh:clusters: [{name: one, context: c}]\n"
OWN = {"ambientmesh:extends": "layer.yaml", "ambientmesh:meshVersion": "1.28.1"}


@pytest.fixture
def begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Callable[[], None]]:
    """Return a program that loads these values, in a folder with a layer and a stack file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "stacks").mkdir()

    def made(
        values: dict[str, str], layer: str = LAYER, file: str = "stacks/Pulumi.test.yaml"
    ) -> Callable[[], None]:
        (tmp_path / "stacks" / "layer.yaml").write_text(layer)
        config = "".join(f"  {key}: {json.dumps(value)}\n" for key, value in values.items())
        (tmp_path / file).write_text(f"config:\n{config or '  gcp:project: p'}")
        monkeypatch.setenv("PULUMI_CONFIG", json.dumps(values))

        def program() -> None:
            pulumi.runtime.set_all_config(values, [])
            found.append(load()[0])

        return program

    found: list[Settings] = []
    made.found = found  # type: ignore[attr-defined]
    return made


def test_the_program_reads_the_layers_from_where_the_stack_file_is(
    begin: Callable[..., Callable[[], None]],
) -> None:
    record(begin(OWN))

    [settings] = begin.found  # type: ignore[attr-defined]
    assert settings.names == ("one",)
    assert settings.mesh_version == "1.28.1"


def test_mistakes_of_layers_come_with_all_others(begin: Callable[..., Callable[[], None]]) -> None:
    wrong = {**OWN, "ambientmesh:meshVersion": "latest", "ambientmesh:ingress": ""}

    message = told(begin(wrong))

    first, *lines = message.splitlines()
    assert first.startswith("2 mistakes in ")
    assert "stacks/Pulumi.test.yaml:4: AM316 ambientmesh:ingress: found a removal" in lines[0]
    assert "ambientmesh:meshVersion: found 'latest'" in lines[1]


def test_without_a_layer_nothing_else_is_told(begin: Callable[..., Callable[[], None]]) -> None:
    message = told(begin({**OWN, "ambientmesh:extends": "lost.yaml"}))

    assert message.startswith("1 mistake in ")
    assert "AM311 ambientmesh:extends: found 'lost.yaml', and stacks/lost.yaml cannot" in message


def test_a_stack_file_somewhere_else_cannot_have_relative_layers(
    begin: Callable[..., Callable[[], None]],
) -> None:
    message = told(begin(OWN, file="elsewhere.yaml"))

    assert "the stack's configuration: AM320 ambientmesh:extends: found 'layer.yaml'" in message


def test_an_engine_that_did_not_read_the_file_is_told_of_it(
    begin: Callable[..., Callable[[], None]],
) -> None:
    assert told(begin({})) == (
        "nothing was touched: the engine has read no configuration of test; fix: write the option"
        " --config-file stacks/Pulumi.test.yaml after the command"
    )


def _engine(monkeypatch: pytest.MonkeyPatch, values: dict[str, str]) -> list[list[str]]:
    calls: list[list[str]] = []
    answer = json.dumps({key: {"value": value, "secret": False} for key, value in values.items()})

    def run(command: list[str], **_: object) -> "subprocess.CompletedProcess[str]":
        calls.append(command)
        return subprocess.CompletedProcess(command, 0, answer, "")

    monkeypatch.setattr("components.configured.subprocess.run", run)
    return calls


def test_tools_ask_the_engine_about_the_file_and_merge_its_answer(
    begin: Callable[..., Callable[[], None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(OWN)
    calls = _engine(monkeypatch, OWN)

    assert configured("organization/ambientmesh/test", None).names == ("one",)

    [command] = calls
    assert command[command.index("--config-file") + 1] == "stacks/Pulumi.test.yaml"


def test_tools_tell_what_is_wrong_with_layers(
    begin: Callable[..., Callable[[], None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(OWN, layer="config: {}")
    _engine(monkeypatch, OWN)

    with pytest.raises(ConfigurationError, match=r"Pulumi\.test\.yaml:2: AM313 ambientmesh:ext"):
        configured("test", None)
