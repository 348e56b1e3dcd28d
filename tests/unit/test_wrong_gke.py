"""Every mistake of GKE clusters is one line with its key, what was found and the fix, by a rule."""

import json
from typing import Any

import pytest

from components.rules import RULES
from components.settings import ConfigurationError, Settings, parse

GKE = {"location": "europe-west4", "project": "my-project"}
POOL = {"name": "default"}


def one(name: str = "alpha", platform: str | None = None, **gke: Any) -> dict[str, Any]:
    """Return a cluster that the stack makes."""
    extra = {} if platform is None else {"platform": platform}
    given = {key: value for key, value in {**GKE, **gke}.items() if value is not None}
    return {"name": name, "gke": given, **extra}


def pools(*pools: dict[str, Any]) -> dict[str, Any]:
    """Return a cluster with node pools."""
    return one(nodePools=[{**POOL, **pool} for pool in pools])


def networks(*cidrs: str) -> dict[str, Any]:
    """Return a cluster with authorized networks."""
    return one(authorizedNetworks=[{"cidr": cidr} for cidr in cidrs])


BY_RULE: dict[str, tuple[list[dict[str, Any]], dict[str, Any], str, str, str]] = {
    # title: clusters, other keys, code, beginning of the line, part of the fix
    "no project": ([one(project=None)], {}, "AM201", "clusters[0].gke.project: found nothing",
                   "write gcp.project"),
    "short project": ([one(project="p")], {}, "AM201", "clusters[0].gke.project: found 'p'",
                      "gcloud projects list"),
    "project that begins with a digit": ([one(project=None)], {"gcp": {"project": "1project"}},
                                         "AM201", "gcp.project: found '1project'", "the id"),
    "continent for a region": ([one(location="europe")], {}, "AM202",
                               "clusters[0].gke.location: found 'europe'", "write one of them"),
    "zones of another region": ([one(zones=["us-east1-b"])], {}, "AM202",
                                "clusters[0].gke.zones: found 'us-east1-b'", "europe-west4-b"),
    "zone of a region that has none of that letter": (
        [one(location="europe-west1", zones=["europe-west1"])], {}, "AM202",
        "clusters[0].gke.zones: found 'europe-west1'", "zones such as europe-west1-b"),
    "one zone twice": ([one(zones=["europe-west4-a", "europe-west4-a"])], {}, "AM202",
                       "clusters[0].gke.zones: found 'europe-west4-a'", "write zones"),
    "zones of a zone": ([one(location="europe-west4-a", zones=["europe-west4-b"])], {}, "AM202",
                        'clusters[0].gke.zones: found ["europe-west4-b"]',
                        "write location: europe-west4"),
    "name that begins with a digit": ([one("4alpha")], {}, "AM203",
                                      "clusters[0].name: found '4alpha'", "write another"),
    "name that is the tag of all nodes": ([one("ambientmesh")], {}, "AM203",
                                          "clusters[0].name: found 'ambientmesh'",
                                          "write another"),
    "pool that begins with a digit": ([pools({"name": "1st"})], {}, "AM203",
                                      "clusters[0].gke.nodePools[0].name: found '1st'", "another"),
    "pool with a long name": ([pools({"name": "p" * 41})], {}, "AM203",
                              "clusters[0].gke.nodePools[0].name: found 'pppp", "another"),
    "network that begins with a digit": ([one(network="1net")], {}, "AM203",
                                         "clusters[0].gke.network: found '1net'", "another"),
    "account that is none": ([one(serviceAccount="me@example.com")], {}, "AM203",
                             "clusters[0].gke.serviceAccount: found 'me@example.com'",
                             "iam.gserviceaccount.com"),
    "the whole internet": ([networks("0.0.0.0/0")], {}, "AM204",
                           "clusters[0].gke.authorizedNetworks: found", "remove the key"),
    "the whole internet in halves": ([networks("0.0.0.0/1", "128.0.0.0/1")], {}, "AM204",
                                     "clusters[0].gke.authorizedNetworks: found", "remove the key"),
    "all but a corner of the internet": (
        [networks("0.0.0.0/1", "128.0.0.0/2", "192.0.2.0/24")], {}, "AM204",
        "clusters[0].gke.authorizedNetworks: found", "remove the key"),
    "the whole internet for all": (
        [one()], {"gcp": {"authorizedNetworks": [{"cidr": "0.0.0.0/0"}]}}, "AM204",
        "gcp.authorizedNetworks: found", "remove the key"),
    "too many networks": ([networks(*(f"198.51.{n}.0/24" for n in range(101)))], {}, "AM204",
                          "clusters[0].gke.authorizedNetworks: found 101 networks", "merge"),
    "space of the internet": ([one()], {"gcp": {"cidr": "8.0.0.0/8"}}, "AM205",
                              "gcp.cidr: found '8.0.0.0/8'", "a wider one"),
    "space without room": ([one()], {"gcp": {"cidr": "10.0.0.0/18"}}, "AM205",
                           "gcp.cidr: found '10.0.0.0/18'", "a wider one"),
    "space of the container runtime": ([one()], {"gcp": {"cidr": "172.17.0.0/16"}}, "AM205",
                                       "gcp.cidr: found '172.17.0.0/16'", "a wider one"),
    "space of the container runtime and no other block": (
        [one("c181")], {"gcp": {"cidr": "172.17.128.0/17"}}, "AM205",
        "gcp.cidr: found '172.17.128.0/17'", "a wider one"),
    "block of the container runtime by a name": (
        [one("c181")], {"gcp": {"cidr": "172.16.0.0/12"}}, "AM206",
        "clusters[0].gke.cidr: found '172.17.128.0/17' of gcp.cidr", "write 172.31.128.0/17"),
    "block of the internet": ([one(cidr="9.0.0.0/17")], {}, "AM206",
                              "clusters[0].gke.cidr: found '9.0.0.0/17'", "10.64.0.0/17"),
    "block too narrow": ([one(cidr="10.0.0.0/21")], {}, "AM206",
                         "clusters[0].gke.cidr: found '10.0.0.0/21'", "10.64.0.0/17"),
    "block too wide": ([one(cidr="10.0.0.0/13")], {}, "AM206",
                       "clusters[0].gke.cidr: found '10.0.0.0/13'", "10.64.0.0/17"),
    "block of the container runtime": ([one(cidr="172.17.0.0/16")], {}, "AM206",
                                       "clusters[0].gke.cidr: found '172.17.0.0/16'", "or remove"),
    "one block twice": (
        [one(cidr="10.0.0.0/16"), one("beta", cidr="10.0.128.0/17")], {}, "AM207",
        "clusters[1].gke.cidr: found 10.0.128.0/17, which overlaps 10.0.0.0/16 of alpha",
        "write clusters[1].gke.cidr: 10.1.0.0/17"),
    "the block of a name taken": (
        [one(), one("beta", cidr="10.207.0.0/16")], {}, "AM207",
        "clusters[1].gke.cidr: found 10.207.0.0/16, which overlaps 10.207.0.0/17 of alpha",
        "write clusters[0].gke.cidr: 10.0.0.0/17"),
    "no block left": (
        [one(), one("beta")], {"gcp": {"cidr": "10.0.0.0/17"}}, "AM207",
        "clusters[1].gke.cidr: found 10.0.0.0/17", "widen gcp.cidr"),
    "more nodes than addresses": ([pools({"maxPerZone": 22})], {}, "AM208",
                                  "clusters[0].gke.nodePools: found up to 66 nodes",
                                  "lower maxPerZone"),
    "one pool twice": ([pools({}, {})], {}, "AM211",
                       "clusters[0].gke.nodePools: found 'default' 2 times", "merge the entries"),
    "bounds that cross": ([pools({"minPerZone": 3, "maxPerZone": 2})], {}, "AM211",
                          "clusters[0].gke.nodePools[0].maxPerZone: found 2", "raise it"),
    "no node": ([pools({"minPerZone": 0})], {}, "AM211",
                "clusters[0].gke.nodePools: found minPerZone 0", "raise one"),
    "taints everywhere": ([pools({"taints": [{"key": "gpu"}]})], {}, "AM211",
                          "clusters[0].gke.nodePools: found taints", "add a pool"),
    "pools on Autopilot": ([one(autopilot=True, nodePools=[POOL])], {}, "AM212",
                           "clusters[0].gke.nodePools: found 'a list'", "remove the key"),
    "Autopilot in a zone": ([one(autopilot=True, location="europe-west4-a")], {}, "AM212",
                            "clusters[0].gke.location: found 'europe-west4-a'",
                            "write 'europe-west4'"),
    "allowlists of a Standard cluster": (
        [one(privilegedAdmission=["gs://bucket/mesh/*"])], {}, "AM212",
        "clusters[0].gke.privilegedAdmission: found", "remove the key"),
    "GKE's kinds beside the operator's": ([one(gatewayApi="standard")], {}, "AM213",
                                          "clusters[0].gke.gatewayApi: found 'standard'",
                                          "mesh.install: helm"),
    "nodes of somebody else": ([one(platform="k3s")], {"mesh": {"install": "helm"}}, "AM213",
                               "clusters[0].platform: found 'k3s'", "remove the key"),
    "label in capitals": ([one(labels={"Team": "mesh"})], {}, "AM214",
                          "clusters[0].gke.labels: found the key 'Team'", "write another"),
    "label of nodes with a space": ([pools({"labels": {"our team": "mesh"}})], {}, "AM214",
                                    "clusters[0].gke.nodePools[0].labels: found 'our team=mesh'",
                                    "write another"),
    "taint with a space": ([pools({}, {"name": "b", "taints": [{"key": "a/b", "value": "c d"}]})],
                           {}, "AM214",
                           "clusters[0].gke.nodePools[1].taints[0]: found 'a/b=c d'",
                           "write another"),
    "value of a label of nodes with a space": (
        [pools({"labels": {"team": "the mesh"}})], {}, "AM214",
        "clusters[0].gke.nodePools[0].labels: found 'team=the mesh'", "write another"),
    "label of nodes that is Kubernetes'": (
        [pools({"labels": {"node-role.kubernetes.io/mesh": ""}})], {}, "AM214",
        "clusters[0].gke.nodePools[0].labels: found 'node-role.kubernetes.io/mesh'",
        "such as 'example.com/mesh'"),
    "label of nodes below k8s.io": ([pools({"labels": {"k8s.io/team": "mesh"}})], {}, "AM214",
                                    "clusters[0].gke.nodePools[0].labels: found 'k8s.io/team'",
                                    "such as 'example.com/team'"),
    "taint twice": ([pools({}, {"name": "b", "taints": [{"key": "k", "value": "1"},
                                                        {"key": "k", "value": "2"}]})],
                    {}, "AM214",
                    "clusters[0].gke.nodePools[1].taints[1]: found 'k' with NO_SCHEDULE once more",
                    "take one out"),
    "too many labels": ([one(labels={f"a{n}": "x" for n in range(60)})],
                        {"gcp": {"labels": {f"b{n}": "x" for n in range(5)}}}, "AM214",
                        "clusters[0].gke.labels: found 65 labels", "remove some"),
}  # fmt: skip

BY_FIELD: dict[str, tuple[dict[str, Any], str, str]] = {
    "no location": ({"gke": {}}, "clusters[0].gke.location: found nothing", "add the key"),
    "context beside it": ({"context": "x", "gke": GKE}, "clusters[0]: found a map", "or make one"),
    "unknown channel": (one(releaseChannel="FAST"), "clusters[0].gke.releaseChannel: found 'FAST'",
                        "'RAPID'"),
    "range without bits": (one(cidr="10.0.0.0"), "clusters[0].gke.cidr: found '10.0.0.0'",
                           "write '10.0.0.0/32'"),
    "range with bits behind": (one(cidr="10.0.0.1/17"), "clusters[0].gke.cidr: found '10.0.0.1/17'",
                               "write '10.0.0.0/17'"),
    "range of IPv6": (one(cidr="fd00::/17"), "clusters[0].gke.cidr: found 'fd00::/17'", "of IPv4"),
    "office of IPv6": (networks("2001:db8::/48"),
                       "clusters[0].gke.authorizedNetworks[0].cidr: found '2001:db8::/48'",
                       "of IPv4"),
    "no range": (networks("office"), "clusters[0].gke.authorizedNetworks[0].cidr: found 'office'",
                 "write address/bits"),
    "no pool": (one(nodePools=[]), "clusters[0].gke.nodePools: found []", "at least one entry"),
    "unknown effect": (pools({"taints": [{"key": "a", "effect": "NoSchedule"}]}),
                       "clusters[0].gke.nodePools[0].taints[0].effect: found 'NoSchedule'",
                       "'NO_SCHEDULE'"),
    "label with a space": (one(labels={"team": "the mesh"}),
                           "clusters[0].gke.labels.team: found 'the mesh'", "'the-mesh'"),
    "allowlist that is no path": (one(autopilot=True, privilegedAdmission=["bucket"]),
                                  "clusters[0].gke.privilegedAdmission[0]: found 'bucket'",
                                  "gs://bucket/path"),
    "office with a long name": (
        one(authorizedNetworks=[{"cidr": "192.0.2.0/24", "name": "o" * 64}]),
        "AM010 clusters[0].gke.authorizedNetworks[0].name: found 'ooo", "shorten it"),
    "account with a long name": (one(serviceAccount="s" * 300),
                                 "AM010 clusters[0].gke.serviceAccount: found 'sss", "shorten it"),
    "labels as a list": (one(labels=["a"]), "AM003 clusters[0].gke.labels: found [",
                         "allowed: a map of keys"),
    "unknown kind": (one(kind="fast"), "clusters[0].gke.kind: found an unknown key", "remove it"),
}  # fmt: skip

RIGHT: dict[str, tuple[list[dict[str, Any]], dict[str, Any]]] = {
    "a location": ([one()], {}),
    "a zone": ([one(location="us-central1-f")], {}),
    "the project of all": ([{"name": "alpha", "gke": {"location": "me-west1"}}],
                           {"gcp": {"project": "my-project"}}),
    "the tag of nodes for a cluster that is there": (
        [one(), {"name": "ambientmesh", "context": "beta"}], {}),
    "a space around the container runtime": ([one()], {"gcp": {"cidr": "172.16.0.0/12"}}),
    "a context beside": ([one(), {"name": "beta", "context": "beta"}], {}),
    "two without a context": ([one(), one("beta")], {}),
    "as much as anybody has": ([networks("10.0.0.0/8", "172.16.0.0/12")], {}),
    "no network": ([networks()], {}),
    "a large cluster": ([one(cidr="10.64.0.0/14", nodePools=[{"maxPerZone": 100}])], {}),
    "labels and taints of nodes": ([pools({"labels": {"example.com/team": "", "team": "a_b"}}, {
        "name": "b", "taints": [{"key": "nvidia.com/gpu", "value": "A100.80_GB"}]})], {}),
    "values in capitals and with dots": (
        [pools({"labels": {"tier": "Gold", "version": "v1.2"}})], {}),
    "labels that a kubelet may set": ([pools({"labels": {
        "node.kubernetes.io/masq-agent": "true", "a.kubelet.kubernetes.io/b": "",
        "node-restriction.kubernetes.io/team": "mesh", "kubernetes.io/arch": "arm64",
        "notkubernetes.io/team": "mesh"}})], {}),
    "taints of one key and two effects": ([pools({}, {"name": "b", "taints": [
        {"key": "k", "value": "1"}, {"key": "k", "value": "1", "effect": "NO_EXECUTE"}]})], {}),
    "spot beside the default": ([pools({}, {"name": "spot", "spot": True, "minPerZone": 0})], {}),
    "Autopilot": ([one(autopilot=True, privilegedAdmission=["gs://lists/mesh/*"])], {}),
    "GKE's kinds": ([one(gatewayApi="standard")], {"mesh": {"install": "helm"}}),
    "the platform that it is": ([one(platform="gke")], {"mesh": {"install": "helm"}}),
}  # fmt: skip


def raw(clusters: list[dict[str, Any]], keys: dict[str, Any]) -> dict[str, str]:
    """Return the values of a stack file as Pulumi hands them over."""
    return {key: json.dumps(value) for key, value in {"clusters": clusters, **keys}.items()}


@pytest.mark.parametrize("case", BY_RULE)
def test_a_mistake_of_several_keys_is_found_by_one_rule(case: str) -> None:
    clusters, keys, code, beginning, fix = BY_RULE[case]
    settings = Settings.model_validate_json(json.dumps({"clusters": clusters, **keys}))

    found = [(rule.code, line) for rule in RULES for line in rule.check(settings)]

    assert [known for known, _ in found] == [code]
    [(_, line)] = found
    assert line.startswith(beginning)
    assert fix in line.partition("; allowed: ")[2]
    assert "; fix: " in line
    assert len(line) < 400, "a line that is longer is no line"
    with pytest.raises(ConfigurationError):
        parse(raw(clusters, keys))


@pytest.mark.parametrize("case", BY_FIELD)
def test_a_mistake_of_one_key_names_it(case: str) -> None:
    cluster, beginning, fix = BY_FIELD[case]

    with pytest.raises(ConfigurationError) as caught:
        parse(raw([{"name": "alpha", **cluster}], {}))

    [line] = caught.value.lines
    assert beginning in line
    assert fix in line


@pytest.mark.parametrize("case", RIGHT)
def test_what_is_right_is_left_alone(case: str) -> None:
    clusters, keys = RIGHT[case]

    assert parse(raw(clusters, keys)).clusters[0].gke is not None
