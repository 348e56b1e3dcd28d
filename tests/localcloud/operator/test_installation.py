"""What a ServiceMeshController stands for."""

from typing import Any

import pytest
import yaml

from localcloud.operator import installation

SPEC = {"version": "1.28.3-patch0", "installNamespace": "istio-system", "cluster": "one"}


def made(spec: dict[str, Any], kind: str, name: str) -> dict[str, Any]:
    objects = installation.objects(SPEC | spec)
    return next(o for o in objects if (o["kind"], o["metadata"]["name"]) == (kind, name))


def istiod(spec: dict[str, Any]) -> dict[str, Any]:
    return made(spec, "Deployment", "istiod-gloo")


def env(spec: dict[str, Any]) -> dict[str, str]:
    (container,) = istiod(spec)["spec"]["template"]["spec"]["containers"]
    return {item["name"]: item["value"] for item in container["env"]}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({}, "us-docker.pkg.dev/soloio-img/istio/pilot:1.28.3-patch0-solo"),
        (
            {"distribution": "FIPS"},
            "us-docker.pkg.dev/soloio-img/istio/pilot:1.28.3-patch0-solo-fips",
        ),
        ({"image": {"registry": "mirror"}}, "mirror/soloio-img/istio/pilot:1.28.3-patch0-solo"),
        ({"image": {"registry": "m", "repository": "r"}}, "m/r/pilot:1.28.3-patch0-solo"),
    ],
)
def test_images_are_solos_build_wherever_they_come_from(
    spec: dict[str, Any], expected: str
) -> None:
    assert installation.image(SPEC | spec, "pilot") == expected


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"trustDomain": "td"}, "td"),
        ({}, "one"),
        ({"cluster": None}, "cluster.local"),
    ],
)
def test_the_trust_domain_is_the_specs_or_else_the_clusters_name(
    spec: dict[str, Any], expected: str
) -> None:
    config = made(spec, "ConfigMap", "istio-gloo")

    assert env(spec)["TRUST_DOMAIN"] == expected
    assert yaml.safe_load(config["data"]["mesh"])["trustDomain"] == expected


@pytest.mark.parametrize(("profile", "replicas"), [("Demo", 1), ("Default", 2), ("Large", 2)])
def test_only_a_demo_does_with_one_istiod(profile: str, replicas: int) -> None:
    assert istiod({"scalingProfile": profile})["spec"]["replicas"] == replicas


def test_everything_is_in_the_namespace_asked_for_and_known_as_the_operators() -> None:
    for item in installation.objects(SPEC | {"installNamespace": "mesh"}):
        assert item["metadata"]["namespace"] == "mesh"
        assert item["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "gloo-operator"


def test_a_workload_comes_after_the_account_that_its_pods_run_as() -> None:
    names = [(item["kind"], item["metadata"]["name"]) for item in installation.objects(SPEC)]
    for item in installation.rollouts(SPEC):
        account = item["spec"]["template"]["spec"]["serviceAccountName"]

        assert names.index(("ServiceAccount", account)) < names.index(
            (item["kind"], item["metadata"]["name"])
        )
