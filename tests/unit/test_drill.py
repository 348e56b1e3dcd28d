"""A drill takes away what may be missed, and gives back what was there, whatever happens."""

import copy
import json
import os
import threading
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from components.live import Unreachable
from drill import command, facts, marks
from drill.clusters import Conflict
from drill.facts import Target
from drill.restore import Clock
from drill.run import GREEN, INTERRUPTED, RED, WRONG, Drill

TARGET = Target(service="web", namespace="shop", cluster="alpha")
APPS = "/apis/apps/v1/namespaces/shop"
WEB = f"{APPS}/deployments/web-v1"
SERVICE = "/api/v1/namespaces/shop/services/web"
SLICES = "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices"
ENTRIES = "/apis/networking.istio.io/v1/namespaces/istio-system/workloadentries"
SCALERS = "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers"
SCOPE = {"solo.io/service-scope": "global"}
PULUMI = {"manager": "pulumi", "operation": "Apply", "fieldsV1": {"f:spec": {"f:replicas": {}}}}


class Fake:
    """A cluster in memory, whose pods follow their Deployment at once."""

    def __init__(self, replicas: int = 2, scope: Mapping[str, str] = SCOPE) -> None:
        self.objects: dict[str, dict[str, Any]] = {
            "/api/v1/namespaces/shop": {"metadata": {"name": "shop"}},
            SERVICE: {
                "metadata": {"name": "web", "labels": dict(scope)},
                "spec": {"selector": {"app": "web"}},
            },
            WEB: {
                "metadata": {
                    "name": "web-v1",
                    "resourceVersion": "1",
                    "managedFields": [copy.deepcopy(PULUMI)],
                },
                "spec": {
                    "replicas": replicas,
                    "template": {"metadata": {"labels": {"app": "web", "version": "v1"}}},
                },
            },
        }
        self.entries: list[str] | None = ["autogen.beta.shop.web", "autogen.alpha.shop.web"]
        self.scalers: list[dict[str, Any]] = []
        self.patched: list[tuple[str, Mapping[str, Any]]] = []
        self.before: Callable[[str], None] = lambda _: None
        self.stays = 0

    @property
    def web(self) -> dict[str, Any]:
        return self.objects[WEB]

    @property
    def replicas(self) -> int:
        return int(self.web["spec"]["replicas"])

    @property
    def mark(self) -> str | None:
        found: str | None = self.web["metadata"].get("annotations", {}).get(marks.ANNOTATION)
        return found

    def get(self, path: str) -> dict[str, Any] | None:
        self.before(f"GET {path}")
        collection = path.partition("?")[0]
        if collection == SLICES:
            ready = self.replicas or self.stays
            return {"items": [{"endpoints": [{"conditions": {"ready": True}}] * ready}]}
        if collection == ENTRIES:
            listed = self.entries
            return (
                None if listed is None else {"items": [{"metadata": {"name": n}} for n in listed]}
            )
        if collection == SCALERS:
            return {"items": self.scalers}
        if collection == f"{APPS}/deployments":
            found = copy.deepcopy(self.web)
            found["status"] = {"readyReplicas": self.replicas}
            return {"items": [found]}
        if collection == "/api/v1/namespaces/shop/services":
            return {"items": [{"metadata": {"name": "web"}}]}
        return copy.deepcopy(self.objects.get(path))

    def patch(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        self.before(f"PATCH {path}")
        self.patched.append((path, body))
        target = self.objects[path.removesuffix("/scale")]
        meta = dict(body.get("metadata", {}))
        if meta.pop("resourceVersion", None) not in (None, target["metadata"]["resourceVersion"]):
            raise Conflict(path)
        target["metadata"]["resourceVersion"] += "1"
        for key, value in (meta.pop("annotations", None) or {}).items():
            target["metadata"].setdefault("annotations", {})[key] = value
        target["metadata"].update(meta)
        target["spec"].update(body.get("spec", {}))
        return copy.deepcopy(target)


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds

    def clock(self) -> Clock:
        return Clock(
            monotonic=lambda: self.seconds, now=lambda: 1000 + self.seconds, sleep=self.sleep
        )


class Story:
    """Two clusters and a drill in alpha."""

    def __init__(self, **changes: Any) -> None:
        self.alpha, self.beta, self.said = Fake(), Fake(), list[str]()
        self.stop = threading.Event()
        self.drill = Drill(
            **{
                "clusters": {"alpha": self.alpha, "beta": self.beta},
                "target": TARGET,
                "timeout": 10,
                "say": self.said.append,
                "stop": self.stop,
                "clock": Time().clock(),
                **changes,
            }
        )

    @property
    def text(self) -> str:
        return "\n".join(self.said)

    def untouched(self) -> bool:
        return not self.alpha.patched and not self.beta.patched


def test_a_green_drill_takes_away_watches_and_gives_back() -> None:
    story = Story()

    assert story.drill.run() == GREEN, story.text

    assert "before  endpoints: alpha 2, beta 2" in story.said
    assert "during  endpoints: alpha 0, beta 2" in story.said
    assert "after   endpoints: alpha 2, beta 2" in story.said
    assert story.said[-1] == "green: web.shop.mesh.internal had endpoints all along"
    assert (story.alpha.replicas, story.alpha.mark) == (2, None)
    assert not story.beta.patched, "the other clusters are only looked at"


def test_a_drill_that_holds_says_for_how_long() -> None:
    story = Story(hold=5)

    assert story.drill.run() == GREEN, story.text

    during = story.said.index("during  endpoints: alpha 0, beta 2")
    assert story.said[during + 1].startswith("holding at zero for 5 s")
    assert "holding" not in _said(hold=0)


def _said(**changes: Any) -> str:
    story = Story(**changes)
    story.drill.run()
    return story.text


def test_what_was_there_is_written_down_before_anything_is_scaled() -> None:
    story = Story()
    story.drill.run()

    [first, second, *_] = story.alpha.patched
    assert json.loads(first[1]["metadata"]["annotations"][marks.ANNOTATION])["replicas"] == 2
    assert (second[0], second[1]["spec"]) == (f"{WEB}/scale", {"replicas": 0})


def test_the_owner_of_the_replicas_owns_them_again() -> None:
    story = Story()
    del story.alpha.web["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"]
    story.alpha.web["metadata"]["managedFields"] += [
        {"manager": "ambientmesh-drill", "operation": "Update", "subresource": "scale"}
    ]
    mark = marks.Mark(
        replicas=2, owners=(("pulumi", "Apply", ""),), since=0, host="elsewhere", process=1
    )
    story.alpha.web["spec"]["replicas"] = 0
    story.alpha.web["metadata"]["annotations"] = {marks.ANNOTATION: marks.written(mark)}

    assert story.drill.restore() == GREEN

    assert story.alpha.web["metadata"]["managedFields"] == [PULUMI]


REFUSED: dict[str, tuple[Callable[[Story], object], int, str]] = {
    "nobody else has endpoints": (
        lambda s: s.beta.web["spec"].update(replicas=0),
        RED,
        "no other cluster could carry on",
    ),
    "istiod knows of none": (
        lambda s: setattr(s.alpha, "entries", []),
        RED,
        "istiod in alpha has no entry for them",
    ),
    "label on one side only": (
        lambda s: s.beta.objects[SERVICE]["metadata"].update(labels={}),
        RED,
        "beta has no label solo.io/service-scope",
    ),
    "not global": (
        lambda s: s.alpha.objects[SERVICE]["metadata"].update(labels={}),
        WRONG,
        "allowed: global or global-only",
    ),
    "cancelled for the service": (
        lambda s: s.alpha.objects[SERVICE]["metadata"].update(
            labels={"solo.io/service-scope": "cluster"}
        ),
        WRONG,
        "found 'web' with solo.io/service-scope=cluster",
    ),
    "no such service": (
        lambda s: s.alpha.objects.pop(SERVICE),
        WRONG,
        "a service of namespace shop in alpha (web)",
    ),
    "no Deployment behind it": (
        lambda s: s.alpha.objects[SERVICE]["spec"].update(selector=None),
        WRONG,
        "no Deployment behind it",
    ),
    "an autoscaler that goes down to zero": (
        lambda s: s.alpha.scalers.append(scaler(0)),
        WRONG,
        "scaled by web with minReplicas 0",
    ),
}


def scaler(least: int) -> dict[str, Any]:
    target = {"kind": "Deployment", "name": "web-v1"}
    return {"metadata": {"name": "web"}, "spec": {"scaleTargetRef": target, "minReplicas": least}}


@pytest.mark.parametrize(("change", "code", "told"), REFUSED.values(), ids=REFUSED)
def test_a_drill_that_cannot_be_green_touches_nothing(
    change: Callable[[Story], object], code: int, told: str
) -> None:
    story = Story()
    change(story)

    assert story.drill.run() == code, story.text
    assert told in story.text
    assert story.untouched()


def test_an_unknown_cluster_is_answered_with_those_there_are() -> None:
    story = Story(target=Target(service="web", namespace="shop", cluster="gamma"))

    assert story.drill.run() == WRONG
    assert story.said == [
        "cluster: found 'gamma'; allowed: alpha, beta; fix: write a cluster of this stack"
    ]


def test_entries_are_not_demanded_of_a_cluster_that_does_not_know_the_kind() -> None:
    story = Story()
    story.alpha.entries = None

    assert story.drill.run() == GREEN, story.text


def test_other_clusters_may_need_a_moment() -> None:
    story = Story(patience=10)
    story.alpha.entries = []
    looks = iter(range(100))

    def learn(call: str) -> None:
        if ENTRIES in call and next(looks) == 3:
            story.alpha.entries = ["autogen.beta.shop.web"]

    story.alpha.before = learn

    assert story.drill.run() == GREEN, story.text


def test_an_autoscaler_with_a_minimum_is_told_of() -> None:
    story = Story()
    story.alpha.scalers.append(scaler(1))

    assert story.drill.run() == GREEN
    assert "warning: autoscaler web pauses while there are no replicas" in story.said


@pytest.mark.parametrize("where", ["/api/v1/namespaces/shop", SERVICE])
def test_a_waypoint_is_warned_of_first(where: str) -> None:
    story = Story()
    labels = story.alpha.objects[where]["metadata"].setdefault("labels", {})
    labels["istio.io/use-waypoint"] = "auto"

    assert story.drill.run() == GREEN
    assert "istio/issues/57537" in story.said[0]


def test_a_service_may_refuse_its_namespaces_waypoint() -> None:
    namespace = {"metadata": {"labels": {"istio.io/use-waypoint": "auto"}}}
    service = {"metadata": {"labels": {"istio.io/use-waypoint": "none"}}}

    assert facts.waypoint(service, namespace) == ""


def on_call(story: Story, part: str, act: Callable[[], object]) -> None:
    """Do something once, just before a call to alpha whose line holds ``part``."""
    done: list[str] = []

    def before(call: str) -> None:
        if part in call and not done:
            done.append(call)
            act()

    story.alpha.before = before


def test_an_interrupted_drill_gives_back_what_it_took() -> None:
    story = Story()
    story.alpha.stays = 1
    on_call(story, f"PATCH {WEB}/scale", story.stop.set)

    assert story.drill.run() == INTERRUPTED
    assert (story.alpha.replicas, story.alpha.mark) == (2, None)
    assert story.said[-2:] == [
        "restored web-v1: 2 replicas, as before",
        "interrupted: nothing is proven",
    ]


def test_endpoints_that_stay_are_red_and_given_back() -> None:
    story = Story()
    story.alpha.stays = 1

    assert story.drill.run() == RED
    assert "1 endpoints are still there in alpha after 10 s" in story.text
    assert (story.alpha.replicas, story.alpha.mark) == (2, None)


def test_a_cluster_that_fails_while_the_drill_runs_is_red_and_all_is_given_back() -> None:
    story = Story()
    on_call(story, f"PATCH {WEB}/scale", lambda: story.beta.web["spec"].update(replicas=0))

    assert story.drill.run() == RED
    assert "no other cluster carried on while the drill ran: beta none ready" in story.text
    assert (story.alpha.replicas, story.alpha.mark) == (2, None)


def test_replicas_that_somebody_sets_meanwhile_are_theirs() -> None:
    story = Story(hold=5)

    def edit() -> None:
        if story.alpha.replicas == 0:
            story.alpha.web["spec"]["replicas"] = 7
            story.alpha.before = lambda _: None

    story.alpha.before = lambda _: edit()
    story.drill.run()

    assert (story.alpha.replicas, story.alpha.mark) == (7, None)
    assert "left at 7 replicas, which somebody set meanwhile (was 2)" in story.text


def test_replicas_that_somebody_sets_just_before_are_what_is_given_back() -> None:
    story = Story()

    def edit() -> None:
        story.alpha.web["spec"]["replicas"] = 5
        story.alpha.web["metadata"]["resourceVersion"] = "edited"

    on_call(story, f"PATCH {WEB}/scale", edit)

    assert story.drill.run() == GREEN, story.text
    assert story.alpha.replicas == 5


def test_an_api_server_that_is_away_is_asked_again_until_all_is_given_back() -> None:
    story = Story()
    left = iter([True, True, False])

    def fail(call: str) -> None:
        if call == f"GET {WEB}" and next(left, False):
            raise Unreachable("refused")

    story.alpha.before = fail

    assert story.drill.run() == GREEN, story.text
    assert story.alpha.replicas == 2


def test_what_could_not_be_given_back_says_how_to_mend_it() -> None:
    story = Story()

    def fail(call: str) -> None:
        if call == f"GET {WEB}":
            raise Unreachable("refused")

    story.alpha.before = fail

    assert story.drill.run() == RED
    assert "NOT RESTORED: refused" in story.text
    assert "make drill SERVICE=web CLUSTER=alpha NAMESPACE=shop RESTORE=1" in story.text


def left_behind(story: Story, **changes: Any) -> None:
    values = {"replicas": 2, "owners": (), "since": 0, "host": "elsewhere", "process": 1}
    mark = marks.Mark(**{**values, **changes})
    story.alpha.web["metadata"]["annotations"] = {marks.ANNOTATION: marks.written(mark)}
    story.alpha.web["spec"]["replicas"] = 0


def test_the_next_drill_gives_back_what_a_killed_one_took_and_then_drills() -> None:
    story = Story()
    left_behind(story, since=-3600)

    assert story.drill.run() == GREEN, story.text
    assert story.said[:2] == [
        "a drill was killed before; what it took away is given back first",
        "restored web-v1: 2 replicas, as before",
    ]
    assert "before  endpoints: alpha 2, beta 2" in story.said


def test_a_drill_that_is_at_work_is_left_alone() -> None:
    story = Story()
    left_behind(story, since=990)

    assert story.drill.run() == WRONG
    assert "found a drill of Deployment web-v1 at work in alpha" in story.text
    assert story.untouched()
    assert story.drill.restore() == GREEN, "but whoever asks for it gets it back"
    assert story.alpha.replicas == 2


def test_a_mark_knows_whether_its_process_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "here")

    def mark(process: int) -> marks.Mark:
        return marks.Mark(replicas=1, owners=(), since=0, host="here", process=process)

    assert marks.runs(mark(os.getppid()), 0, 1)
    assert not marks.runs(mark(2**22 + 1), 0, 1), "no process has such a number"
    assert not marks.runs(mark(os.getpid()), 0, 1)


def test_nothing_left_behind_is_no_mistake() -> None:
    story = Story()

    assert story.drill.restore() == GREEN
    assert story.said == ["no drill has left anything behind in shop in alpha"]


@pytest.mark.parametrize("text", ["", "no JSON", "[]", '{"replicas": 1}'])
def test_a_mark_that_makes_no_sense_is_none(text: str) -> None:
    assert marks.read({"metadata": {"annotations": {marks.ANNOTATION: text}}}) is None


def test_an_endpoint_that_still_serves_is_not_gone() -> None:
    leaving = {"conditions": {"ready": False, "serving": True, "terminating": True}}
    slices = [{"endpoints": [leaving, {"conditions": {"ready": False}}, {}]}]

    assert (facts.ready(slices), facts.left(slices)) == (1, 2)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("autogen.beta.shop.web", True),
        ("autogenflat.beta.shop.web.10-0-0-1", True),
        ("autogen.beta.shop.web2", False),
        ("autogen.gamma.shop.web", False),
    ],
)
def test_entries_are_known_by_their_names(name: str, *, found: bool) -> None:
    assert facts.entry([name], TARGET, "beta") is found


def test_the_command_plugin_may_ask_for_nothing_but_a_drill_or_its_omission(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command.main(["skip"]) == GREEN
    assert command.main(["rm -rf"]) == WRONG

    said = capsys.readouterr()
    assert "not drilled again" in said.out
    assert "allowed: run or skip" in said.err
