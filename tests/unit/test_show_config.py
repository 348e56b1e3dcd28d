"""`make config` prints what a stack's files say together, where from, and never a secret."""

import json
from pathlib import Path

import pytest
import yaml

from components import layers, show_config
from components.keys import SECRETS
from components.settings import parse

CHECKOUT = Path(__file__).parents[2]
EXAMPLES = sorted(path.name.split(".")[1] for path in (CHECKOUT / "stacks").glob("Pulumi.*.yaml"))

LAYER = """\
config:
  ambientmesh:clusters:
    - name: one
      context: c
  ambientmesh:timeouts:
    link: 90s
"""
STACK = """\
config:
  ambientmesh:extends: layers/a.yaml
  ambientmesh:licenseKey:
    secure: v1:canary
  ambientmesh:egress:
    clusters: [one]
  ambientmesh:clusters:
    - name: one
      network: net
  gcp:project: canary
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "stacks" / "layers").mkdir(parents=True)
    (tmp_path / "stacks" / "layers" / "a.yaml").write_text(LAYER)
    (tmp_path / "stacks" / "Pulumi.x.yaml").write_text(STACK)
    return tmp_path


def test_every_value_is_printed_with_its_place(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del project
    assert show_config.main(["--stack", "x"]) == 0

    out, err = capsys.readouterr()
    assert err == ""
    assert out == (
        "# x: these files, later ones win\n"
        "#   stacks/layers/a.yaml\n"
        "#   stacks/Pulumi.x.yaml\n"
        "config:\n"
        "  ambientmesh:clusters:\n"
        "    - name: one                       # stacks/layers/a.yaml:3\n"
        "      context: c                      # stacks/layers/a.yaml:4\n"
        "      network: net                    # stacks/Pulumi.x.yaml:9\n"
        "  ambientmesh:egress:\n"
        "    clusters: [one]                   # stacks/Pulumi.x.yaml:6\n"
        "  ambientmesh:timeouts:\n"
        "    link: 90s                         # stacks/layers/a.yaml:6\n"
        "  ambientmesh:licenseKey: '[secret]'  # stacks/Pulumi.x.yaml:3\n"
    )


def test_defaults_are_printed_on_demand(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    del project
    assert show_config.main(["--stack", "x", "--defaults"]) == 0

    values = yaml.safe_load(out := capsys.readouterr().out)["config"]
    lines = {line.split(": ")[0].strip(): line.split()[-1] for line in out.splitlines()}
    assert values["ambientmesh:timeouts"]["mesh"] == "10m"
    assert values["ambientmesh:timeouts"]["link"] == "90s"
    assert values["ambientmesh:clusters"][0]["trustDomain"] == "one"
    assert lines["trustDomain"] == lines["mesh"] == "default"
    assert lines["link"] == "stacks/layers/a.yaml:6"
    # What is printed says the same when it is read.
    raw = {
        key.removeprefix("ambientmesh:"): layers.text(value)
        for key, value in values.items()
        if "licenseKey" not in key
    }
    found = layers.read(Path("stacks/Pulumi.x.yaml"), Path())
    assert parse(raw) == parse(found.raw)


def test_programs_get_the_same_as_json(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    del project
    assert show_config.main(["--stack", "x", "--format", "json"]) == 0

    found = json.loads(capsys.readouterr().out)
    assert found["stack"] == "x"
    assert found["files"] == ["stacks/layers/a.yaml", "stacks/Pulumi.x.yaml"]
    assert found["config"]["ambientmesh:clusters"][0]["network"] == "net"
    assert found["config"]["ambientmesh:licenseKey"] == "[secret]"
    assert found["sources"]["ambientmesh:clusters[0].context"] == "stacks/layers/a.yaml:4"
    assert found["sources"]["ambientmesh:egress.clusters[0]"] == "stacks/Pulumi.x.yaml:6"
    assert found["mistakes"] == []


CANARIES = {
    "a secret in clear text": "  ambientmesh:licenseKey: canary",
    "a secret of several lines": "  ambientmesh:sshPrivateKey: |\n    canary\n    canary",
    "an encrypted setting": "  ambientmesh:trust: {algorithm: {secure: canary}}",
    "an encrypted version": "  ambientmesh:meshVersion: {secure: canary}",
    "an unknown key": "  ambientmesh:licenceKey: canary",
    "a map of unknown keys": "  ambientmesh:licenceKey: {canary: canary}",
    "an unknown key in a map": "  ambientmesh:clusters: [{name: one, context: c, token: canary}]",
    "a key that is no path": "  ambientmesh:kubeconfig: 'BEGIN PRIVATE KEY canary'",
    "another namespace": "  gcp:credentials: canary",
    "outside config": "  ambientmesh:vms: []\nencryptionsalt: canary",
}


@pytest.mark.parametrize("case", CANARIES)
@pytest.mark.parametrize("options", [[], ["--format", "json"], ["--defaults"]])
def test_no_secret_is_ever_printed(
    project: Path, capsys: pytest.CaptureFixture[str], case: str, options: list[str]
) -> None:
    text = f"config:\n{CANARIES[case]}\n"
    if "clusters" not in text:
        text = text.replace("config:", "config:\n  ambientmesh:extends: layers/a.yaml", 1)
    (project / "stacks" / "Pulumi.x.yaml").write_text(text)

    show_config.main(["--stack", "x", *options])

    out, err = capsys.readouterr()
    assert out
    assert "canary" not in out + err


def test_mistakes_are_listed_and_end_with_exit_code_1(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "stacks" / "layers" / "a.yaml").write_text(f"{LAYER}  ambientmesh:vms: null\n")
    (project / "stacks" / "Pulumi.x.yaml").write_text(f"{STACK}  ambientmesh:meshVersion: '1'\n")

    assert show_config.main(["--stack", "x", "--format", "json"]) == 1

    out, err = capsys.readouterr()
    mistakes = json.loads(out)["mistakes"]
    assert err.startswith("2 mistakes in ")
    assert mistakes[0].startswith("stacks/layers/a.yaml:7: AM316 ambientmesh:vms: found a removal")
    assert "ambientmesh:meshVersion: found '1'; allowed: " in mistakes[1]


SETTINGS = LAYER.removeprefix("config:\n")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("config:\n  ambientmesh:licenseKey: canary\n", "2: AM304 ambientmesh:licenseKey: found"),
        (
            "config:\n  ambientmesh:trust: {algorithm: {secure: canary}}\n",
            "2: AM305 ambientmesh:trust: found a secret; allowed: a plain value",
        ),
        ("config:\n  ambientmsh:trust: canary\n", "2: AM302 ambientmsh:trust: found namespace"),
        ("ambientmesh:trust: canary\nconfig:\n", "1: AM303 ambientmesh:trust: found outside"),
    ],
)
def test_what_a_preview_would_refuse_of_the_file_is_told(
    project: Path, capsys: pytest.CaptureFixture[str], text: str, told: str
) -> None:
    (project / "stacks" / "Pulumi.x.yaml").write_text(f"{text}{SETTINGS}")

    assert show_config.main(["--stack", "x"]) == 1

    err = capsys.readouterr().err
    assert err.startswith("1 mistake in ")
    assert f"stacks/Pulumi.x.yaml:{told}" in err


def test_of_layers_that_cannot_be_read_only_that_is_told(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "stacks" / "layers" / "a.yaml").unlink()

    assert show_config.main(["--stack", "x"]) == 1

    out, err = capsys.readouterr()
    assert "network: net" in out
    assert err.startswith("1 mistake in ")
    assert "stacks/Pulumi.x.yaml:2: AM311 ambientmesh:extends: found 'layers/a.yaml'" in err


@pytest.mark.parametrize(
    ("stack", "message"),
    [
        ("y", "error: there is no Pulumi.y.yaml; stacks here: x\n"),
        ("../x", "error: there is no stack '../x'; stacks here: x\n"),
        ("z", "error: Pulumi.z.yaml is no stack file: it has no map config:\n"),
        (
            "hex",
            (
                "error: Pulumi.hex.yaml is no stack file: a number, date or tag that cannot be one,"
                " line 2\n"
            ),
        ),
    ],
)
def test_a_stack_that_is_none_ends_with_exit_code_2(
    project: Path, capsys: pytest.CaptureFixture[str], stack: str, message: str
) -> None:
    if stack == "z":
        (project / "Pulumi.z.yaml").write_text("- a\n")
    if stack == "hex":
        number = f"0x{'f' * 5000}"
        (project / "Pulumi.hex.yaml").write_text(f"config:\n  ambientmesh:drills: {number}\n")

    assert show_config.main(["--stack", stack]) == 2

    assert capsys.readouterr().err == message


@pytest.mark.parametrize("stack", EXAMPLES)
def test_the_examples_are_right(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], stack: str
) -> None:
    monkeypatch.chdir(CHECKOUT)

    assert show_config.main(["--stack", stack, "--format", "json", "--defaults"]) == 0

    found = json.loads(capsys.readouterr().out)
    assert found["files"][0] == "stacks/layers/company.yaml"
    assert found["files"][-1] == f"stacks/Pulumi.{stack}.yaml"
    customer, region = stack.split("-")
    labels = found["config"]["ambientmesh:gcp"]["labels"]
    assert (labels["customer"], labels["region"]) == (customer, region)
    assert not any(f"ambientmesh:{key}" in found["config"] for key in SECRETS)


def test_there_are_examples_of_two_customers_in_two_regions() -> None:
    assert EXAMPLES == ["acme-america", "acme-europe", "globex-america", "globex-europe"]
