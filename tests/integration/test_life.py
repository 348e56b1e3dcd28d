"""A mesh from nothing to two clusters, to three, and back to nothing, by the real engine.

The story runs once; every test asks it one question. ``before`` and ``after`` are all the keys in
each plane's etcd.
"""

import base64
import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from localcloud.result import Result
from tests.integration.argv import watched
from tests.integration.rig import LICENSE, Rig

pytestmark = [pytest.mark.engine, pytest.mark.planes]

TWO, THREE = ["cluster1", "cluster2"], ["cluster1", "cluster2", "cluster3"]

KEY_MARK = "PRIVATE KEY-----"

REMAINS = {
    r"/registry/apiextensions\.k8s\.io/customresourcedefinitions/"
    r"\w+\.(gateway\.networking\.k8s|\w+\.istio)\.io": "the operator leaves the CRDs it installed",
    r"/registry/apiregistration\.k8s\.io/apiservices/"
    r"\w+\.(gateway\.networking\.k8s|\w+\.istio)\.io": "one for each version of those groups",
    r"/registry/configmaps/default/istio-ca-root-cert": "istiod leaves the root it published",
    r"/registry/events/.*": "events expire by themselves after an hour",
    r"/registry/leases/.*": "locks of controllers, renewed for ever",
    r"/registry/ranges/.*": "the API server's own book of service addresses",
    r"/registry/masterleases/.*": "the API server's own",
    r"compact_rev_key": "the API server's own, from its fifth minute",
    r"/registry/configmaps/kube-system/.*": "the control plane's own",
}
"""What may be in etcd after destroy that was not there before, each with its reason."""


@dataclass
class Story:
    """What each chapter printed, did and left behind."""

    before: dict[str, set[str]]
    first_preview: Result
    first_up: Result
    verified: "subprocess.CompletedProcess[str]"
    outputs: dict[str, Any]
    second_up: Result
    second_preview: Result
    refresh: Result
    reordered: Result
    grow_preview: Result
    grown: Result
    grown_outputs: dict[str, Any]
    shrunk: Result
    destroy: Result
    after: dict[str, set[str]]
    written: dict[str, str]
    arguments: set[str]
    secrets: list[str]


def _written(home: Path) -> dict[str, str]:
    files = [path for path in home.rglob("*") if path.is_file() and path.name != "passphrase"]
    return {str(p.relative_to(home)): p.read_text("utf-8", errors="replace") for p in files}


@pytest.fixture(scope="module")
def story(rig: Rig) -> Story:
    with watched() as arguments:
        return _lived(rig, arguments)


def _lived(rig: Rig, arguments: set[str]) -> Story:
    before = rig.keys(THREE)
    rig.configure(TWO)
    rig.stack.set_secret("ambientmesh:licenseKey", LICENSE)
    first_preview = rig.run("preview")
    first_up = rig.run("up")
    verified = rig.verify("--format", "json")
    outputs = rig.stack.outputs()
    second_up = rig.run("up")
    second_preview = rig.run("preview", "--expect-no-changes")
    refresh = rig.run("refresh", "--expect-no-changes")
    rig.configure(reversed(TWO))
    rig.stack.set_secret("ambientmesh:licenseKey", LICENSE)
    reordered = rig.run("up")
    rig.configure(["cluster3", *TWO])
    rig.stack.set_secret("ambientmesh:licenseKey", LICENSE)
    grow_preview = rig.run("preview")
    grown = rig.run("up")
    grown_outputs = rig.stack.outputs()
    secrets = [LICENSE, base64.b64encode(LICENSE.encode()).decode(), *_key_material(rig)]
    rig.configure(TWO)
    rig.stack.set_secret("ambientmesh:licenseKey", LICENSE)
    shrunk = rig.run("up")
    written = _written(rig.stack.home)
    logs = rig.world.directory / "logs"
    destroy = rig.run("destroy")
    return Story(
        before=before,
        first_preview=first_preview,
        first_up=first_up,
        verified=verified,
        outputs=outputs,
        second_up=second_up,
        second_preview=second_preview,
        refresh=refresh,
        reordered=reordered,
        grow_preview=grow_preview,
        grown=grown,
        grown_outputs=grown_outputs,
        shrunk=shrunk,
        destroy=destroy,
        after=rig.keys(THREE),
        written=written | _written(rig.stack.home) | _written(logs),
        arguments=arguments,
        secrets=secrets,
    )


def _key_material(rig: Rig) -> list[str]:
    """Return the middle of every private key, as PEM and as Kubernetes encodes it."""
    found = []
    for plane in THREE:
        secret = rig.api(plane).get("/api/v1/namespaces/istio-system/secrets/cacerts")
        encoded = secret["data"]["ca-key.pem"]
        found += [encoded[200:260], *_middle(encoded)]
    return found


def _middle(encoded: str) -> list[str]:
    lines = base64.b64decode(encoded).decode().splitlines()
    return [lines[len(lines) // 2]]


def printed(story: Story) -> dict[str, str]:
    """Return everything that a command said, to its user or in its event log."""
    return {
        name: value.output + json.dumps(value.events)
        for name, value in vars(story).items()
        if isinstance(value, Result)
    }


def created(result: Result) -> set[str]:
    return {urn for urn, op in result.operations.items() if op == "create"}


def test_the_first_preview_lists_every_object_that_up_creates(story: Story) -> None:
    assert created(story.first_preview) == created(story.first_up)
    assert len(created(story.first_up)) > 70


def test_up_ends_with_every_link_connected(story: Story) -> None:
    assert story.outputs["links"] == {
        "cluster1-to-cluster2": "connected",
        "cluster2-to-cluster1": "connected",
    }


def test_verify_finds_both_links_green(story: Story) -> None:
    assert story.verified.returncode == 0, story.verified.stderr
    assert [link["green"] for link in json.loads(story.verified.stdout)["links"]] == [True, True]


def test_outputs_tell_address_version_root_and_expiry(story: Story) -> None:
    addresses = {c["eastWestAddress"] for c in story.outputs["clusters"].values()}
    assert len(addresses) == 2
    assert {c["meshVersion"] for c in story.outputs["clusters"].values()} == {"1.28.3-patch0"}
    roots = {c["rootFingerprint"] for c in story.outputs["clusters"].values()}
    assert len(roots) == 1, "all clusters chain to one root"
    assert re.fullmatch(r"([0-9A-F]{2}:){31}[0-9A-F]{2}", roots.pop())
    for cluster in story.outputs["clusters"].values():
        assert cluster["rootExpires"] > cluster["intermediateExpires"] > "2030"


@pytest.mark.parametrize("chapter", ["second_up", "second_preview", "refresh", "reordered"])
def test_what_has_not_changed_is_not_changed(story: Story, chapter: str) -> None:
    result: Result = getattr(story, chapter)

    assert set(result.operations.values()) <= {"same", "refresh", "read"}, result.output


def test_a_third_cluster_touches_nothing_but_its_own_and_its_links(story: Story) -> None:
    touched = {u for u, op in story.grown.operations.items() if op not in ("same", "read")}
    names = {urn.rsplit("::", 1)[1] for urn in touched} - {"ambientmesh-test"}

    assert names
    assert all("cluster3" in name for name in names), names
    assert created(story.grow_preview) == created(story.grown)


def test_three_clusters_have_six_links(story: Story) -> None:
    assert len(story.grown_outputs["links"]) == 6
    assert set(story.grown_outputs["links"].values()) == {"connected"}


def test_a_cluster_that_leaves_takes_only_its_own_and_its_links_along(story: Story) -> None:
    touched = {u: op for u, op in story.shrunk.operations.items() if op not in ("same", "read")}
    touched = {u: op for u, op in touched.items() if not u.endswith("::ambientmesh-test")}

    assert set(touched) == created(story.grown)
    assert set(touched.values()) == {"delete"}


def test_destroy_leaves_etcd_as_it_was(story: Story) -> None:
    for plane, keys in story.after.items():
        left = {
            key
            for key in keys - story.before[plane]
            if not any(re.fullmatch(pattern, key) for pattern in REMAINS)
        }
        assert not left, f"{plane}: {sorted(left)}"
        gone = story.before[plane] - keys
        assert not {k for k in gone if not k.startswith(("/registry/events/", "/registry/leases/"))}


def test_no_secret_is_in_anything_that_was_written_or_printed(story: Story) -> None:
    for secret in [*story.secrets, KEY_MARK]:
        for where, text in {**story.written, **printed(story)}.items():
            assert secret not in text, f"a secret is readable in {where}"


def test_no_secret_is_in_the_arguments_of_a_process(story: Story) -> None:
    assert any("pulumi-language-python" in line for line in story.arguments), "nothing was watched"
    for secret in [*story.secrets, KEY_MARK]:
        assert not [line for line in story.arguments if secret in line]
