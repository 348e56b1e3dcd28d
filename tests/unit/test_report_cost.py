"""What a change costs, by the stack files of two commits."""

from pathlib import Path

import pytest

from report import cost
from tests.unit.test_report_changed import git

STACK = """config:
  ambientmesh:extends: shared/all.yaml
  ambientmesh:clusters:
    - {name: a, context: a}
    - {name: b, context: b}
"""
LAYER = "config:\n  ambientmesh:bookinfo: {enabled: false}\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a repository with one stack beside Pulumi.yaml, a layer, and no other folder."""
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "all.yaml").write_text(LAYER, encoding="utf-8")
    (tmp_path / "Pulumi.yaml").write_text("name: ambientmesh\n", encoding="utf-8")
    (tmp_path / "Pulumi.acme.yaml").write_text(STACK, encoding="utf-8")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "base")
    return tmp_path


def test_what_a_stack_cost_is_known_wherever_its_files_are(project: Path) -> None:
    more = "    - {name: c, context: c}\n"
    (project / "Pulumi.acme.yaml").write_text(STACK + more, encoding="utf-8")

    found = cost.costs("acme", "main", project)
    assert found.before
    assert found.after
    assert found.after.elsewhere.high > found.before.elsewhere.high
    assert "USD a month** for load balancers" in cost.sentence(found)


def test_what_nobody_can_know_is_said_to_be_so(project: Path) -> None:
    assert "what it was before is not known" in cost.sentence(cost.costs("acme", "gone", project))
    assert cost.sentence(cost.costs("other", "main", project)).startswith("not known")
