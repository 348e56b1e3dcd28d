"""How tools beside the program reach the clusters of a stack."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from components import gke_kubeconfig, gke_plan, kubeconfigs
from components.configured import Unasked
from components.management_plane import gke_ui_command
from components.settings import Settings
from tests.unit.test_ways import settings as made_by_the_stack
from tests.unit.test_ways import settings_of

CA = "Y2VydGlmaWNhdGU="
PUBLISHED = {"server": "https://192.0.2.1", "certificateAuthority": CA}


@pytest.fixture(autouse=True)
def plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: "/usr/bin/plugin")


def test_what_is_published_is_no_credential_and_all_that_is_needed() -> None:
    whole = gke_kubeconfig.kubeconfig("alpha", "https://192.0.2.1", CA)

    assert gke_kubeconfig.published(whole) == PUBLISHED
    assert gke_kubeconfig.of_outputs("alpha", PUBLISHED) == whole


def test_a_server_that_the_whole_world_trusts_needs_no_authority() -> None:
    whole = gke_kubeconfig.kubeconfig("alpha", "https://gke-1.example.com", "")

    assert gke_kubeconfig.of_outputs("alpha", gke_kubeconfig.published(whole)) == whole
    assert "certificate-authority-data" not in whole["clusters"][0]["cluster"]


def test_a_cluster_of_the_stack_is_found_in_its_outputs() -> None:
    asked: list[str] = []

    def outputs(stack: str) -> dict[str, Any]:
        asked.append(stack)
        return {"clusters": {"alpha": {"gke": PUBLISHED}}}

    found = kubeconfigs.find(made_by_the_stack("alpha"), "prod", outputs)

    assert found["alpha"] == gke_kubeconfig.of_outputs("alpha", PUBLISHED)
    assert asked == ["prod"]


@pytest.mark.parametrize("outputs", [{}, {"clusters": {}}, {"clusters": {"alpha": {}}}])
def test_a_cluster_that_is_not_made_yet_says_so(outputs: dict[str, Any]) -> None:
    with pytest.raises(Unasked, match=r"alpha is not made yet.*pulumi up"):
        kubeconfigs.find(made_by_the_stack("alpha"), "prod", lambda _: outputs)


def test_without_the_plugin_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)

    with pytest.raises(Unasked, match="gke-gcloud-auth-plugin is not on the PATH"):
        kubeconfigs.find(made_by_the_stack("alpha"), "prod", lambda _: {})


def test_a_stack_of_contexts_needs_no_outputs(tmp_path: Path) -> None:
    path = tmp_path / "kubeconfig"
    content = {
        "contexts": [{"name": "here", "context": {"cluster": "here", "user": "here"}}],
        "clusters": [{"name": "here", "cluster": {"server": "https://here"}}],
        "users": [{"name": "here", "user": {}}],
    }
    path.write_text(yaml.safe_dump(content))
    config: Settings = settings_of([{"name": "alpha", "context": "here"}], kubeconfig=str(path))

    def outputs(stack: str) -> dict[str, Any]:
        raise AssertionError(stack)

    found = kubeconfigs.find(config, "prod", outputs)

    assert found["alpha"]["current-context"] == "here"


@pytest.mark.parametrize("networks", [None, [{"cidr": "192.0.2.0/24"}]])
def test_the_ui_is_opened_with_gclouds_own_context(networks: Any) -> None:
    gke = {"location": "europe-west4", "project": "p-1", "authorizedNetworks": networks}
    config = settings_of([{"name": "alpha", "gke": gke}])

    command = gke_ui_command(gke_plan.plans(config)["alpha"])

    first, second = command.split(" && ")
    assert first.startswith(
        "gcloud container clusters get-credentials alpha --location europe-west4 --project p-1"
    )
    assert ("--dns-endpoint" in first) is (networks is None)
    assert second.startswith("kubectl --context gke_p-1_europe-west4_alpha -n gloo-mesh ")
