"""A drill of the configuration runs once for what it is about, after everything it looks at."""

from typing import Any

import pytest

from components.settings import ConfigurationError
from tests.engine import Recorder
from tests.mesh import build, everything

DRILL = "cluster1-drill-bookinfo.productpage"
COMMAND = f"{DRILL}-command"
QUIET = {"egress": None, "vms": None, "management": None, "bookinfo": None, "ingress": None}
SPANNING = [{"name": "bookinfo", "services": [{"name": "productpage", "scope": "global"}]}]


def drilled(**changes: Any) -> Recorder:
    one = {"service": "productpage", "cluster": "cluster1"}
    return build(everything(**QUIET, **{"namespaces": SPANNING, "drills": [one], **changes}))


def test_a_drill_says_what_it_does_and_hides_how_clusters_are_reached() -> None:
    mesh = drilled()
    inputs = mesh.inputs(COMMAND)

    assert inputs["create"] == "run productpage bookinfo cluster1 300"
    assert mesh.is_secret(COMMAND, "stdin")
    others = {key: value for key, value in inputs.items() if key != "stdin"}
    assert "canary" not in str(others)


def test_it_waits_for_every_link_and_every_machine() -> None:
    mesh = build(everything())

    links = {"cluster1-to-cluster2-peering-gateway", "cluster2-to-cluster1-peering-gateway"}
    machines = {"cluster1-vm.vm1-probe", "cluster2-vm.vm2-probe"}
    assert links | machines <= mesh.reachable(COMMAND)


def test_it_runs_again_for_another_generation_or_mesh_version_and_for_nothing_else() -> None:
    first = drilled().inputs(COMMAND)
    one = {"service": "productpage", "cluster": "cluster1"}

    assert (
        drilled(drills=[{**one, "generation": 2}]).inputs(COMMAND)["triggers"] != first["triggers"]
    )
    assert drilled(meshVersion="1.27.8").inputs(COMMAND)["triggers"] != first["triggers"]
    assert drilled(timeouts={"workload": "1m"}).inputs(COMMAND)["triggers"] == first["triggers"]
    assert first["update"] == "skip", "a new kubeconfig takes no service away"
    assert "delete" not in first


def test_it_waits_for_the_links_and_for_what_runs_in_the_mesh() -> None:
    before = drilled().reachable(COMMAND)

    assert {
        "cluster1-to-cluster2-peering-gateway",
        "cluster2-to-cluster1-peering-gateway",
        "cluster1-bookinfo-productpage-v1-deployment",
        "cluster2-bookinfo-productpage-v1-deployment",
    } <= before


def test_drills_run_one_after_the_other_whatever_their_order_in_the_file() -> None:
    two = [{"service": "productpage", "cluster": name} for name in ("cluster2", "cluster1")]
    mesh = drilled(drills=two)

    assert COMMAND in mesh.reachable("cluster2-drill-bookinfo.productpage-command")


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no scope": (
        {"drills": [{"service": "ratings", "cluster": "cluster1"}]},
        "drills[0].service: found 'ratings', which does not span clusters",
    ),
    "namespace that is not listed": (
        {"drills": [{"service": "web", "namespace": "other", "cluster": "cluster1"}]},
        "drills[0].service: found 'web', which does not span clusters",
    ),
    "nowhere else": (
        {
            "namespaces": [{**SPANNING[0], "clusters": ["cluster1"]}],
            "drills": [{"service": "productpage", "cluster": "cluster1"}],
        },
        "drills[0].cluster: found 'cluster1'; allowed: one of at least two clusters",
    ),
    "twice": (
        {
            "drills": [
                {"service": "productpage", "cluster": "cluster1", "generation": n} for n in (1, 2)
            ]
        },
        "drills[0]: found 'productpage' in 'cluster1' again; allowed: once",
    ),
    "generation zero": (
        {"drills": [{"service": "productpage", "cluster": "cluster1", "generation": 0}]},
        "drills[0].generation: found 0",
    ),
}


@pytest.mark.parametrize(("changes", "told"), WRONG.values(), ids=WRONG)
def test_a_drill_that_could_not_be_green_is_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        everything(**{**QUIET, "namespaces": SPANNING, **changes})

    assert any(told in line for line in raised.value.lines), raised.value.lines


@pytest.mark.parametrize("preview", [True, False])
def test_weak_failover_is_warned_of_once_for_all_services_and_drills(
    monkeypatch: pytest.MonkeyPatch, *, preview: bool
) -> None:
    told: list[str] = []
    monkeypatch.setattr("pulumi.log.warn", lambda text, **_: told.append(text))
    services = [{"name": name, "scope": "global"} for name in ("details", "productpage")]
    bookinfo = {"name": "bookinfo", "waypoint": "auto", "services": services}
    drills = [
        {"service": service["name"], "cluster": cluster}
        for service in services
        for cluster in ("cluster1", "cluster2")
    ]

    build(everything(**QUIET, namespaces=[bookinfo], drills=drills), preview=preview)

    weak = [line for line in told if "57537" in line]
    assert ["details.bookinfo, productpage.bookinfo" in line for line in weak] == [True] * preview
