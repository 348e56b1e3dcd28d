"""A simulated ztunnel finds the cluster of its token among the planes of a world."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from localcloud.machines import ztunnel


class Plane:
    """An API server that knows the token of one account."""

    def __init__(self, kubeconfig: Path) -> None:
        self.name = kubeconfig.parent.name

    def create(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        assert path.endswith("/tokenreviews")
        return {"status": {"authenticated": body["spec"]["token"] == f"of-{self.name}"}}


@pytest.mark.parametrize("own", ["alpha", "beta"])
def test_its_cluster_is_the_one_that_takes_its_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: str
) -> None:
    for name in ("alpha", "beta"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "kubeconfig").touch()
    token = base64.b64encode(json.dumps({"token": f"of-{own}"}).encode()).decode()
    monkeypatch.setenv("BOOTSTRAP_TOKEN", token)
    monkeypatch.setattr(ztunnel, "Api", Plane)

    found: Any = ztunnel.api({"kubeconfig": str(tmp_path / "*" / "kubeconfig")})

    assert found.name == own
