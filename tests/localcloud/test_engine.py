"""What may be done by hand to a stack of local planes."""

from pathlib import Path
from typing import Any

import pytest

from localcloud import engine
from localcloud.placement import SessionError
from localcloud.stack import Stack


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    return Stack(
        name="mine", checkout=tmp_path, home=tmp_path, tools=tmp_path, pulumi_home=tmp_path
    )


@pytest.mark.parametrize("words", [[], ["stack", "rm"], ["config", "set", "a", "b"]])
def test_what_would_harm_the_stack_file_is_refused(stack: Stack, words: list[str]) -> None:
    with pytest.raises(SessionError, match="allowed: up, preview"):
        engine.run(stack, words)


@pytest.mark.parametrize(
    ("words", "configured"), [(["destroy", "--target", "x"], True), (["state", "delete"], False)]
)
def test_the_engine_is_told_which_stack(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, *, words: list[str], configured: bool
) -> None:
    seen: list[Any] = []

    class Done:
        returncode = 7

    def ran(argv: list[str], **options: Any) -> Done:
        seen.append((argv, options["env"]["PULUMI_BACKEND_URL"]))
        return Done()

    monkeypatch.setattr("subprocess.run", ran)

    assert engine.run(stack, words) == 7
    [(argv, backend)] = seen
    assert argv[: len(words) + 1] == ["pulumi", *words]
    assert argv[argv.index("--stack") + 1] == "mine"
    assert ("--config-file" in argv) == configured
    assert backend.startswith("file://"), "not whatever backend the user is logged in to"


@pytest.mark.parametrize(
    ("verb", "policies", "held"),
    [("up", True, True), ("preview", True, True), ("up", False, False), ("destroy", True, False)],
)
def test_plans_are_held_to_the_policies(
    stack: Stack, verb: str, *, policies: bool, held: bool
) -> None:
    stack.policies = policies

    assert bool(stack.pack(verb)) == held
    assert [Path(part, "PulumiPolicy.yaml").is_file() for part in stack.pack(verb)[1:]] == (
        [True] if held else []
    )
