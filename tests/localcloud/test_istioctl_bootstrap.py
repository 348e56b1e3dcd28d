"""The scripted ``istioctl bootstrap``: what it makes, what it demands, what it prints."""

import base64
import json
from typing import Any

import pytest

from localcloud.istioctl import clusters, main

LABELS = {"istio.io/expose-istiod": "15012"}
LINE = ["bootstrap", "--namespace", "vm1", "--service-account", "vm1", "--context", "alpha"]


class Plane:
    """An API server from memory, whose token controller is quick."""

    def __init__(self) -> None:
        home = "/api/v1/namespaces/vm1"
        network = {"metadata": {"labels": {"topology.istio.io/network": "net"}}}
        self.objects: dict[str, Any] = {
            home: {},
            f"{home}/configmaps/istio-ca-root-cert": {"data": {"root-cert.pem": "root"}},
            "/api/v1/namespaces/istio-system": network,
        }
        balancer = {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}
        self.services = [{"metadata": {"labels": LABELS}, "status": balancer}]
        self.created: list[str] = []

    def find(self, path: str) -> Any:
        return self.objects.get(path)

    def items(self, path: str) -> list[Any]:
        assert path == "/api/v1/services?labelSelector=istio.io%2Fexpose-istiod"
        return self.services

    def create(self, path: str, body: dict[str, Any]) -> None:
        self.created.append(f"{body['kind']} {body['metadata']['name']}")
        token = base64.b64encode(f"token {len(self.created)}".encode()).decode()
        self.objects[f"{path}/{body['metadata']['name']}"] = {**body, "data": {"token": token}}


@pytest.fixture
def plane(monkeypatch: pytest.MonkeyPatch) -> Plane:
    found = Plane()
    monkeypatch.setattr(clusters, "api", lambda *_: found)
    return found


def printed(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.b64decode(capsys.readouterr().out, validate=False))
    return found


def test_it_makes_account_and_secret_and_prints_the_token(
    plane: Plane, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(LINE) == 0

    assert plane.created == ["ServiceAccount vm1", "Secret vm1-istio-bootstrap"]
    assert printed(capsys) == {
        "url": "https://192.0.2.1:15012",
        "caCert": "root",
        "namespace": "vm1",
        "serviceAccount": "vm1",
        "platform": "",
        "network": "net",
        "remote": False,
        "token": "token 2",
    }


def test_a_second_call_prints_the_same(plane: Plane, capsys: pytest.CaptureFixture[str]) -> None:
    main.main(LINE)
    first = printed(capsys)
    made = list(plane.created)

    assert main.main(LINE) == 0
    assert printed(capsys) == first
    assert plane.created == made


@pytest.mark.parametrize(
    ("gone", "message"),
    [
        ("/api/v1/namespaces/vm1", 'namespaces "vm1" not found'),
        ("/api/v1/namespaces/vm1/configmaps/istio-ca-root-cert", "istio-ca-root-cert"),
        ("/api/v1/namespaces/istio-system", "failed to find network"),
    ],
)
def test_what_must_be_there_is_not_made(
    plane: Plane, capsys: pytest.CaptureFixture[str], gone: str, message: str
) -> None:
    del plane.objects[gone]

    assert main.main(LINE) == 1
    said = capsys.readouterr()
    assert message in said.err
    assert said.out == ""


def test_without_an_exposed_istiod_there_is_no_token(
    plane: Plane, capsys: pytest.CaptureFixture[str]
) -> None:
    plane.services = []

    assert main.main(LINE) == 1
    assert 'services "istiod" not found' in capsys.readouterr().err
