"""The policies' rules alone: what they see in the properties of a resource."""

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from google.protobuf import struct_pb2
from pulumi.runtime.proto import analyzer_pb2 as protocol

from components.models import PolicySettings
from components.settings import parse
from policies import budget, control_planes, credentials, images, mesh, namespaces, providers
from policies.analyzer import Analyzer
from policies.catalog import POLICIES
from policies.policy import Context, Finding
from policies.resource import Resource
from policies.stack import context
from policies.values import SECRET, SENTINELS, SIGNATURE, UNKNOWN, Secret, read

OWNER: Final = "organization/ambientmesh/test"
CLUSTERS: Final = '[{"name": "a", "context": "a"}, {"name": "a-b", "context": "b"}]'
PROJECT: Final = Path(__file__).parents[2]
STACK: Final = Context(
    chosen=PolicySettings(),
    settings=parse({"clusters": CLUSTERS}),
    owner=OWNER,
    project=PROJECT,
)
GATEWAY: Final = "kubernetes:gateway.networking.k8s.io/v1:Gateway"
RELEASE: Final = "kubernetes:helm.sh/v3:Release"
DEPLOYMENT: Final = "kubernetes:apps/v1:Deployment"
KEY: Final = "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----"

Check = Callable[[Resource, Context], Iterator[Finding]]


def struct(props: Mapping[str, Any]) -> struct_pb2.Struct:
    made = struct_pb2.Struct()
    made.update(props)
    return made


def hidden(value: Any) -> dict[str, Any]:
    """Return a value in the engine's envelope for secrets."""
    return {SIGNATURE: SECRET, "value": value}


def resource(kind: str, props: Mapping[str, Any], **more: Any) -> Resource:
    name = more.pop("name", "it")
    return Resource(urn=f"urn::{name}", type=kind, name=name, given=struct(props), **more)


def said(check: Check, kind: str, props: Mapping[str, Any], **more: Any) -> list[str]:
    return [finding.what for finding in check(resource(kind, props, **more), STACK)]


def test_secrets_and_what_is_not_known_are_told_apart_from_what_is_plain() -> None:
    [unknown, *_] = SENTINELS
    found = read(struct({"a": hidden({"b": ["c"]}), "d": unknown, "e": [1, None, True]}))

    assert found["a"] == Secret({"b": ["c"]})
    assert found["d"] is UNKNOWN
    assert found["e"] == [1, None, True]


@pytest.mark.parametrize(
    ("package", "name", "refused"),
    [
        ("kubernetes", "default_4_34_2", True),
        ("gcp", "default", True),
        ("kubernetes", "a-kubernetes", False),
        ("kubernetes", "default-kubernetes", False),
        ("tls", "default_5_6_2", False),
    ],
)
def test_a_default_provider_is_refused_where_it_leads_somewhere(
    package: str, name: str, *, refused: bool
) -> None:
    provider = resource(f"pulumi:providers:{package}", {}, name=name)

    assert bool(said(providers.default_provider, DEPLOYMENT, {}, provider=provider)) == refused


@pytest.mark.parametrize(
    ("blocks", "found"),
    [
        (["0.0.0.0/0"], ["0.0.0.0/0"]),
        (["::/0"], ["::/0"]),
        (["0.0.0.0/1", "128.0.0.0/1"], ["0.0.0.0/1", "128.0.0.0/1"]),
        (["10.0.0.0/8", "192.0.2.0/24"], []),
        ([], []),
        (["not a network"], []),
    ],
)
def test_blocks_are_the_internet_when_nothing_is_outside_them(
    blocks: list[str], found: list[str]
) -> None:
    assert control_planes.whole_internet(blocks) == found


def networks(*blocks: str) -> dict[str, Any]:
    entries = [{"cidrBlock": block} for block in blocks]
    return {"masterAuthorizedNetworksConfig": {"cidrBlocks": entries}}


@pytest.mark.parametrize(
    ("props", "count"),
    [
        ({}, 1),
        ({"privateClusterConfig": {"enablePrivateEndpoint": True}}, 0),
        ({"controlPlaneEndpointsConfig": {"ipEndpointsConfig": {"enabled": False}}}, 0),
        ({"masterAuthorizedNetworksConfig": {"cidrBlocks": []}}, 0),
        ({"masterAuthorizedNetworksConfig": {"gcpPublicCidrsAccessEnabled": True}}, 1),
        (networks("0.0.0.0/0"), 1),
        (networks("0.0.0.0/1"), 1),
        (networks("0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/3"), 1),
        (networks("2000::/3"), 1),
        (networks("8.0.0.0/8", "10.0.0.0/8", "240.0.0.0/4", "fc00::/7"), 0),
    ],
)
def test_a_public_control_plane_needs_networks(props: dict[str, Any], count: int) -> None:
    assert len(said(control_planes.open_control_plane, control_planes.CLUSTER, props)) == count


OPEN: Final[Mapping[str, dict[str, Any]]] = {
    "a license key in values": {"values": {"licenseKey": "abcdefgh"}},
    "one in a variable": {"env": [{"name": "SOLO_ISTIO_LICENSE_KEY", "value": "abcdefgh"}]},
    "a private key in any place": {"data": {"file": f"x\n{KEY}"}},
    "an encoded one": {"data": {"file": base64.b64encode(KEY.encode()).decode()}},
    "a signed token": {"create": "curl -H eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhYmMifQ.c2lnbmF0dXJl"},
    "a password in an address": {"chart": "oci://robot:abcdefgh@registry.example/charts"},
    "a kubeconfig with a token": {"kubeconfig": '{"users": [{"user": {"token": "abcdefgh"}}]}'},
    "one in YAML": {"kubeconfig": "users:\n- user:\n    token: abcdefgh\n  name: a\n"},
    "one in YAML like JSON": {"kubeconfig": "users: [{user: {token: abcdefgh}}]"},
    "a line of a longer key": {"data": {"a": "spring.db.password: abcdefgh\n"}},
    "a longer key in JSON": {"data": {"a": '{"admin-password": "abcdefgh"}'}},
    "a line in quotes": {"data": {"a": 'db:\n  password: "abcdefgh!"  # changed\n'}},
    "a block of YAML": {"data": {"a": "auth:\n  password: |\n    abcdefgh\n  user: b\n"}},
    "an option": {"spec": {"containers": [{"args": ["--port=1", "--admin-password=abcdefgh"]}]}},
    "an option of a command": {"create": "install --license-key='abcdefgh'"},
    "an option in two": {"spec": {"containers": [{"command": ["run", "--token", "abcdefgh"]}]}},
    "a password of digits": {"values": {"adminPassword": 31337}},
    "a list of passwords": {"values": {"password": [["abcdefgh"]]}},
    "a key that no Secret has": {"values": {"secretKey": "abcdefgh", "existingSecret": ""}},
    "a variable with more than a reference": {
        "env": [{"name": "A_TOKEN", "value": "$(B)abcdefgh"}]
    },
    "a token of GitLab": {"create": "login glpat-abcdefgh000000000000"},
    "a token of Slack": {"text": "xoxb-0123456789-abcdefgh"},
    "a token of GitHub's app": {"text": f"ghr_abcdefgh{'0' * 28}"},
    "a login of Docker": {"text": '{"auths": {"a.example": {"auth": "cm9ib3Q6YWJjZGVmZ2g="}}}'},
}
CLOSED: Final[Mapping[str, dict[str, Any]]] = {
    "what is secret": {"values": {"licenseKey": hidden("abcdefgh")}},
    "what is in something secret": {"values": hidden({"licenseKey": "abcdefgh"})},
    "a password that a variable has": {"url": "postgres://$(NAME):$(PASSWORD)@db"},
    "the port of a host": {"url": "https://a.example:8443/b@c"},
    "the name of a Secret": {"licenseSecretName": "license", "secretRef": {"name": "x"}},
    "whether there is a token": {"automountServiceAccountToken": True},
    "a certificate": {"data": {"cert": "-----BEGIN CERTIFICATE-----\nAAAA"}},
    "a kubeconfig with a plugin": {"kubeconfig": '{"users": [{"user": {"exec": {}}}]}'},
    "a variable without credential": {"env": [{"name": "LOG_DIR", "value": "/var/log"}]},
    "a variable that is another's": {"env": [{"name": "AUTH_TOKEN", "value": "$(FOO)"}]},
    "one within a header": {"env": [{"name": "AUTH_TOKEN", "value": "Bearer $(FOO)"}]},
    "a template": {"template": {"password": "{{ .db }}"}},
    "whether a token is required": {"env": {"REQUIRE_3P_TOKEN": "false"}},
    "text about tokens": {"data": {"a": "the token: required here, token: required"}},
    "a line about tokens": {"data": {"a": "password: required\n"}},
    "text that goes on": {"data": {"a": "token: whatever the server sent\n"}},
    "a block that is text": {"data": {"a": "password: |\n  something you know\n"}},
    "a block of something else": {"data": {"a": "password: |\nsomething:\n"}},
    "the key of an external secret": {
        "spec": {"data": [{"secretKey": "password", "remoteRef": {"key": "db"}}]}
    },
    "the key of a Secret": {"values": {"existingSecret": "minio", "secretKey": "root-password"}},
    "options without credential": {
        "command": ["psql", "--no-password", "postgres.example", "--password=file:/a/b"],
        "args": [
            '--token="$TOKEN"',
            "--token=/var/run/token",
            "--token",
            "$(A)",
            "--use-token=true",
        ],
    },
    "options in text": {"text": "begin it with --password=abcdefgh"},
    "a number of tokens": {"values": {"token": 31337}},
    "how long a password is": {"values": {"minPassword": 8, "usePassword": 0}},
    "a password in a file": {"spec": {"args": ["--password=@/run/secrets/password"]}},
}


@pytest.mark.parametrize("what", OPEN)
def test_a_credential_in_clear_text_is_found(what: str) -> None:
    [found] = said(credentials.plaintext_input, "x:y:Z", OPEN[what])

    assert found.startswith("it (Z) has ")
    assert "abcdefgh" not in found
    assert "31337" not in found


@pytest.mark.parametrize("what", CLOSED)
def test_what_is_no_open_credential_is_let_pass(what: str) -> None:
    assert said(credentials.plaintext_input, "x:y:Z", CLOSED[what]) == []


def test_all_data_of_a_secret_is_a_credential() -> None:
    kind = "kubernetes:core/v1:Secret"

    assert len(said(credentials.plaintext_input, kind, {"stringData": {"a": "b"}})) == 1
    assert said(credentials.plaintext_input, kind, {"data": hidden({"a": "b"})}) == []
    assert said(credentials.plaintext_input, kind, {"metadata": {"name": "b"}}) == []


@pytest.mark.parametrize(
    ("image", "name", "version"),
    [
        ("nginx", "docker.io/library/nginx", ""),
        ("istio/pilot:1.2.3", "docker.io/istio/pilot", "1.2.3"),
        ("localhost:5000/a:1", "localhost:5000/a", "1"),
        ("quay.io/a/b:v1.2.3@sha256:00", "quay.io/a/b", "sha256:00"),
        ("index.docker.io/istio/a:2", "docker.io/istio/a", "2"),
        ("https://a:b/c@quay.io/d:2", "quay.io/d", "2"),
    ],
)
def test_an_image_is_read_as_a_runtime_reads_it(image: str, name: str, version: str) -> None:
    assert images.split(image) == (name, version)


@pytest.mark.parametrize(
    ("version", "pinned"),
    [
        ("1.28.3-patch0-solo", True),
        ("v3.5.0", True),
        (f"sha256:{'a' * 64}", True),
        ("7.4.2-alpine", True),
        ("latest", False),
        ("1.28", False),
        ("", False),
        (">=1.2.3", False),
    ],
)
def test_a_version_is_full_or_a_digest(version: str, *, pinned: bool) -> None:
    assert images.is_pinned(version) == pinned


def test_values_of_charts_name_images_in_many_ways() -> None:
    values = {
        "hub": "quay.io/one",
        "tag": "latest",
        "manager": {"image": {"repository": "quay.io/two/x"}},
        "redis": {"image": {"registry": "quay.io/three", "repository": "redis", "tag": "7"}},
        "plain": {"image": "quay.io/four/x:1.2.3"},
        "proxy": {"image": "proxyv2"},
        "five": {"image": {"hub": "quay.io/five", "tag": 1.28}},
        "six": {"image": "busybox:latest"},
    }
    props = {"chart": "./folder/chart", "values": values}

    assert set(said(images.foreign_registry, RELEASE, props)) == {
        f"it (Release) takes the image at values.{where} from quay.io/{name}."
        for where, name in (
            ("hub", "one"),
            ("manager.image", "two/x"),
            ("redis.image", "three/redis"),
            ("plain.image", "four/x"),
            ("five.image", "five"),
        )
    } | {"it (Release) takes the image at values.six.image from docker.io/library/busybox."}
    assert {line.partition(" at ")[2] for line in said(images.unpinned, RELEASE, props)} == {
        "values.tag with 'latest'.",
        "values.redis.image with '7'.",
        "values.five.image with '1.28'.",
        "values.six.image with 'latest'.",
    }


def test_containers_are_found_below_lists_too() -> None:
    pod = {"spec": {"containers": [{"image": "evil.example/x"}]}}
    found = said(images.foreign_registry, "kubernetes:x/v1:Set", {"spec": {"parts": [pod]}})

    assert "spec.parts[0].spec.containers[0].image" in found[0]


def test_no_finding_has_the_password_of_a_registry() -> None:
    chart = {"chart": "oci://robot:abcdefgh@evil.example/charts/x", "version": "1.2.3"}
    allowed = {"chart": "oci://robot:abcdefgh@us-docker.pkg.dev/solo-public/x", "version": "1.2.3"}

    assert said(images.foreign_registry, RELEASE, chart) == [
        "it (Release) takes the chart at chart from evil.example/charts/x."
    ]
    assert said(images.foreign_registry, RELEASE, allowed) == []


@pytest.mark.parametrize(
    "values",
    [
        {"hub": "https://robot:abcdefgh@evil.example/istio"},
        {"image": {"registry": "robot:abcdefgh@evil.example", "repository": "istio"}},
        {"image": {"repository": "https://robot:abcdefgh@evil.example/istio"}},
        {"image": "https://robot:abcd/abcdefgh@evil.example/istio:1.2.3"},
    ],
)
def test_no_finding_has_the_password_of_a_hub(values: dict[str, Any]) -> None:
    [found] = said(images.foreign_registry, RELEASE, {"chart": "./x", "values": values})

    assert found.endswith(" from evil.example/istio.")


def test_no_finding_has_what_is_in_a_secret() -> None:
    """Whether all of it is secret or a part, and wherever it is quoted."""
    values = {"tag": "abcdefgh", "hub": "abcdefgh.example/x", "image": "abcdefgh:abcdefgh"}
    controller = {"spec": hidden({"trustDomain": "Abcdefgh"})}
    source = {"principals": [hidden("Abcdefgh/ns/a/sa/b")]}
    policy = {"spec": {"rules": [{"from": [{"source": source}]}]}}
    blocks = {"masterAuthorizedNetworksConfig": hidden(networks("0.0.0.0/1").popitem()[1])}
    found = [
        *said(images.unpinned, RELEASE, {"chart": "./x", "values": hidden(values)}),
        *said(images.unpinned, RELEASE, {"chart": "./x", "values": {"tag": hidden("abcdefgh")}}),
        *said(images.foreign_registry, RELEASE, {"chart": "./x", "values": hidden(values)}),
        *said(mesh.illegal_trust_domain, "kubernetes:x:ServiceMeshController", controller),
        *said(mesh.illegal_trust_domain, "kubernetes:x:AuthorizationPolicy", policy),
        *said(control_planes.open_control_plane, control_planes.CLUSTER, blocks),
        *said(mesh.unlabelled, GATEWAY, gateway("istio-remote") | {"metadata": hidden(
            {"name": "abcdefgh"})}),
    ]  # fmt: skip

    assert len(found) == 10
    for line in found:
        assert "abcdefgh" not in line.lower()
        assert "/1" not in line


def test_a_finding_calls_secret_only_what_is() -> None:
    chart = {"chart": "oci://evil.example/x", "version": hidden("1.2.3")}
    options = {"chart": "x", "version": "1.2", "repositoryOpts": hidden({"repo": "https://a.b"})}
    blocks = networks("0.0.0.0/1", "192.0.2.0/24")
    other = hidden({"cidrBlock": "192.0.2.0/24"})
    blocks["masterAuthorizedNetworksConfig"]["cidrBlocks"][1] = other

    found = [
        *said(images.foreign_registry, RELEASE, chart),
        *said(images.unpinned, RELEASE, options),
        *said(control_planes.open_control_plane, control_planes.CLUSTER, blocks),
    ]

    assert len(found) == 3
    assert found[0].endswith(" from evil.example/x.")
    # The address of the chart is hidden, and its version not told either.
    assert "not full (not shown: it may be secret)" in found[1]
    assert " 0.0.0.0/1, wider " in found[2]


def test_a_registry_ends_at_a_slash() -> None:
    assert images.is_allowed("docker.io/istio/a", ("docker.io/istio",))
    assert not images.is_allowed("docker.io/istio-evil/a", ("docker.io/istio",))


@pytest.mark.parametrize(
    ("chart", "count"),
    [
        ({"chart": "oci://us-docker.pkg.dev/solo-public/charts/x", "version": "1.2.3"}, 0),
        ({"chart": "oci://us-docker.pkg.dev/solo-public/charts/x"}, 1),
        ({"chart": "x", "repositoryOpts": {"repo": "https://storage.googleapis.com/y"}}, 2),
        ({"chart": "localcloud/charts/gloo-operator"}, 0),
        ({"chart": "bitnami/nginx"}, 2),
        ({"chart": "bitnami/nginx", "version": "1.2.3"}, 1),
        ({"chart": "./bitnami/nginx"}, 0),
        ({"chart": "/bitnami/nginx"}, 0),
        ({"chart": f"oci://us-docker.pkg.dev/solo-public/x@sha256:{'0' * 64}"}, 0),
    ],
)
def test_a_chart_has_a_place_and_a_version(chart: dict[str, Any], count: int) -> None:
    found = said(images.unpinned, RELEASE, chart) + said(images.foreign_registry, RELEASE, chart)

    assert len(found) == count


def gateway(kind: str, **labels: str) -> dict[str, Any]:
    return {"spec": {"gatewayClassName": kind}, "metadata": {"labels": labels}}


def test_the_gateways_of_links_say_network_and_cluster() -> None:
    both = {"topology.istio.io/network": "a", "topology.istio.io/cluster": "a"}

    assert said(mesh.unlabelled, GATEWAY, gateway("istio-remote", **both)) == []
    assert len(said(mesh.unlabelled, GATEWAY, gateway("istio-eastwest"))) == 2
    assert said(mesh.unlabelled, GATEWAY, gateway("istio")) == []


def test_an_older_mesh_has_no_labels_of_clusters() -> None:
    older = parse({"clusters": CLUSTERS, "meshVersion": "1.26.2"})
    old = replace(STACK, chosen=older.policies, settings=older)
    made = resource(GATEWAY, gateway("istio-remote", **{"topology.istio.io/network": "a"}))

    assert list(mesh.unlabelled(made, old)) == []


def test_charts_and_controllers_say_what_labels_would() -> None:
    istiod = {"chart": "oci://x/istiod", "values": {"global": {"network": "a"}}}
    ztunnel = {"chart": "x/ztunnel", "values": {}}

    [line] = said(mesh.unlabelled, RELEASE, istiod)
    assert "values.global.multiCluster.clusterName" in line
    assert len(said(mesh.unlabelled, RELEASE, ztunnel)) == 2


@pytest.mark.parametrize("domain", [None, "", "spiffe://a", "A.example", "a..b", "x" * 256])
def test_a_trust_domain_that_is_none_is_refused(domain: str | None) -> None:
    controller = {"spec": {} if domain is None else {"trustDomain": domain}}
    kind = "kubernetes:operator.gloo.solo.io/v1:ServiceMeshController"

    assert len(said(mesh.illegal_trust_domain, kind, controller)) == 1


@pytest.mark.parametrize("form", ["principals", "notPrincipals", "values", "notValues"])
def test_principals_are_of_legal_trust_domains(form: str) -> None:
    def policy(principal: str) -> dict[str, Any]:
        rule: dict[str, Any] = {"from": [{"source": {form: [principal]}}]}
        if form in ("values", "notValues"):
            other = {"key": "request.headers[x]", form: ["A_b/ns/x"]}
            rule = {"when": [other, {"key": "source.principal", form: [principal]}]}
        return {"spec": {"rules": [rule]}}

    kind = "kubernetes:security.istio.io/v1:AuthorizationPolicy"

    assert said(mesh.illegal_trust_domain, kind, policy("a.example/ns/shop/sa/till")) == []
    assert said(mesh.illegal_trust_domain, kind, policy("*/ns/shop/sa/till")) == []
    assert len(said(mesh.illegal_trust_domain, kind, policy("A_b/ns/shop/sa/till"))) == 1


NOT_KNOWN: Final = min(SENTINELS)
UNKNOWN_PROPS: Final[Mapping[str, Any]] = {
    control_planes.CLUSTER: {"masterAuthorizedNetworksConfig": {"cidrBlocks": NOT_KNOWN}},
    GATEWAY: {"spec": {"gatewayClassName": "istio-remote"}, "metadata": NOT_KNOWN},
    RELEASE: {"chart": "oci://docker.io/istio/istiod", "version": NOT_KNOWN}
    | {"values": NOT_KNOWN},
    "kubernetes:core/v1:Namespace": {"metadata": {"name": "a", "annotations": NOT_KNOWN}},
    "kubernetes:x:ServiceMeshController": {"spec": NOT_KNOWN},
    "kubernetes:x:AuthorizationPolicy": {
        "spec": {"rules": [{"from": [{"source": {"principals": NOT_KNOWN}}]}]}
    },
    DEPLOYMENT: {"spec": {"template": {"spec": {"containers": NOT_KNOWN}}}},
}


@pytest.mark.parametrize("kind", UNKNOWN_PROPS)
def test_what_a_preview_does_not_know_is_let_pass_by_every_policy(kind: str) -> None:
    made = resource(kind, UNKNOWN_PROPS[kind])

    for policy in POLICIES:
        if policy.of_resource:
            assert list(policy.of_resource(made, STACK)) == [], policy.name


@pytest.mark.parametrize(
    ("name", "mark", "count"),
    [("ours", OWNER, 0), ("ours", "", 1), ("kube-system", OWNER, 1), ("default", OWNER, 1)],
)
def test_a_namespace_is_the_stacks_alone(name: str, mark: str, count: int) -> None:
    annotations = {"ambientmesh.dev/owner": mark} if mark else {}
    meta = {"metadata": {"name": name, "annotations": annotations}}

    assert len(said(namespaces.not_ours, "kubernetes:core/v1:Namespace", meta)) == count
    assert said(namespaces.not_ours, "kubernetes:core/v1:NamespacePatch", meta) == []


def component(kind: str, name: str, parent: str) -> Resource:
    return resource(f"ambientmesh:index:{kind}", {}, name=name, parent=parent)


def test_a_resource_counts_for_the_cluster_whose_name_is_the_longest() -> None:
    top = resource("pulumi:pulumi:Stack", {}, name="stack")
    found = [
        top,
        component("Cluster", "a", top.urn),
        component("Cluster", "a-b", top.urn),
        component("Trust", "a-b-trust", top.urn),
        resource(DEPLOYMENT, {}, name="deep", parent="urn::a-b-trust"),
        component("Peering", "a-b-peer", top.urn),
        resource(GATEWAY, {}, name="far", parent="urn::a-b-peer"),
        component("RootAuthority", "root-authority", top.urn),
    ]

    assert budget.per_cluster(found, ["a", "a-b"]) == {"a": 1, "a-b": 3}


def test_a_finding_about_a_cluster_is_about_no_cluster_of_google() -> None:
    top = resource("pulumi:pulumi:Stack", {}, name="stack")
    below = [component("Piece", f"a-{number}", "urn::a") for number in range(2)]
    google = replace(resource(control_planes.CLUSTER, {}, name="a"), urn="urn::google")
    few = replace(STACK, chosen=PolicySettings.model_validate({"resourcesPerCluster": 1}))

    [found] = budget.over_budget([top, component("Cluster", "a", top.urn), *below, google], few)

    assert found.urn == "urn::a"


def test_of_what_a_stack_gives_only_what_is_open_is_named() -> None:
    outputs = {"apiKey": "abcdefgh", "licenseKey": hidden("abcdefgh")}
    made = resource("pulumi:pulumi:Stack", outputs)

    assert [found.what for found in credentials.plaintext_output([made], STACK)] == [
        "it (Stack) gives a credential by its name in clear text at apiKey."
    ]


def test_a_file_of_the_engine_goes_over_the_levels_of_the_stack() -> None:
    analyzer = Analyzer(POLICIES, STACK)
    chosen = {
        "no-plaintext-credential": protocol.PolicyConfig(enforcementLevel=protocol.ADVISORY),
        "images-pinned": protocol.PolicyConfig(enforcementLevel=protocol.DISABLED),
        "no-such-policy": protocol.PolicyConfig(enforcementLevel=protocol.MANDATORY),
    }
    analyzer.Configure(protocol.ConfigureAnalyzerRequest(policyConfig=chosen), None)

    spec = {"containers": [{"image": "quay.io/x", "args": ["--password=abcdefgh"]}]}
    request = protocol.AnalyzeRequest(type=DEPLOYMENT, properties=struct({"spec": spec}))
    found = analyzer.Analyze(request, None).diagnostics

    assert {one.policyName: one.enforcementLevel for one in found} == {
        "no-plaintext-credential": protocol.ADVISORY,
        "registries-allowed": protocol.MANDATORY,
    }


def test_wrong_settings_leave_the_defaults_for_the_program_says_what_is_wrong() -> None:
    config = '{"ambientmesh:clusters": "[]", "ambientmesh:policies": "{\\"registries\\": 7}"}'

    found = context({"PULUMI_CONFIG": config, "PULUMI_STACK": "test"}, Path())

    assert found.settings is None
    assert found.chosen == PolicySettings()
    assert found.owner == OWNER


def test_the_page_has_every_policy_with_its_level_and_no_other() -> None:
    page = (PROJECT / "docs" / "policies.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"(?m)^\| `([a-z-]+)` \| (\w+) \|", page))

    assert rows == PolicySettings().levels.model_dump(by_alias=True)
    assert list(rows) == [policy.name for policy in POLICIES]


def test_what_refuses_a_registry_names_the_keys_that_set_one() -> None:
    image = {"spec": {"containers": [{"image": "quay.io/a:1.2.3"}]}}
    [found] = images.foreign_registry(resource(DEPLOYMENT, image), STACK)

    for key in ("mesh.hub", "charts.*", "bookinfo.registry", "policies.registries"):
        assert key in found.fix
