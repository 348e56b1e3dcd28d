"""A provider is replaced when the cluster is another, and only then."""

import json
from typing import Any

import pytest

from localcloud.plugins.kubernetes import config
from localcloud.plugins.kubernetes.errors import Unreachable
from localcloud.plugins.provider import Change
from localcloud.plugins.values import UNKNOWN, Secret


def kubeconfig(server: str = "https://a", token: str = "t") -> str:  # noqa: S107 - a test value
    return json.dumps(
        {
            "current-context": "one",
            "contexts": [{"name": "one", "context": {"cluster": "c", "user": "u"}}],
            "clusters": [{"name": "c", "cluster": {"server": server}}],
            "users": [{"name": "u", "user": {"token": token}}],
        }
    )


def replaces(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    request = Change(
        urn="urn:pulumi:s::p::pulumi:providers:kubernetes::p", old=old, old_inputs=old, new=new
    )
    return list(config.diff(request).replaces)


def test_another_server_replaces() -> None:
    old, new = {"kubeconfig": kubeconfig()}, {"kubeconfig": Secret(kubeconfig("https://b"))}
    assert replaces(old, new) == ["kubeconfig"]


def test_new_credentials_do_not_replace() -> None:
    assert replaces({"kubeconfig": kubeconfig()}, {"kubeconfig": kubeconfig(token="n")}) == []  # noqa: S106


def test_an_identifier_that_stays_keeps_the_provider_whatever_else_changes() -> None:
    old = {"kubeconfig": kubeconfig(), "clusterIdentifier": "x"}
    assert replaces(old, {**old, "kubeconfig": kubeconfig("https://b")}) == []
    assert replaces(old, {**old, "kubeconfig": UNKNOWN}) == []


def test_another_identifier_replaces_but_a_first_one_does_not() -> None:
    plain = {"kubeconfig": kubeconfig()}
    one, two = {**plain, "clusterIdentifier": "1"}, {**plain, "clusterIdentifier": "2"}
    assert replaces(one, two) == ["clusterIdentifier"]
    assert replaces(plain, one) == []


def test_a_kubeconfig_that_is_not_known_yet_replaces() -> None:
    assert replaces({"kubeconfig": kubeconfig()}, {"kubeconfig": UNKNOWN}) == ["kubeconfig"]


def test_nothing_changed_is_no_diff() -> None:
    same = {"kubeconfig": Secret(kubeconfig())}
    request = Change(urn="u", old=same, old_inputs=same, new={"kubeconfig": kubeconfig()})
    assert not config.diff(request).changes


def test_a_broken_kubeconfig_is_not_quoted_in_the_error() -> None:
    with pytest.raises(Unreachable) as caught:
        config.load("token: canary\n  : [")
    assert "canary" not in str(caught.value)


def test_flags_are_strings_booleans_or_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_K8S_DELETE_UNREACHABLE", "true")
    parsed = config.parse({"enableServerSideApply": "false", "upsertExistingObjects": True})
    assert (parsed.server_side_apply, parsed.upsert_existing) == (False, True)
    assert parsed.delete_unreachable


def test_context_and_cluster_override_the_current_ones() -> None:
    settings = config.Settings(context="one", cluster="other")
    chosen = config.with_overrides(config.load(kubeconfig()), settings)
    assert chosen["contexts"][0]["context"] == {"cluster": "other", "user": "u"}
    assert config.context_namespace(chosen) == "default"
