"""A key that the engine takes and nobody reads is a mistake like any other, not silence."""

import json
from collections.abc import Callable
from pathlib import Path

import pulumi
import pytest

from components import stray_keys
from components.settings import load
from tests.engine import record
from tests.unit.test_bootstrap import told

CLUSTERS = {"ambientmesh:clusters": '[{"name": "alpha", "context": "a"}]'}
Begin = Callable[..., Callable[[], None]]


@pytest.fixture
def begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Begin:
    """Return a program in a folder of its own, with these values and this stack file."""
    monkeypatch.chdir(tmp_path)

    def made(values: dict[str, str], content: str | bytes | None = None) -> Callable[[], None]:
        given = CLUSTERS | values
        monkeypatch.setenv("PULUMI_CONFIG", json.dumps(given))
        if content is not None:
            data = content if isinstance(content, bytes) else content.encode()
            (tmp_path / "Pulumi.test.yaml").write_bytes(data)

        def program() -> None:
            pulumi.runtime.set_all_config(given, [])
            load()

        return program

    return made


@pytest.mark.parametrize("namespace", ["ambientmsh", "ambient-mesh", "AmbientMesh", "ambientmeshh"])
def test_a_namespace_that_is_nearly_ours_is_a_mistake(begin: Begin, namespace: str) -> None:
    message = told(begin({f"{namespace}:distribution": "canary"}))

    assert message == (
        "1 mistake in Pulumi.test.yaml; nothing was touched\n"
        f"  AM302 {namespace}:distribution: found namespace {namespace!r}; allowed: 'ambientmesh';"
        " fix: write 'ambientmesh:distribution'"
    )


def test_namespaces_of_others_are_theirs(begin: Begin) -> None:
    record(
        begin({"pulumi:tags": "{}", "gcp:project": "p", "kubernetes:context": "c", "mesh:x": "y"})
    )


def test_a_key_outside_config_is_a_mistake(begin: Begin) -> None:
    content = "config: {}\nencryptionsalt: v1:x\nambientmesh:trust:\n  algorithm: canary\n"

    message = told(begin({}, content))

    assert message == (
        "1 mistake in Pulumi.test.yaml; nothing was touched\n"
        "  Pulumi.test.yaml:3: AM303 ambientmesh:trust: found outside config:;"
        " allowed: below config:; fix: indent it and move it there"
    )


def test_stray_keys_come_with_all_other_mistakes_and_without_values(begin: Begin) -> None:
    values = {"ambientmesh:meshVersion": "latest", "ambientmsh:licenseKey": "canary"}

    message = told(begin(values, "config:\n  a:b: c\nambientmesh:licenseKey: canary\n"))

    first, *lines = message.splitlines()
    assert first == "3 mistakes in Pulumi.test.yaml; nothing was touched"
    assert [line.partition(": found")[0] for line in lines] == [
        "  AM302 ambientmsh:licenseKey",
        "  Pulumi.test.yaml:3: AM303 ambientmesh:licenseKey",
        "  AM013 ambientmesh:meshVersion",
    ]
    assert "canary" not in message


@pytest.mark.parametrize(
    "content",
    [
        None,
        "",
        "text",
        "- ambientmesh:trust",
        "a: [",
        b"\xff\xfe\xfd",
        "1: x\nnull: y",
        "config:\n  ambientmesh:x: y\nsecretsprovider: awskms://k\nencryptedkey: k\n",
    ],
)
def test_a_stack_file_without_stray_keys_or_unreadable_is_left_to_the_engine(
    begin: Begin, content: str | bytes | None
) -> None:
    record(begin({}, content))


@pytest.mark.parametrize("key", ["ambient:meshVersion", "mesh:clusters", "istio:licenseKey"])
def test_a_key_of_ours_in_a_namespace_that_nobody_is_known_to_have_is_a_mistake(
    begin: Begin, key: str
) -> None:
    namespace, _, name = key.partition(":")

    message = told(begin({key: "canary"}))

    assert f"  AM302 {key}: found namespace {namespace!r}; allowed: 'ambientmesh';" in message
    assert message.endswith(f"fix: write 'ambientmesh:{name}'")
    assert "canary" not in message


def test_providers_may_have_keys_that_are_called_as_ours_are(begin: Begin) -> None:
    record(begin({"kubernetes:kubeconfig": "x", "gcp:management": "x", "pulumi:trust": "x"}))


def test_a_key_that_is_there_twice_is_named_with_its_lines(begin: Begin) -> None:
    content = (
        "config:\n"
        "  ambientmesh:egress:\n    hosts: []\n"
        "  ambientmesh:meshVersion: 1.28.3\n"
        "  'ambientmesh:egress':\n    clusters: [canary]\n"
    )

    values = {"egress": '{"clusters": ["alpha"]}', "meshVersion": "1.28.3"}
    message = told(begin({f"ambientmesh:{key}": item for key, item in values.items()}, content))

    assert message == (
        "1 mistake in Pulumi.test.yaml; nothing was touched\n"
        "  Pulumi.test.yaml:5: AM301 ambientmesh:egress: found twice (lines 2 and 5);"
        " allowed: once; fix: merge the two"
    )


@pytest.mark.parametrize(
    ("content", "start", "end"),
    [
        (
            "config:\n  ambientmesh:charts:\n    istio: a\n    gatewayApi: b\n    istio: c\n",
            "ambientmesh:charts.istio: found twice (lines 3 and 5)",
            "merge the two",
        ),
        (
            "config:\n  ambientmesh:vms:\n  - {name: a}\n  - {name: b, ssh: {user: c, user: d}}\n",
            "ambientmesh:vms[1].ssh.user: found twice (line 4)",
            "merge the two",
        ),
        (
            "config:\n  a:b: 1\nconfig:\n  a:b: 2\nconfig: {}\n",
            "config: found 3 times (lines 1, 3 and 5)",
            "merge them",
        ),
        (
            "config:\n  a:x: &x {k: 1,\n k: 2}\n  a:y: *x\n  a:z: *x\n",
            "a:x.k: found twice (lines 2 and 3)",
            "merge the two",
        ),
    ],
)
def test_a_key_that_is_there_twice_is_found_however_deep(
    content: str, start: str, end: str
) -> None:
    assert stray_keys.repeated(content) == [f"AM301 {start}; allowed: once; fix: {end}"]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "text",
        "a: [",
        "a: &a [*a]",
        "? [1]\n: b\n? [1]\n: c",
        "config:\n  a:b: [{name: a}, {name: b}]\n  a:c: {name: a}\n",
        "[" * 5000 + "]" * 5000,
    ],
)
def test_what_has_no_key_twice_or_is_no_stack_file_is_passed_by(content: str) -> None:
    assert stray_keys.repeated(content) == []


@pytest.mark.parametrize(
    ("key", "found"),
    [("trust", "no namespace"), ("ambientmesh:config:trust", "namespace 'ambientmesh:config'")],
)
def test_a_key_in_a_form_that_the_engine_alone_reads_is_a_mistake(
    begin: Begin, key: str, found: str
) -> None:
    values = {"ambientmesh:trust": "{}"}

    message = told(begin(values, f"config:\n  {key}: {{}}\n  gcp:project: p\n"))

    assert message == (
        "1 mistake in Pulumi.test.yaml; nothing was touched\n"
        f"  Pulumi.test.yaml:2: AM302 {key}: found {found}; allowed: 'ambientmesh'; fix: write"
        " 'ambientmesh:trust'"
    )
