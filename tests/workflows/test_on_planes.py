"""What main and the night run, with the real engine on two control planes, step by step."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.docs.engine import CHART, have_an_engine
from tests.docs.story import Checkout, copied
from tests.workflows.files import script

pytestmark = [pytest.mark.engine, pytest.mark.planes, pytest.mark.nightly]

PLAN: Final = ("main", "plan", "plan")
UP: Final = ("main", "up", "up")
VERIFY: Final = ("main", "up", "verify")
DRIFT: Final = ("nightly", "drift", "drift")
CLUSTERS: Final = """config:
  ambientmesh:clusters:
    - {name: cluster1, context: local-cluster1}
    - {name: cluster2, context: local-cluster2}
"""
LABEL: Final = "kubectl --context local-cluster1 label namespace istio-system"
MORE: Final = """  ambientmesh:namespaces:
    - {name: shop, create: true}
"""


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[Checkout]:
    with copied(tmp_path) as checkout:
        checkout.type(".local/venv/bin/python -m localcloud start")
        have_an_engine(checkout, "prod")
        checkout.environment |= {
            "KUBECONFIG": str(checkout.folder / ".local/world/kubeconfig"),
            "PULUMI_BACKEND_URL": f"file://{tmp_path}?metadata=skip",
            "STACK": "prod",
            "GITHUB_OUTPUT": str(tmp_path / "output"),
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        }
        checkout.type("pulumi stack init prod")
        configure(checkout)
        yield checkout


def configure(checkout: Checkout, more: str = "") -> None:
    """Write the stack's file, which keeps how its secrets are encrypted."""
    path = checkout.folder / "Pulumi.prod.yaml"
    kept = [line for line in path.read_text("utf-8").splitlines() if line.startswith("encryption")]
    path.write_text("\n".join([*kept, CLUSTERS + CHART + more]), encoding="utf-8")


def operations(checkout: Checkout) -> int:
    """Plan; return how many operations are to be approved."""
    output = Path(checkout.environment["GITHUB_OUTPUT"])
    output.unlink(missing_ok=True)
    checkout.type(script(*PLAN))
    [line] = output.read_text("utf-8").splitlines()
    return int(line.removeprefix("operations="))


def test_what_was_approved_is_what_comes_up_and_a_night_finds_only_what_somebody_did(
    runner: Checkout,
) -> None:
    summary = Path(runner.environment["GITHUB_STEP_SUMMARY"])

    assert operations(runner)
    assert "A new mesh of 2 clusters with 2 links" in summary.read_text("utf-8")
    configure(runner, MORE)
    assert "Nothing was touched; fix: plan anew" in runner.type(script(*UP), fails=True)
    assert not runner.type("kubectl --context local-cluster1 get ns -o name").count("istio")

    configure(runner)
    runner.type(script(*UP))
    runner.type(script(*VERIFY))
    runner.type(script(*DRIFT))
    assert operations(runner) == 0

    runner.type(f"{LABEL} topology.istio.io/network=another --overwrite")
    runner.type(script(*DRIFT), fails=True)
    runner.type("pulumi destroy")
