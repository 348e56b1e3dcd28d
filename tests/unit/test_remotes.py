"""Other stacks: what a file may say of them, what they may publish, and when links are let go."""

import asyncio
import dataclasses
import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pulumi.runtime
import pytest

from components import agreement, published, remote_links
from components.models.remotes import same_stack
from components.naming import OWNER_ANNOTATION
from components.ownership import Inventory
from components.published import Published, Unreadable
from components.settings import ConfigurationError, Settings, parse
from components.trust import fingerprint
from tests.mesh import OWNER, Memory, access
from tests.roots import make_root

ROOT, _ = make_root()
OTHER, _ = make_root()
TWO = [{"name": "alpha", "context": "a"}, {"name": "beta", "context": "b"}]
FACTS: Mapping[str, Any] = {
    "eastWestAddress": "192.0.2.7",
    "network": "gamma",
    "trustDomain": "gamma",
    "meshVersion": "1.28.3-patch0",
    "rootFingerprint": fingerprint(ROOT),
}


def stack_file(*remotes: Mapping[str, Any], **values: Any) -> dict[str, str]:
    given = {
        "clusters": TWO,
        "trust": {"rootCertificate": ROOT},
        "remotes": list(remotes),
        **values,
    }
    return {key: v if isinstance(v, str) else json.dumps(v) for key, v in given.items() if v}


def east(*clusters: str, **values: Any) -> dict[str, Any]:
    return {"stack": "east", "clusters": [{"name": n} for n in clusters or ("gamma",)], **values}


def config(*remotes: Mapping[str, Any], **values: Any) -> Settings:
    return parse(stack_file(*(remotes or (east(),)), **values))


WRONG: dict[str, tuple[dict[str, str], str, str]] = {
    "no name of a stack": (
        stack_file(east(stack="s3://bucket/east")),
        "remotes[0].stack: found 's3://bucket/east'",
        "pulumi stack ls",
    ),
    "a stack in too many parts": (
        stack_file(east(stack="a/b/c/d")),
        "remotes[0].stack: found 'a/b/c/d'",
        "organization/project/stack",
    ),
    "no cluster of it": (
        stack_file({"stack": "east", "clusters": []}),
        "remotes[0].clusters: found []",
        "add an entry",
    ),
    "from nowhere": (
        stack_file(east(**{"from": []})),
        "remotes[0].from: found []",
        "add an entry",
    ),
    "from another stack's": (
        stack_file(east(**{"from": ["gamma"]})),
        "remotes[0].from: found 'gamma'",
        "alpha, beta",
    ),
    "a root that nobody else can have": (
        stack_file(east(), trust=None),
        "remotes: found",
        "certs/README.md",
    ),
    "istioctl, which needs both kubeconfigs": (
        stack_file(east(), links={"mode": "istioctl"}),
        "links.mode: found 'istioctl'",
        "remove the key",
    ),
    "a stack twice": (
        stack_file(east(), east("delta", stack="acme/ambientmesh/east")),
        "remotes[1].stack: found 'acme/ambientmesh/east', which may be that of remotes[0]",
        "merge the two",
    ),
    "a name of this stack's": (
        stack_file(east("beta")),
        "remotes[0].clusters[0].name: found 'beta', as clusters[1].name has it",
        "give one of the two another name",
    ),
    "a network of this stack's": (
        stack_file({"stack": "east", "clusters": [{"name": "gamma", "network": "beta"}]}),
        "remotes[0].clusters[0].network: found 'beta', as clusters[1].network has it",
        "give one of the two another network",
    ),
    "a network of two stacks": (
        stack_file(east(), {"stack": "w", "clusters": [{"name": "d", "network": "gamma"}]}),
        "remotes[1].clusters[0].network: found 'gamma', as remotes[0].clusters[0].network has it",
        "another network",
    ),
    "a name of two stacks": (
        stack_file(east(), east(stack="w")),
        "remotes[1].clusters[0].name: found 'gamma'",
        "another name",
    ),
    "links that are called alike": (
        stack_file(
            east("c"),
            clusters=[{"name": n, "context": n} for n in ("a", "a-to-b", "b-to-c")],
        ),
        "found 'c', whose link from a-to-b would be called 'a-to-b-to-c'",
        "rename one",
    ),
    "a misspelt key": (
        stack_file(east(trustDomain="x")),
        "remotes[0].trustDomain: found an unknown key",
        "from",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_mistake_is_one_line_with_its_fix(name: str) -> None:
    raw, found, fix = WRONG[name]

    with pytest.raises(ConfigurationError) as caught:
        parse(raw)

    lines = [line for line in caught.value.lines if found in line]
    assert len(lines) == 1, caught.value.lines
    assert "allowed: " in lines[0]
    assert fix in lines[0]


def test_names_of_one_stack() -> None:
    assert same_stack("east", "organization/ambientmesh/east")
    assert same_stack("acme/east", "acme/ambientmesh/east")
    assert not same_stack("acme/east", "other/east")
    assert not same_stack("east", "organization/infra/east")
    assert not same_stack("east", "west")


def test_every_cluster_links_to_every_remote_one_unless_told_otherwise() -> None:
    every = {link.name for link in remote_links.links(config(east("gamma", "delta")))}
    some = {link.name for link in remote_links.links(config(east(**{"from": ["beta"]})))}

    assert every == {f"{a}-to-{b}" for a in ("alpha", "beta") for b in ("gamma", "delta")}
    assert some == {"beta-to-gamma"}


def answered(monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
    def invoke(token: str, props: Mapping[str, str]) -> Any:
        assert token == "pulumi:pulumi:readStackOutputs"  # noqa: S105 of a function
        assert props == {"name": "east"}
        if isinstance(answer, Exception):
            raise answer
        return SimpleNamespace(value=answer)

    monkeypatch.setattr(pulumi.runtime, "invoke", invoke)


SAID = "invoke of pulumi:pulumi:readStackOutputs failed: invocation returned an error: "


def test_a_stack_that_is_not_there_is_told_from_one_that_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answered(monkeypatch, Exception(f'{SAID}unknown stack "east"'))
    assert published.read("east") == Published(exists=False)

    for reason in (
        "failed to load checkpoint: unexpected end of JSON input",
        "[403] Forbidden",
        'unknown stack "east" in a sentence that goes on',
        'unknown stack "west"',
    ):
        answered(monkeypatch, Exception(f"{SAID}{reason}"))
        with pytest.raises(Unreadable, match=r"readStackOutputs"):
            published.read("east")
        _, lines = published.read_all(config())
        assert lines[0].startswith("AM521 remotes[0].stack: found 'east', which cannot be read")


def test_a_stack_without_outputs_has_published_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    answered(monkeypatch, {"name": "east", "outputs": {}, "secretOutputNames": []})

    found = published.read("east")

    (link, *_) = remote_links.links(config())
    assert found == Published()
    assert published.waiting(link, {"east": found}) == "waiting: stack east publishes nothing"


def says(**changes: Any) -> dict[str, Published]:
    facts = {key: value for key, value in {**FACTS, **changes}.items() if value is not None}
    return {"east": Published(outputs={"contract": 1.0, "clusters": {"gamma": facts}})}


def test_stacks_that_agree_have_no_mistake() -> None:
    assert agreement.problems(config(), says(), OWNER) == []
    assert agreement.problems(config(), says(meshVersion="1.27.0"), OWNER) == []


@pytest.mark.parametrize(
    ("changes", "code", "key"),
    [
        ({"network": "elsewhere"}, "AM531", "remotes[0].clusters[0].network"),
        ({"trustDomain": "cluster.local"}, "AM532", "remotes[0].clusters[0].trustDomain"),
        ({"rootFingerprint": fingerprint(OTHER)}, "AM533", "trust.rootCertificate"),
        ({"meshVersion": "1.26.2"}, "AM534", "remotes[0].clusters[0]"),
        ({"meshVersion": "2.28.3"}, "AM534", "remotes[0].clusters[0]"),
        ({"meshVersion": None}, "AM534", "remotes[0].clusters[0]"),
        ({"eastWestAddress": None}, "AM535", "remotes[0].clusters[0]"),
        ({"eastWestAddress": 7}, "AM535", "remotes[0].clusters[0]"),
    ],
)
def test_a_difference_is_one_line_with_its_code(
    changes: dict[str, Any], code: str, key: str
) -> None:
    lines = agreement.problems(config(), says(**changes), OWNER)

    assert [line.split(": found ")[0] for line in lines] == [f"{code} {key}"]
    assert "fix: " in lines[0]


def test_all_differences_are_told_at_once() -> None:
    wrong = says(network="elsewhere", trustDomain="x", rootFingerprint="AA")

    assert len(agreement.problems(config(), wrong, OWNER)) == 3


@pytest.mark.parametrize(
    ("outputs", "words"),
    [
        ({"bucket": "x"}, "publishes no clusters"),
        ({"clusters": ["a"]}, "publishes no clusters"),
        ({"contract": 2.0, "clusters": {}}, "at most 1"),
        ({"contract": "one", "clusters": {}}, "at most 1"),
    ],
)
def test_a_stack_of_another_program_or_a_newer_one_is_refused(
    outputs: dict[str, Any], words: str
) -> None:
    (line,) = agreement.problems(config(), {"east": Published(outputs=outputs)}, OWNER)

    assert line.startswith("AM530 remotes[0].stack: found 'east'")
    assert words in line


@pytest.mark.parametrize("said", [None, {}, [], "https://gamma.test", 7, {"endpoint": "192.0.2.7"}])
def test_a_cluster_of_another_program_is_none_to_link_to(said: Any) -> None:
    found = {"east": Published(outputs={"clusters": {"gamma": said}})}

    (line,) = agreement.problems(config(), found, OWNER)

    assert line.startswith("AM535 remotes[0].clusters[0]: found no eastWestAddress in what stack")


def test_a_stack_is_no_remote_of_itself() -> None:
    (line,) = agreement.problems(config(), {"east": Published()}, "organization/ambientmesh/east")

    assert line.startswith("AM520 remotes[0].stack: found 'east', this stack")


class Peer(Memory):
    """A cluster whose peer Gateways are connected, or not."""

    def __init__(self, *, up: bool) -> None:
        super().__init__(address="192.0.2.7" if up else None)


@pytest.mark.parametrize(
    ("answer", "linked", "up", "code"),
    [
        (Published(exists=False), False, False, ""),
        (Published(exists=False), True, False, "AM522"),
        (Published(exists=False), True, True, "AM522"),
        (Published(), False, True, ""),
        (Published(), True, False, ""),
        (Published(), True, True, "AM523"),
        (Published(outputs={"clusters": {"delta": FACTS}}), True, True, "AM523"),
        (Published(outputs={"clusters": {"delta": FACTS}}), True, False, ""),
        (Published(outputs={"clusters": {"gamma": FACTS}}), True, True, ""),
    ],
)
def test_links_go_only_if_their_far_end_is_known_to_be_gone(
    answer: Published, *, linked: bool, up: bool, code: str
) -> None:
    settings = config(east(**{"from": ["alpha"]}))
    found = access(settings)
    (link,) = remote_links.links(settings)
    mark = {"annotations": {OWNER_ANNOTATION: OWNER}}
    there = Inventory(
        cluster="alpha", owner=OWNER, found={published.peer(link): mark} if linked else {}
    )
    found["alpha"] = dataclasses.replace(found["alpha"], inventory=there, reader=Peer(up=up))

    lines = asyncio.run(published.lost(settings, {"east": answer}, found))

    assert [line.split()[0] for line in lines] == ([code] if code else [])
