"""One context is cut out of a kubeconfig, and nothing else comes along."""

import base64
from pathlib import Path

import pytest
import yaml

from components.kubeconfig import KubeconfigError, single_context


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Path:
    (tmp_path / "ca.crt").write_text("the ca")
    path = tmp_path / "config"
    content = {
        "current-context": "other",
        "contexts": [
            {"name": "mine", "context": {"cluster": "c", "user": "u", "namespace": "ns"}},
            {"name": "other", "context": {"cluster": "c", "user": "foreign"}},
            {"name": "torn", "context": {"cluster": "gone", "user": "u"}},
        ],
        "clusters": [
            {"name": "c", "cluster": {"server": "https://x", "certificate-authority": "ca.crt"}}
        ],
        "users": [
            {"name": "u", "user": {"token": "t"}},
            {"name": "foreign", "user": {"token": "foreign-token"}},
        ],
    }
    path.write_text(yaml.safe_dump(content))
    return path


def test_no_other_context_comes_along(kubeconfig: Path) -> None:
    cut = single_context(str(kubeconfig), "mine")

    assert cut["current-context"] == "mine"
    assert "foreign-token" not in yaml.safe_dump(cut)


def test_files_are_inlined_because_a_path_means_nothing_elsewhere(kubeconfig: Path) -> None:
    cluster = single_context(str(kubeconfig), "mine")["clusters"][0]["cluster"]

    assert base64.b64decode(cluster["certificate-authority-data"]) == b"the ca"
    assert "certificate-authority" not in cluster


def test_what_kubectl_would_read_is_the_default(
    kubeconfig: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", f"/nonexistent/config:{kubeconfig}")

    assert single_context(None, "mine")["current-context"] == "mine"


@pytest.mark.parametrize(
    ("context", "told"),
    [
        ("gone", "found 'gone'; allowed: a context of"),
        ("gone", "(mine, other, torn)"),
        ("torn", "cluster and user are in the same file"),
    ],
)
def test_a_context_that_cannot_be_used_is_told(kubeconfig: Path, context: str, told: str) -> None:
    with pytest.raises(KubeconfigError) as caught:
        single_context(str(kubeconfig), context)

    assert told in str(caught.value)


@pytest.mark.parametrize("content", [None, "not: [yaml", "a list"])
def test_a_file_that_is_no_kubeconfig_is_told(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "config"
    if content is not None:
        path.write_text(content)

    with pytest.raises(KubeconfigError, match=r"allowed: a (readable )?kubeconfig"):
        single_context(str(path), "mine")
