"""What is deleted for a tool that cannot: by uid, waited for, and never what a stack has marked."""

from typing import Any

import pytest

from components import cli_api
from components.naming import OWNER_ANNOTATION

PATH = "/apis/x/y"
KUBECONFIG: dict[str, Any] = {
    "contexts": [{"name": "alpha"}, {"name": "beta"}],
    "clusters": [{"name": "alpha"}, {"name": "beta"}],
    "users": [{"name": "alpha"}, {"name": "beta"}],
}


class Server:
    """Answers GETs from a list, the last one for ever, and takes note of deletions."""

    def __init__(self, *answers: tuple[int, dict[str, Any]], deletes: int = 200) -> None:
        self.answers = list(answers)
        self.deletes = deletes
        self.bodies: list[Any] = []

    def __call__(self, _client: Any, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        assert path == PATH
        if method == "DELETE":
            self.bodies.append(body)
            return self.deletes, {}
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def there(uid: str = "1", **annotations: str) -> tuple[int, dict[str, Any]]:
    return 200, {"metadata": {"uid": uid, "annotations": annotations}}


GONE: tuple[int, dict[str, Any]] = (404, {})


def deleted(server: Server, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(cli_api, "connect", lambda _: None)
    monkeypatch.setattr(cli_api, "_request", server)
    monkeypatch.setattr(cli_api, "POLL", 0.0)
    monkeypatch.setattr(cli_api, "LONGEST", 0.2)
    return cli_api.delete(KUBECONFIG, "alpha", [PATH])


def test_it_deletes_by_uid_and_waits_until_it_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(there(), there(), there(), GONE)

    assert deleted(server, monkeypatch) == 0
    assert [body["preconditions"] for body in server.bodies] == [{"uid": "1"}]
    assert server.answers == [GONE]


def test_what_somebody_makes_in_its_place_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert deleted(Server(there(), there("2")), monkeypatch) == 0


def test_what_is_gone_already_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(GONE)

    assert deleted(server, monkeypatch) == 0
    assert server.bodies == []


def test_what_a_stack_has_marked_stays(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    server = Server(there(**{OWNER_ANNOTATION: "organization/ambientmesh/test"}))

    assert deleted(server, monkeypatch) == 0
    assert server.bodies == []
    assert "stays: it belongs to stack organization/ambientmesh/test" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("server", "said"),
    [
        (Server((403, {})), "alpha: /apis/x/y: HTTP 403"),
        (Server(there(), deletes=409), "alpha: /apis/x/y: HTTP 409"),
        (Server(there()), "still there after"),
    ],
)
def test_what_cannot_be_deleted_fails_with_its_cluster_and_path(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], server: Server, said: str
) -> None:
    assert deleted(server, monkeypatch) == 1
    assert said in capsys.readouterr().err


def test_one_context_is_cut_out_with_what_it_needs() -> None:
    assert cli_api.single(KUBECONFIG, "beta") == {
        "contexts": [{"name": "beta"}],
        "clusters": [{"name": "beta"}],
        "users": [{"name": "beta"}],
        "current-context": "beta",
    }
