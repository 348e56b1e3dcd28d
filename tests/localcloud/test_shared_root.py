"""The root that stacks on local planes share: made once, asked for by name, its key kept apart."""

import stat
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from components import given_root, layers
from components.settings import Settings
from localcloud import shared_root
from tests.mesh import settings
from tests.roots import make_root

PRIVATE = 0o600


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / ".local" / "root"
    monkeypatch.setattr(shared_root, "ROOT", folder)
    return folder


def certificate(root: Path) -> str:
    content = yaml.safe_load((root / shared_root.LAYER).read_text(encoding="utf-8"))
    return str(content["config"]["ambientmesh:trust"]["rootCertificate"])


def under(pem: str) -> Settings:
    return settings(["alpha", "beta"], trust={"rootCertificate": pem})


def test_a_stack_that_extends_the_layer_is_under_the_root(tmp_path: Path, root: Path) -> None:
    shared_root.ensure()
    file = tmp_path / "Pulumi.mine.yaml"
    file.write_text("config: {'ambientmesh:extends': .local/root/layer.yaml}", encoding="utf-8")

    merged = layers.read(file, tmp_path)

    assert not merged.mistakes
    assert merged.values == {"trust": {"rootCertificate": certificate(root)}}


def test_the_root_is_made_once_and_its_key_is_for_its_owner_only(root: Path) -> None:
    shared_root.ensure()
    made = certificate(root)
    shared_root.ensure()

    assert certificate(root) == made
    assert stat.S_IMODE((root / "ca.key").stat().st_mode) == PRIVATE
    assert "PRIVATE" not in (root / shared_root.LAYER).read_text(encoding="utf-8")
    assert [path.name for path in root.parent.iterdir()] == ["root"], "nothing is left over"


def test_a_root_that_another_run_has_made_meanwhile_is_the_one(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_folder = tempfile.mkdtemp

    def second(**given: Any) -> str:
        monkeypatch.setattr(tempfile, "mkdtemp", make_folder)
        shared_root.ensure()
        made.append(certificate(root))
        return str(make_folder(**given))

    made: list[str] = []
    monkeypatch.setattr(tempfile, "mkdtemp", second)

    shared_root.ensure()

    assert [certificate(root)] == made
    assert [path.name for path in root.parent.iterdir()] == ["root"], "nothing is left over"


def test_only_a_stack_under_the_root_is_given_its_key(root: Path) -> None:
    assert shared_root.key(under(make_root()[0])) is None, "there is none yet"
    shared_root.ensure()

    key = shared_root.key(under(certificate(root)))

    assert key
    assert not given_root.key_problem(certificate(root), key)
    assert shared_root.key(under(make_root()[0])) is None
    assert shared_root.key(settings(["alpha", "beta"])) is None


@pytest.mark.parametrize(
    ("extends", "found"),
    [
        ("../.local/root/layer.yaml", True),
        (["layers/company.yaml", "../.local/root/layer.yaml"], True),
        (".local/root/layer.yaml", False),
        ("layers/company.yaml", False),
        ([7], False),
        (None, False),
    ],
)
def test_a_file_asks_for_the_root_by_its_path(tmp_path: Path, extends: Any, *, found: bool) -> None:
    file = tmp_path / "stacks" / "Pulumi.mine.yaml"

    assert shared_root.wanted(extends, file) is found
