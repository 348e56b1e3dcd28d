"""A drill that is asked for wrongly, or of another stack's mesh, says so in one line."""

import copy
from collections.abc import Mapping
from typing import Any

import pytest

from components.live import Unreachable
from drill import asking, owners
from drill.__main__ import Wish, perform
from drill.facts import Target
from drill.plan import Asked
from drill.run import WRONG
from tests.mesh import settings

TARGET = Target(service="web", namespace="shop", cluster="alpha")
SYSTEM = "/api/v1/namespaces/istio-system"
PLACES = [SYSTEM, "/api/v1/namespaces/shop", "/api/v1/namespaces/shop/services/web"]
MARK = "ambientmesh.dev/owner"


class Cluster:
    """A cluster with these objects, by path, that must not be written to."""

    def __init__(self, marks: Mapping[str, str], *, dead: bool = False) -> None:
        self.marks, self.dead = marks, dead

    def get(self, path: str) -> dict[str, Any] | None:
        if self.dead:
            raise Unreachable("connection refused")
        mark = self.marks.get(path)
        return None if mark is None else {"metadata": {"annotations": {MARK: mark} if mark else {}}}

    def patch(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        raise AssertionError((path, body))


OURS = dict.fromkeys(PLACES, "acme/ambientmesh/mine")


def check(**clusters: Cluster) -> None:
    owners.check(clusters, TARGET, "mine", "make up STACK=mine")


def test_the_stacks_own_mesh_may_be_drilled() -> None:
    check(alpha=Cluster(OURS), beta=Cluster(dict.fromkeys(PLACES, "")))
    check(alpha=Cluster(OURS, dead=True), beta=Cluster({}))


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("where", ["alpha", "beta"])
def test_what_another_stack_has_made_may_not(place: str, where: str) -> None:
    marks = {"alpha": copy.deepcopy(OURS), "beta": copy.deepcopy(OURS)}
    marks[where][place] = "acme/ambientmesh/other"

    with pytest.raises(Asked) as refused:
        check(**{name: Cluster(found) for name, found in marks.items()})

    assert f" in {where} of stack acme/ambientmesh/other; " in str(refused.value)
    assert str(refused.value).endswith("fix: write STACK=other")


def test_without_a_mesh_the_way_to_one_is_told() -> None:
    with pytest.raises(Asked, match=r"found no mesh in alpha;.* fix: make up STACK=mine$"):
        check(alpha=Cluster({}), beta=Cluster(OURS))


def wish(**changes: Any) -> Wish:
    values = {"stack": "mine", "service": "web", "namespace": "shop", "cluster": "alpha"}
    return Wish(**{**values, "hold": "0", "restore": False, "bring_up": "make up", **changes})


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"service": ""}, "SERVICE: found nothing; allowed: a service that"),
        ({"cluster": ""}, "CLUSTER: found nothing; allowed: alpha or beta; fix: write "),
        ({"service": "", "cluster": ""}, "fix: write SERVICE=… CLUSTER=…"),
        ({"cluster": "", "restore": True}, "fix: write CLUSTER=…"),
        ({"hold": "abc"}, "HOLD: found 'abc'; allowed: seconds"),
        ({"hold": "-1"}, "HOLD: found '-1'"),
        ({"hold": "inf"}, "HOLD: found 'inf'"),
    ],
)
def test_what_was_left_out_or_makes_no_sense_is_one_line(
    changes: dict[str, Any], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def reach() -> None:
        raise AssertionError

    assert perform(settings(["alpha", "beta"]), wish(**changes), reach) == WRONG

    [line] = capsys.readouterr().out.splitlines()
    assert told in line


def test_another_stacks_mesh_is_refused_and_nothing_is_touched(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    there = Cluster(dict.fromkeys(PLACES, "acme/ambientmesh/other"))
    monkeypatch.setattr("drill.__main__._clusters", lambda *_: {"alpha": there, "beta": there})

    for restore in (False, True):
        assert perform(settings(["alpha", "beta"]), wish(restore=restore)) == WRONG
        [line] = capsys.readouterr().out.splitlines()
        assert "Namespace istio-system in alpha of stack acme/ambientmesh/other" in line


def test_to_give_back_no_service_is_needed() -> None:
    found = asking.target("", "shop", "alpha", known=["alpha"], restore=True)

    assert (found.namespace, found.cluster, asking.hold("1.5")) == ("shop", "alpha", 1.5)
