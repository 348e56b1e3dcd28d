"""The stand-in local.Command runs its commands when the real one does."""

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from localcloud.plugins.command.globs import compile_glob
from localcloud.plugins.command.provider import CommandProvider
from localcloud.plugins.engine import Engine
from localcloud.plugins.provider import DiffKind, ProviderError
from localcloud.plugins.values import UNKNOWN, Secret
from tests.localcloud.plugins.lifecycle import Resource

LOCAL = "command:local:Command"


class Lines(Engine):
    """An engine that keeps what is shown."""

    def __init__(self) -> None:
        super().__init__("")
        self.shown: list[str] = []

    def status(self, urn: str, message: str) -> None:
        assert urn
        self.shown.append(message)


@pytest.fixture
def engine() -> Lines:
    return Lines()


@pytest.fixture
def command(engine: Lines) -> Resource:
    return Resource(CommandProvider(engine), LOCAL)


def test_create_records_what_the_command_writes(command: Resource, engine: Lines) -> None:
    outputs = command.create({"create": "echo one; echo two >&2; echo; echo"})

    assert outputs["stdout"] == "one\n\n", "only the last line break is cut"
    assert outputs["stderr"] == "two"
    assert command.id.startswith("thing")
    assert len(command.id) == len("thing") + 8
    assert sorted(engine.shown) == ["", "", "one", "two"]


@pytest.mark.parametrize(
    ("logging", "shown"),
    [("stdout", ["out"]), ("stderr", ["err"]), ("none", []), ("stdoutAndStderr", ["err", "out"])],
)
def test_logging_chooses_what_is_shown(
    command: Resource, engine: Lines, logging: str, shown: list[str]
) -> None:
    command.create({"create": "echo out; echo err >&2", "logging": logging})

    assert sorted(engine.shown) == shown


def test_stdin_directory_interpreter_and_environment(command: Resource, tmp_path: Path) -> None:
    outputs = command.create(
        {
            "create": "import os,sys; print(sys.stdin.read(), os.getcwd(), os.environ['COLOUR'])",
            "interpreter": ["python3", "-c"],
            "stdin": "given",
            "dir": str(tmp_path),
            "environment": {"COLOUR": "blue"},
        }
    )

    assert outputs["stdout"] == f"given {tmp_path} blue"


def test_update_and_delete_see_the_last_output(command: Resource, tmp_path: Path) -> None:
    inputs = {
        "create": "echo first",
        "update": 'echo "then $PULUMI_COMMAND_STDOUT"',
        "delete": f'echo "$PULUMI_COMMAND_STDOUT" > {tmp_path}/gone',
    }
    command.create(inputs)
    changed = {**inputs, "environment": {"A": "b"}}
    assert command.update(changed)["stdout"] == "then first"
    command.delete()

    assert (tmp_path / "gone").read_text() == "then first\n"


def test_the_last_output_can_be_withheld(command: Resource) -> None:
    inputs = {"create": 'echo "${PULUMI_COMMAND_STDOUT-nothing}"', "addPreviousOutputInEnv": False}
    command.create(inputs)

    assert command.update({**inputs, "stdin": "x"})["stdout"] == "nothing"


def test_without_an_update_command_create_runs_again(command: Resource, tmp_path: Path) -> None:
    inputs = {"create": f"echo run >> {tmp_path}/runs"}
    command.create(inputs)
    command.update({**inputs, "stdin": "x"})

    assert (tmp_path / "runs").read_text() == "run\nrun\n"


def test_without_commands_nothing_runs(command: Resource) -> None:
    assert command.create({})["stdout"] == ""
    command.delete()


def test_triggers_replace_and_all_else_updates(command: Resource) -> None:
    inputs = {"create": "true", "triggers": [1, {"a": "b"}]}
    command.create(inputs)

    assert not command.diff(inputs).changes
    assert list(command.diff({**inputs, "triggers": [2]}).replaces) == ["triggers"]
    changed = command.diff({**inputs, "create": "false", "delete": "true"}).detailed
    assert changed is not None
    assert {name: one.kind for name, one in changed.items()} == {
        "create": DiffKind.UPDATE,
        "delete": DiffKind.ADD,
    }
    assert not command.diff({**inputs, "create": "false"}, ["create"]).changes


def test_an_unknown_trigger_replaces(command: Resource) -> None:
    command.create({"create": "true", "triggers": ["a"]})

    assert list(command.diff({"create": "true", "triggers": [UNKNOWN]}).replaces) == ["triggers"]


def test_a_preview_runs_nothing(command: Resource, tmp_path: Path) -> None:
    inputs = {"create": f"touch {tmp_path}/ran", "update": f"touch {tmp_path}/ran"}
    outputs = command.preview(inputs)
    assert outputs["stdout"] is UNKNOWN
    assert outputs["create"] == inputs["create"]
    command.inputs, command.outputs = inputs, {**inputs, "stdout": "old", "stderr": ""}

    assert command.update(inputs, preview=True)["stdout"] == "old"
    assert command.update({**inputs, "stdin": "x"}, preview=True)["stdout"] == "old", "as upstream"
    other = {**inputs, "create": "true"}
    assert command.update(other, preview=True)["stdout"] is UNKNOWN
    assert command.update({"create": inputs["create"]}, preview=True)["stdout"] is UNKNOWN
    unknown = {**inputs, "stdin": UNKNOWN}
    assert command.update(unknown, preview=True)["stdout"] is UNKNOWN
    assert not (tmp_path / "ran").exists()


def test_a_secret_variable_stays_secret(command: Resource) -> None:
    inputs = {"create": "echo ${#TOKEN}", "environment": {"TOKEN": Secret("canary"), "B": "c"}}
    outputs = command.create(inputs)

    assert isinstance(outputs["environment"]["TOKEN"], Secret)
    assert outputs["environment"]["B"] == "c"
    assert outputs["stdout"] == "6"
    assert not command.diff(inputs).changes


def test_a_failure_quotes_command_and_output(command: Resource) -> None:
    with pytest.raises(ProviderError) as caught:
        command.create({"create": "echo seen; echo why >&2; exit 3"})

    assert str(caught.value).startswith('exit status 3: running "echo seen; echo why >&2; exit 3"')
    assert {"seen", "why"} <= set(str(caught.value).splitlines())
    assert command.outputs == {}


def test_a_missing_directory_fails_by_name(command: Resource) -> None:
    with pytest.raises(ProviderError, match="/nowhere"):
        command.create({"create": "true", "dir": "/nowhere"})


def test_a_cancel_kills_the_command_and_its_children(command: Resource) -> None:
    threading.Timer(0.3, command.provider.cancel).start()  # type: ignore[union-attr]
    started = time.monotonic()

    with pytest.raises(ProviderError, match="cancelled"):
        command.create({"create": "sleep 60 | cat"})
    assert time.monotonic() - started < 10


def test_much_input_and_output_does_not_block(command: Resource) -> None:
    text = "x" * 300_000

    assert command.create({"create": "cat; cat >&2", "stdin": text})["stdout"] == text


def test_assets_and_archives_are_found_by_pattern(command: Resource, tmp_path: Path) -> None:
    outputs = command.create(
        {
            "create": "mkdir -p src/deep; touch src/a.js src/deep/b.js src/secret.js c.txt",
            "dir": str(tmp_path),
            "assetPaths": ["src/**.js", "!**secret.*"],
            "archivePaths": ["*.txt"],
        }
    )

    assert list(outputs["assets"]) == ["src/a.js", "src/deep/b.js"]
    assert outputs["assets"]["src/a.js"]["path"] == str(tmp_path / "src/a.js")
    assert list(outputs["archive"]["assets"]) == ["c.txt"]


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("*.txt", "a.txt", True),
        ("*.txt", "b/a.txt", False),
        ("**.txt", "b/a.txt", True),
        ("{a,b}/?", "b/c", True),
        ("[!a]", "a", False),
        ("[!a]", "b", True),
        ("a\\*", "a*", True),
        ("a.c", "abc", False),
    ],
)
def test_patterns_read_as_gobwas_reads_them(pattern: str, path: str, matches: object) -> None:
    assert bool(compile_glob(pattern).fullmatch(path)) is matches


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({"create": 1}, "create must be of type str, not int"),
        ({"run": "x"}, "unknown property 'run'"),
        ({"logging": "loud"}, "logging is 'loud', must be one of stdout, stderr"),
    ],
)
def test_a_check_names_the_input(command: Resource, inputs: dict[str, Any], reason: str) -> None:
    assert any(reason in found for found in command.failures(inputs))


def test_the_function_runs_a_command_every_time() -> None:
    result = CommandProvider(Engine("")).invoke("command:local:run", {"command": "echo $((1+1))"})

    assert result["stdout"] == "2"
