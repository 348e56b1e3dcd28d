"""What is said of root, intermediates, relay and networks: what is first made is no replacement."""

from typing import Any

import pytest

from report import headline
from report.facts import Weight
from report.places import placed
from report.plan import Plan, Step
from tests.unit.plans import component, mesh, step

ROOT, TRUST, RELAY = (
    "RootAuthority::root-authority",
    "Trust::c1-trust",
    "RelayAuthority::relay-authority",
)
HOLDERS = tuple(component(*one.split("::")) for one in (ROOT, TRUST, RELAY))
NETWORK = {"metadata": {"name": "istio-system", "labels": {"topology.istio.io/network": "one"}}}


def root(op: str, name: str = "root-authority-key", **more: Any) -> Step:
    return step(name, op, "tls:index/privateKey:PrivateKey", within=ROOT, **more)


def trust(op: str, name: str = "certificate", **more: Any) -> Step:
    kind = "tls:index/locallySignedCert:LocallySignedCert"
    return step(f"c1-trust-{name}", op, kind, within=TRUST, **more)


def relay(op: str, name: str = "key", **more: Any) -> Step:
    return step(f"relay-authority-{name}", op, "tls:x:PrivateKey", within=RELAY, **more)


def cacerts(**more: Any) -> Step:
    return step("c1-trust-cacerts", "update", "kubernetes:core/v1:Secret", within=TRUST, **more)


def given(fingerprint: str) -> dict[str, Any]:
    return {"metadata": {"annotations": {"ambientmesh.dev/root": fingerprint}}}


def home(op: str, **sides: Any) -> Step:
    kind = "kubernetes:core/v1:Namespace"
    return step("c1-trust-namespace", op, kind, within=TRUST, **sides)


def test_what_an_up_that_failed_has_not_made_yet_is_made() -> None:
    cacerts = step("c1-trust-cacerts", "create", "kubernetes:core/v1:Secret", within=TRUST)
    made = (home("create", new=NETWORK), root("create"), trust("create"), cacerts)

    assert mesh(*HOLDERS, *made) == [
        (Weight.GROWS, "the root certificate is made"),
        (Weight.GROWS, "intermediate certificates are made in `c1`"),
        (Weight.GROWS, "1 resource is added: Namespace `istio-system` in `c1`"),
    ]


@pytest.mark.parametrize(
    "plan",
    [
        (root("replace"),),
        (root("delete"), root("create", "root-key")),
        (root("create", "root-authority-certificate"), root("update", old={"a": 1}, new={})),
        # The state has lost the root, and what it had signed is still there.
        (root("create"), trust("replace", old={"a": 1}, new={"a": 2})),
        (root("create"), trust("update", old={"caCertPem": "a"}, new={"caCertPem": "b"})),
        # An `up` that failed has replaced it, and the Secret is left.
        (cacerts(detailed={'data["root-cert.pem"]': "update"}),),
        (cacerts(differing=(("data", "root-cert.pem"),)),),
        (cacerts(old=given("a"), new=given("b")),),
    ],
)
def test_another_root_is_told_in_whatever_form_it_comes(plan: tuple[Step, ...]) -> None:
    ((weight, text),) = mesh(*HOLDERS, *plan)

    assert weight is Weight.BREAKS
    assert text.startswith("the root certificate is replaced")


def test_a_secret_with_another_intermediate_has_the_same_root() -> None:
    ((weight, text),) = mesh(*HOLDERS, cacerts(detailed={'data["ca-cert.pem"]': "update"}))

    assert weight is Weight.TOUCHES
    assert text.startswith("new intermediate certificates under the same root in `c1`")


def test_an_intermediate_that_comes_under_another_name_is_another_one() -> None:
    ((weight, text),) = mesh(*HOLDERS, trust("delete"), trust("create", "intermediate"))

    assert weight is Weight.TOUCHES
    assert text.startswith("new intermediate certificates under the same root in `c1`")


@pytest.mark.parametrize("op", ["update", "replace"])
def test_another_network_of_a_cluster_takes_its_links_down(op: str) -> None:
    label = {"topology.istio.io/network": "two"}
    other = {"metadata": {"name": "istio-system", "labels": label}}

    ((weight, text),) = mesh(*HOLDERS, home(op, old=NETWORK, new=other))
    assert weight is Weight.BREAKS
    assert text.startswith("the network of `c1` changes")


@pytest.mark.parametrize(
    "plan",
    [
        (relay("replace"),),
        (relay("update", old={"a": 1}, new={"a": 2}),),
        (relay("delete"), relay("create", "other-key")),
    ],
)
def test_another_relay_wants_its_agents_restarted(plan: tuple[Step, ...]) -> None:
    assert mesh(*HOLDERS, *plan) == [
        (
            Weight.TOUCHES,
            "the relay of the management plane gets other certificates: restart its agents",
        )
    ]


@pytest.mark.parametrize(
    ("op", "weight", "verb"),
    [("create", Weight.GROWS, "added"), ("delete", Weight.BREAKS, "deleted")],
)
def test_a_relay_that_comes_or_goes_has_no_agents_to_restart(
    op: str, weight: Weight, verb: str
) -> None:
    found = mesh(component("RelayAuthority", "relay-authority", op), relay(op))

    assert found == [(weight, f"1 resource is {verb}: `relay-authority-key` in the whole mesh")]


def test_a_relay_of_which_only_records_change_is_not_another() -> None:
    assert mesh(*HOLDERS, relay("update", detailed={"status": "update"}))[0][0] is Weight.NOTHING


@pytest.mark.parametrize("name", ["root", "relay", "root-authority"])
def test_a_cluster_that_is_called_as_the_root_begins_does_not_hide_it(name: str) -> None:
    plan = Plan(
        steps=(
            component("Cluster", "c1"),
            component("Cluster", name, "create"),
            *HOLDERS,
            root("replace", "root-authority-certificate"),
            relay("replace"),
        )
    )

    found = [(fact.weight, fact.text) for fact in headline.facts(plan, placed(plan))]
    assert [weight for weight, _ in found] == [Weight.BREAKS, Weight.TOUCHES, Weight.GROWS]
    assert found[0][1].startswith("the root certificate is replaced")
    assert found[2][1] == f"`{name}` joins the mesh of 1 cluster"


def test_a_trust_domain_that_nobody_had_set_is_called_the_default() -> None:
    kind, owner = "kubernetes:x:ServiceMeshController", "ServiceMesh::c1-mesh"
    changed = step("c1-x", "update", kind, within=owner, new={"spec": {"trustDomain": "two"}})

    ((_, text),) = mesh(component("ServiceMesh", "c1-mesh"), changed)
    assert "trust domain the default → `two`" in text
    assert "Absent" not in text
