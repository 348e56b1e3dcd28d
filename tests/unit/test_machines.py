"""Machines in a stack file: what is refused, and in which words."""

import json
from typing import Any

import pulumi
import pytest

from components import bootstrap
from components.readiness import Verdict
from components.root_certificate import root_verdict
from components.scripts import text
from components.settings import ConfigurationError, Settings, parse
from components.virtual_machine import as_root, told
from tests.mesh import HOST_KEY, settings

CLUSTERS = json.dumps([{"name": "alpha", "context": "a"}])


def stack(*vms: dict[str, Any], **keys: Any) -> Settings:
    others = {key: json.dumps(value) for key, value in keys.items()}
    return parse({"clusters": CLUSTERS, "vms": json.dumps(vms), **others})


def vm(name: str = "vm1", *, ssh: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    own = {"host": f"{name}.example.com", "hostKey": HOST_KEY, **(ssh or {})}
    return {"name": name, "cluster": "alpha", "ssh": own, **changes}


RSA_AS_ED25519 = f"ssh-rsa {HOST_KEY.split()[1]}"

WRONG: dict[str, tuple[list[dict[str, Any]], str, str]] = {
    "unknown cluster": ([vm(cluster="beta")], "vms[0].cluster: found 'beta'", "write one of them"),
    "no host key": ([vm(ssh={"hostKey": ""})], "vms[0].ssh.hostKey: found ''", "ssh_host_ed25519"),
    "fingerprint as host key": ([vm(ssh={"hostKey": "SHA256:abc"})],
                                "vms[0].ssh.hostKey: found 'SHA256:abc'", "ssh_host_ed25519_key"),
    "host key of another type": ([vm(ssh={"hostKey": RSA_AS_ED25519})],
                                 "vms[0].ssh.hostKey: found 'ssh-rsa", "ssh_host_ed25519_key"),
    "line of ssh-keyscan": ([vm(ssh={"hostKey": f"vm1 {HOST_KEY}"})],
                            "vms[0].ssh.hostKey: found 'vm1 ssh", "ssh_host_ed25519_key.pub"),
    "no host": ([vm(ssh={"host": ""})], "vms[0].ssh.host: found ''", "not empty"),
    "port out of range": ([vm(ssh={"port": 0})], "vms[0].ssh.port: found 0", "at least 1"),
    "user that is an option": ([vm(ssh={"user": "-oProxyCommand=x"})],
                               "vms[0].ssh.user: found '-oProxy", "write another value"),
    "generation of zero": ([vm(tokenGeneration=0)], "vms[0].tokenGeneration: found 0",
                           "at least 1"),
    "illegal namespace": ([vm(namespace="VM_1")], "vms[0].namespace: found 'VM_1'", "vm-1"),
    "namespace of the mesh": ([vm(namespace="istio-system")],
                              "vms[0].namespace: found 'istio-system'", "write another"),
    "account of Bookinfo's pods": ([vm(namespace="bookinfo", serviceAccount="bookinfo-ratings")],
                                   "vms[0].serviceAccount: found 'bookinfo-ratings' of bookinfo",
                                   "give the machine its own"),
    "instance that begins with a digit": (
        [{"name": "1vm", "cluster": "alpha",
          "gce": {"project": "my-project", "zone": "europe-west4-a"}}],
        "vms[0].name: found '1vm'", "write 'vm-1vm'"),
    "everybody's account": ([vm(serviceAccount="default")],
                            "vms[0].serviceAccount: found 'default'", "give the machine its own"),
    "account of two": ([vm(), vm("vm2", namespace="vm1", serviceAccount="vm1")],
                       "vms[1].serviceAccount: found 'vm1' of vm1", "give each machine its own"),
    "name of two": ([vm(), vm(namespace="other", ssh={"port": 23})], "vms: found 'vm1' 2 times",
                    "merge the entries"),
    "host of two": ([vm(), vm("vm2", ssh={"host": "vm1.example.com"})],
                    "vms: found host 'vm1.example.com:22' 2 times", "merge the entries"),
    "zone that is none": ([{"name": "vm1", "cluster": "alpha",
                            "gce": {"project": "p", "zone": "Europe"}}],
                          "vms[0].gce.zone: found 'Europe'", "write another value"),
    "region for a zone": ([{"name": "vm1", "cluster": "alpha",
                            "gce": {"project": "my-project", "zone": "europe-west4"}}],
                          "vms[0].gce.zone: found 'europe-west4'", "gcloud compute zones list"),
    "zone nowhere": ([{"name": "vm1", "cluster": "alpha",
                       "gce": {"project": "my-project", "zone": "nowhere"}}],
                     "vms[0].gce.zone: found 'nowhere'", "gcloud compute zones list"),
    "project of one letter": ([{"name": "vm1", "cluster": "alpha",
                                "gce": {"project": "p", "zone": "europe-west4-a"}}],
                              "vms[0].gce.project: found 'p'", "gcloud projects list"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("project", "zone"),
    [
        ("my-project", "europe-west4-a"),
        ("123456789012", "us-central1-a"),
        ("my-project", "us-central1-ai1a"),
    ],
)
def test_instances_are_taken_wherever_google_has_them(project: str, zone: str) -> None:
    machine = {"name": "vm1", "cluster": "alpha", "gce": {"project": project, "zone": zone}}

    (found,) = stack(machine).vms

    assert found.gce
    assert (found.gce.project, found.gce.zone) == (project, zone)


@pytest.mark.parametrize("case", WRONG)
def test_a_mistake_is_one_line_with_key_value_and_fix(case: str) -> None:
    vms, beginning, fix = WRONG[case]

    with pytest.raises(ConfigurationError) as caught:
        stack(*vms)

    [line] = caught.value.lines
    assert beginning in line
    assert fix in line
    assert "; allowed: " in line
    assert "; fix: " in line


@pytest.mark.parametrize(
    ("namespace", "keys"),
    [("istio-egress", {"egress": {}}), ("gloo-mesh", {"management": {"cluster": "alpha"}})],
)
def test_a_machine_is_not_at_home_where_another_part_makes_the_namespace(
    namespace: str, keys: dict[str, Any]
) -> None:
    with pytest.raises(ConfigurationError, match=rf"vms\[0\].namespace: found '{namespace}'"):
        stack(vm(namespace=namespace), **keys)

    assert stack(vm(namespace=namespace)).vms[0].home == namespace


def test_a_machine_is_called_by_its_name_where_nothing_else_is_said() -> None:
    [found] = stack(vm()).vms

    assert (found.home, found.account, found.token_generation) == ("vm1", "vm1", 1)


def test_a_comment_after_a_host_key_is_left_out() -> None:
    [found] = stack(vm(ssh={"hostKey": f"{HOST_KEY} root@vm1"})).vms

    assert found.ssh is not None
    assert found.ssh.host_key == HOST_KEY


def test_machines_need_a_key() -> None:
    config = settings(["alpha"], vms=(vm(),))

    with pytest.raises(pulumi.RunError, match=r"sshPrivateKey: found nothing; allowed: .*; fix: "):
        bootstrap.check_keys(config, {})


def test_without_machines_no_key_is_asked_for() -> None:
    bootstrap.check_keys(settings(["alpha"]), {})


def test_the_probes_answer_is_read_line_by_line() -> None:
    assert told("ready\nhttp://a:1/ 200\nhttp://b:1/ 302") == {
        "ready": True,
        "reachable": {"http://a:1/": 200, "http://b:1/": 302},
    }


def test_no_value_is_written_into_a_script() -> None:
    for name in ("ztunnel", "probe", "gce_startup"):
        assert "{{" not in text(name).replace("{{index .Config.Labels", "")


def test_words_cannot_leave_their_place() -> None:
    assert "'a; rm -rf /'" in as_root("root", "a; rm -rf /")


@pytest.mark.parametrize(
    ("obj", "state"),
    [
        (None, "pending"),
        ({"data": {"root-cert.pem": "another"}}, "pending"),
        ({}, "pending"),
        ({"data": {"root-cert.pem": "older\nroot\n"}}, "ready"),
    ],
)
def test_a_token_waits_for_the_meshs_own_root(obj: dict[str, Any] | None, state: str) -> None:
    verdict: Verdict = root_verdict(obj, "root\n")

    assert verdict.state == state
