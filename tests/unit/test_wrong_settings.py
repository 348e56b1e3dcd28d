"""Every mistake is one line with its key, what was found, what is allowed and the fix."""

import json
from typing import Any

import pytest

from components import config_errors, topology
from components.settings import ConfigurationError, Settings, parse

TWO = [{"name": "alpha", "context": "a"}, {"name": "beta", "context": "b"}]


def with_second(**changes: Any) -> str:
    return json.dumps([TWO[0], {**TWO[1], **changes}])


WRONG: dict[str, tuple[dict[str, str | None], str, str]] = {
    "no clusters": ({"clusters": None}, "clusters: found nothing", "add the key"),
    "empty clusters": ({"clusters": "[]"}, "clusters: found []", "at least one entry"),
    "clusters as text": ({"clusters": "alpha,beta"}, "clusters: found 'alpha,beta'", "a list"),
    "cluster as text": ({"clusters": '["alpha"]'}, "clusters[0]: found 'alpha'", "a map of keys"),
    "illegal name": ({"clusters": with_second(name="Beta_2")}, "clusters[1].name: found 'Beta_2'",
                     "for example 'beta-2'"),
    "long name": ({"clusters": with_second(name="b" * 41)}, "clusters[1].name: found 'bbb",
                  "at most 40 characters"),
    "same name twice": ({"clusters": with_second(name="alpha")}, "clusters[1].name: found 'alpha'",
                        "give each cluster its own name"),
    "same network twice": ({"clusters": with_second(network="alpha"), "meshVersion": "1.27.2"},
                           "clusters[1].network: found 'alpha'", "its own network"),
    "no context": ({"clusters": '[{"name": "alpha"}]'}, "clusters[0]: found a map",
                   "say which cluster it is, or make one"),
    "empty context": ({"clusters": with_second(context="")}, "clusters[1].context: found ''",
                      "not empty"),
    "misspelt key": ({"clusters": with_second(trustdomain="x")}, "clusters[1].trustdomain: found",
                     "write 'trustDomain'"),
    "trust domain with scheme": ({"clusters": with_second(trustDomain="spiffe://beta")},
                                 "clusters[1].trustDomain: found 'spiffe://beta'", "no 'spiffe://'"),
    "name as number": ({"clusters": with_second(name=7)}, "clusters[1].name: found 7",
                       "write text, in quotes"),
    "unknown top-level key": ({"timeout": "{}"}, "timeout: found an unknown key",
                              "write 'timeouts'"),
    "version with -solo": ({"meshVersion": "1.26.2-solo"}, "meshVersion: found '1.26.2-solo'",
                           "write '1.26.2'"),
    "short version": ({"meshVersion": "1.28"}, "meshVersion: found '1.28'", "major.minor.patch"),
    "unknown profile": ({"scalingProfile": "Tiny"}, "scalingProfile: found 'Tiny'",
                        "'Default', 'Demo' or 'Large'"),
    "timeout without unit": ({"timeouts": '{"mesh": 10}'}, "timeouts.mesh: found 10",
                             "add the unit"),
    "timeout of zero": ({"timeouts": '{"link": "0s"}'}, "timeouts.link: found '0s'",
                        "above zero"),
    "unknown algorithm": ({"trust": '{"algorithm": "DSA"}'}, "trust.algorithm: found 'DSA'",
                          "'RSA' or 'ECDSA'"),
    "validity out of range": ({"trust": '{"rootValidityDays": 3}'},
                              "trust.rootValidityDays: found 3", "at least 32"),
    "intermediate outlives root": (
        {"trust": '{"rootValidityDays": 100, "intermediateValidityDays": 100}'},
        "trust: found a map", "shorten the intermediates"),
    "switch as text": ({"bookinfo": '{"enabled": "yes"}'}, "bookinfo.enabled: found 'yes'",
                       "true or false"),
    "an intermediate that is always due": (
        {"trust": '{"intermediateValidityDays": 30}'},
        "trust.intermediateValidityDays: found 30", "at least 31"),
    "same context twice": ({"clusters": with_second(context="a")},
                           "clusters[0].context, clusters[1].context: found 'a' 2 times",
                           "give each cluster its own context"),
    "two links of one name": ({"clusters": json.dumps(
        [{"name": n, "context": n} for n in ("a", "a-to-b", "b-to-c", "c")])},
        "found a -> b-to-c and a-to-b -> c, both called 'a-to-b-to-c'", "rename one"),
    "null where a default would do": ({"clusters": with_second(network=None)},
                                      "clusters[1].network: found null", "or remove the key"),
    "null where nothing else would do": ({"clusters": with_second(name=None)},
                                         "clusters[1].name: found null", "fix: write text"),
    "empty kubeconfig": ({"kubeconfig": ""}, "kubeconfig: found ''", "not empty"),
    "empty kubeconfig of a cluster": ({"clusters": with_second(kubeconfig="")},
                                      "clusters[1].kubeconfig: found ''", "not empty"),
    "key of two lines": ({"bookinfo": r'{"a\nb": 1}'}, r"bookinfo.'a\nb': found an unknown key",
                         "remove it"),
    "waypoint that is no Service": ({"namespaces": '[{"name": "a", "waypoint": "1w"}]'},
                                    "namespaces[0].waypoint: found '1w'", "write 'w1w'"),
    "waypoint called as a machine's account": (
        {"namespaces": '[{"name": "a", "waypoint": "vm1", "create": true}]',
         "vms": json.dumps([{"name": "vm1", "cluster": "alpha", "namespace": "a",
                             "gce": {"project": "my-project", "zone": "europe-west4-a"}}])},
        "namespaces[0].waypoint: found 'vm1'", "write 'a-waypoint'"),
    "another spelling of a key": ({"mesh_version": "1.28.3"}, "mesh_version: found an unknown key",
                                  "write 'meshVersion'"),
    "misspelt license": ({"licenceKey": "canary"}, "licenceKey: found an unknown key",
                         "write 'licenseKey'"),
    "version with -solo-fips": ({"meshVersion": "1.28.3-solo-fips"},
                                "meshVersion: found '1.28.3-solo-fips'", "write '1.28.3'"),
    "version in other digits": ({"meshVersion": "\u0661.\u0662.\u0663"},
                                "meshVersion: found", "major.minor.patch"),
    "endless version": ({"meshVersion": "1.28." + "3" * 90}, "meshVersion: found '1.28.333",
                        "major.minor.patch"),
    "timeout of years": ({"timeouts": '{"link": "99999h"}'}, "timeouts.link: found '99999h'",
                         "in range"),
    "timeout that overflows": ({"timeouts": json.dumps({"link": "9" * 5000 + "h"})},
                               "timeouts.link: found '999", "add the unit"),
    "registry with scheme": ({"bookinfo": '{"registry": "https://mirror.example/istio/"}'},
                             "bookinfo.registry: found 'https://mirror.example/istio/'",
                             "write 'mirror.example/istio'"),
    "structure too deep": ({"trust": "[" * 100_000}, "trust: found '[[[", "a map of keys"),
    "number too long": ({"clusters": "9" * 5000}, "clusters: found '999", "a list"),
    "half a character": ({"bookinfo": r'{"registry": "\ud800"}'}, "bookinfo: found what cannot be",
                         "Pulumi.dev.yaml"),
    "a bottomless map": ({"trust": "[" * 500 + "]" * 500, "licenceKey": "canary"},
                         "trust: found what cannot be read", "Pulumi.dev.yaml"),
    "nothing where there was a list": ({"vms": ""}, "vms: found ''", "or remove the key"),
    "nothing where there was a map": ({"ingress": ""}, "ingress: found ''", "or remove the key"),
    "empty chart": ({"charts": '{"glooOperator": ""}'}, "charts.glooOperator: found ''",
                    "not empty"),
    "empty folder of CRDs": ({"charts": '{"gatewayApi": ""}'}, "charts.gatewayApi: found ''",
                             "not empty"),
    "empty folder of charts": ({"charts": '{"istio": ""}'}, "charts.istio: found ''", "not empty"),
    "unknown platform": ({"clusters": with_second(platform="eks")},
                         "clusters[1].platform: found 'eks'", "write one of them"),
    "unknown route": ({"mesh": '{"install": "istioctl"}'}, "mesh.install: found 'istioctl'",
                      "write one of them"),
    "hub with scheme": ({"mesh": '{"install": "helm", "hub": "oci://mirror.test/istio"}'},
                        "mesh.hub: found 'oci://mirror.test/istio'", "write 'mirror.test/istio'"),
    "sizes on the helm route": ({"mesh": '{"install": "helm"}', "scalingProfile": "Demo"},
                                "scalingProfile: found 'Demo'", "remove the key"),
    "operator on the helm route": ({"mesh": '{"install": "helm"}', "operatorVersion": "0.4.0"},
                                   "operatorVersion: found '0.4.0'", "remove the key"),
    "hub on the operator route": ({"mesh": '{"hub": "mirror.test/istio"}'},
                                  "mesh.hub: found 'mirror.test/istio'", "remove the key"),
    "ingress nowhere": ({"ingress": '{"clusters": []}'}, "ingress.clusters: found []",
                        "fix: add an entry"),
    "namespace nowhere": ({"namespaces": '[{"name": "a", "clusters": []}]'},
                          "namespaces[0].clusters: found []", "at least one entry"),
    "ingress of no cluster": ({"ingress": '{"clusters": ["gamma"]}'},
                              "ingress.clusters: found 'gamma'", "alpha, beta"),
    "egress of no cluster": ({"egress": '{"clusters": ["gamma"]}'},
                             "egress.clusters: found 'gamma'", "alpha, beta"),
    "namespace of no cluster": ({"namespaces": '[{"name": "a", "clusters": ["gamma"]}]'},
                                "namespaces[0].clusters: found 'gamma'", "alpha, beta"),
    "drill of no cluster": ({"drills": '[{"service": "a", "cluster": "gamma"}]'},
                            "drills[0].cluster: found 'gamma'", "alpha, beta"),
    "plane of no cluster": ({"management": '{"cluster": "gamma"}'},
                            "management.cluster: found 'gamma'", "alpha, beta"),
    "plane of two places": (
        {"management": '{"cluster": "alpha", "dedicated": {"name": "m", "context": "m"}}'},
        "management: found a map", "say where it runs, once"),
    "plane outside the mesh, named as inside": (
        {"management": '{"dedicated": {"name": "alpha", "context": "m"}}'},
        "management.dedicated.name: found 'alpha'", "set management.cluster"),
    "plane outside the mesh, reached as inside": (
        {"management": '{"dedicated": {"name": "m", "context": "a"}}'},
        "management.dedicated.context: found 'a'", "set management.cluster"),
    "plane outside the mesh, reached as inside by the stack's kubeconfig": (
        {"kubeconfig": "here",
         "management": '{"dedicated": {"name": "m", "context": "a", "kubeconfig": "here"}}'},
        "management.dedicated.context: found 'a'", "set management.cluster"),
    "plane nowhere": ({"management": "{}"}, "management: found a map", "say where it runs, once"),
    "unknown way to register": ({"management": '{"cluster": "alpha", "mode": "helm"}'},
                                "management.mode: found 'helm'", "'declarative' or 'meshctl'"),
    "plane of half a version": ({"management": '{"cluster": "alpha", "version": "2.10"}'},
                                "management.version: found '2.10'", "major.minor.patch"),
    "same namespace twice": ({"namespaces": '[{"name": "a"}, {"name": "a"}]'},
                             "namespaces: found 'a' 2 times", "merge the entries"),
    "same service twice": (
        {"namespaces": '[{"name": "a", "scope": "global",'
                       ' "services": [{"name": "s"}, {"name": "s"}]}]'},
        "namespaces[0].services: found 's' 2 times", "merge the entries"),
    "namespace of the mesh itself": ({"namespaces": '[{"name": "istio-system"}]'},
                                     "namespaces[0].name: found 'istio-system'",
                                     "fix: take the entry out"),
    "Bookinfo made twice": ({"namespaces": '[{"name": "bookinfo", "create": true}]'},
                            "namespaces[0].create: found true", "take create out"),
    "scope outside the mesh": (
        {"namespaces": '[{"name": "a", "ambient": false, "scope": "global"}]'},
        "namespaces[0].ambient: found false", "ambient: true"),
    "service listed for nothing": (
        {"namespaces": '[{"name": "a", "services": [{"name": "s"}]}]'},
        "namespaces[0].services[0].scope: found nothing", "take 's' out"),
    "unknown scope": ({"namespaces": '[{"name": "a", "scope": "world"}]'},
                      "namespaces[0].scope: found 'world'", "'global' or 'global-only'"),
    "unknown scope of a service": (
        {"namespaces": '[{"name": "a", "services": [{"name": "s", "scope": "local"}]}]'},
        "namespaces[0].services[0].scope: found 'local'", "'cluster'"),
    "unknown distribution": (
        {"namespaces": '[{"name": "a", "trafficDistribution": "PreferNode"}]'},
        "namespaces[0].trafficDistribution: found 'PreferNode'", "'PreferNetwork'"),
    "illegal namespace": ({"namespaces": '[{"name": "A_b"}]'}, "namespaces[0].name: found 'A_b'",
                          "for example 'a-b'"),
    "switch of a namespace as text": ({"namespaces": '[{"name": "a", "create": "no"}]'},
                                      "namespaces[0].create: found 'no'", "true or false"),
    "illegal waypoint": ({"namespaces": '[{"name": "a", "waypoint": "Way"}]'},
                         "namespaces[0].waypoint: found 'Way'", "for example 'way'"),
    "ingress without Bookinfo": ({"ingress": "{}", "bookinfo": '{"enabled": false}'},
                                 "ingress: found a map, but bookinfo.enabled is false",
                                 "bookinfo.enabled: true"),
    "ingress to a local page": (
        {"ingress": '{"clusters": ["beta"]}'},
        "ingress: found Bookinfo's productpage without a global name in beta", "scope: global"),
    "host with scheme": ({"egress": '{"hosts": [{"host": "https://httpbin.org"}]}'},
                         "egress.hosts[0].host: found 'https://httpbin.org'",
                         "write 'httpbin.org'"),
    "external host with a port": ({"egress": '{"hosts": [{"host": "httpbin.org:443/get"}]}'},
                                  "egress.hosts[0].host: found", "write 'httpbin.org'"),
    "external host of one word": ({"egress": '{"hosts": [{"host": "https://web"}]}'},
                                  "egress.hosts[0].host: found", "a host such as 'httpbin.org'"),
    "short version of the plane": ({"management": '{"cluster": "alpha", "version": "2.9"}'},
                                   "management.version: found '2.9'", "such as '2.10.1'"),
    "short version of the operator": ({"operatorVersion": "0.4"},
                                      "operatorVersion: found '0.4'", "such as '0.4.0'"),
    "platform on the operator's route": ({"clusters": with_second(platform="gke")},
                                         "clusters[1].platform: found 'gke'", "remove the key"),
    "machine that is neither": ({"vms": '[{"name": "vm1", "cluster": "alpha"}]'},
                                "vms[0]: found a map", "how the machine is reached"),
    "unknown route of installation": ({"mesh": '{"install": "istioctl"}'},
                                      "mesh.install: found 'istioctl'", "'operator' or 'helm'"),
    "empty path of a tool": ({"cli": '{"istioctl": ""}'}, "cli.istioctl: found ''", "not empty"),
    "checksum that is none": ({"cli": '{"checksums": [{"file": "a", "sha256": "ABC"}]}'},
                              "cli.checksums[0].sha256: found 'ABC'", "what sha256sum prints"),
    "checksum of no file": ({"cli": json.dumps({"checksums": [{"sha256": "0" * 64}]})},
                            "cli.checksums[0].file: found nothing", "add the key"),
    "download as text": ({"cli": '{"download": "yes"}'}, "cli.download: found 'yes'",
                         "true or false"),
    "unknown mode of links": ({"links": '{"mode": "helm"}'}, "links.mode: found 'helm'",
                              "'declarative' or 'istioctl'"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_mistake_is_one_line_with_key_value_and_fix(case: str) -> None:
    changes, beginning, fix = WRONG[case]
    raw: dict[str, str | None] = {"clusters": json.dumps(TWO), **changes}

    with pytest.raises(ConfigurationError) as caught:
        parse({key: value for key, value in raw.items() if value is not None})

    [line] = caught.value.lines
    assert beginning in line
    assert fix in line
    assert "; allowed: " in line
    assert "; fix: " in line
    assert "\n" not in line
    assert len(line) < 400, "a line that is longer is no line"
    assert "canary" not in line


KINDS: dict[str, tuple[str, ...]] = {
    # What pydantic may find by type of a schema, and by what limits it.
    "str": ("string_type",), "int": ("int_type",), "bool": ("bool_type",),
    "dict": ("dict_type",), "tuple": ("tuple_type",), "model": ("model_type",),
    "literal": ("literal_error",), "any": (),
    "min_length": ("too_short",), "str.min_length": ("string_too_short",),
    "str.max_length": ("string_too_long",),
    "ge": ("greater_than_equal",), "le": ("less_than_equal",),
}  # fmt: skip
LIMITS = ("min_length", "max_length", "ge", "le", "gt", "lt", "multiple_of", "pattern")
PASSED_ON = {"default", "nullable", "definitions", "definition-ref", "model-fields", "model-field",
             "no-info", "with-info"}  # fmt: skip


def kinds_of(schema: Any) -> set[str]:
    """Return the kinds of mistakes that pydantic may find by a schema."""
    if isinstance(schema, list | tuple):
        return {kind for item in schema for kind in kinds_of(item)}
    if not isinstance(schema, dict):
        return set()
    found: set[str] = set()
    name = schema.get("type")
    if isinstance(name, str) and name not in PASSED_ON and not name.startswith("function-"):
        found.update(KINDS[name])
        for limit in LIMITS:
            if limit in schema:
                found.update(KINDS.get(f"{name}.{limit}") or KINDS[limit])
    below = [value for key, value in schema.items() if key not in ("metadata", "config")]
    return found | kinds_of(below)


def test_every_kind_of_mistake_that_a_model_can_have_is_said_in_words() -> None:
    kinds = kinds_of(Settings.__pydantic_core_schema__)
    context = {"ge": 1, "le": 1, "max_length": 1, "expected": "'a' or 'b'"}

    assert {"dict_type", "string_too_long", "string_too_short", "too_short"} <= kinds
    for kind in sorted(kinds):
        own = {key: value for key, value in context.items() if key != "ge" or "greater" in kind}
        code, text = config_errors._rule(kind, own, "value")
        assert code != "AM007", kind
        assert kind not in text


def test_all_mistakes_of_a_file_come_together() -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse(
            {
                "clusters": with_second(name="B!", context=""),
                "meshVersion": "latest",
                "colour": "red",
                "timeouts": '{"mesh": "soon"}',
            }
        )

    keys = [line.split(":")[0] for line in caught.value.lines]
    assert keys == [
        "AM011 clusters[1].name",
        "AM006 clusters[1].context",
        "AM013 meshVersion",
        "AM014 timeouts.mesh",
        "AM001 colour",
    ]


def test_mistakes_between_clusters_come_with_those_of_other_keys() -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse({"clusters": with_second(name="alpha"), "meshVersion": "latest"})

    keys = [line.split(":")[0] for line in caught.value.lines]
    assert keys == ["AM013 meshVersion", "AM101 clusters[0].name, clusters[1].name"]


def test_what_a_cluster_is_called_names_its_network_and_trust_domain() -> None:
    config = parse({"clusters": with_second(trustDomain="cluster.local")})

    alpha, beta = topology.members(config)
    assert (alpha.network, alpha.trust_domain) == ("alpha", "alpha")
    assert (beta.network, beta.trust_domain) == ("beta", "cluster.local")


def test_durations_are_read_with_their_units() -> None:
    config = parse({"clusters": json.dumps(TWO), "timeouts": '{"mesh": "1h30m", "link": "45s"}'})

    assert (config.timeouts.mesh, config.timeouts.link) == (5400, 45)


def test_the_operator_version_follows_the_mesh_version_unless_set() -> None:
    old = parse({"clusters": json.dumps(TWO), "meshVersion": "1.26.2"})
    own = parse({"clusters": json.dumps(TWO), "operatorVersion": "0.9.9"})

    assert old.operator_chart_version == "0.2.4"
    assert own.operator_chart_version == "0.9.9"


def test_settings_cannot_be_changed_after_they_are_read() -> None:
    config: Settings = parse({"clusters": json.dumps(TWO)})

    with pytest.raises(ValueError, match="frozen"):
        config.mesh_version = "1.0.0"
