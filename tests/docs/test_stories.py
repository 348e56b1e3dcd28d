"""The sections that a reader would follow are followed: real planes, the real engine, one shell."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from localcloud.paths import BIN, TOOLS
from tests.docs import followed
from tests.docs.commands import kind
from tests.docs.engine import CHART, have_an_engine
from tests.docs.pages import blocks
from tests.docs.story import Checkout, copied, missing
from tests.integration.reported import assert_alike

pytestmark = [pytest.mark.engine, pytest.mark.planes]

IN_A_HURRY: Final = {"HOLD=60": "HOLD=1", "up --refresh": "up --refresh --yes"}
"""Nobody looks around, and nobody is there to say yes."""
CONTEXTS: Final = {"gke_ambient_one": "local-cluster1", "gke_ambient_two": "local-cluster2"}


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    built = _built()
    with copied(tmp_path) as checkout:
        yield checkout
    assert built.items() <= _built().items(), "a copy leaves the tools of its checkout as they are"


def _built() -> dict[str, tuple[int, float]]:
    """Return what `.local/tools` has: it shows whether anything was built or linked anew."""
    found = {path: path.lstat() for path in [*TOOLS.iterdir(), *BIN.iterdir()]}
    return {
        path.name: (status.st_ino, status.st_mtime)
        for path, status in found.items()
        if path.suffix != ".log" and path.name not in ("bin", "durations.json", "lock")
    }


def test_the_door_of_a_laptop_leads_to_a_mesh_and_back(checkout: Checkout) -> None:
    for part in followed.LAPTOP:
        checkout.follow(part, instead=IN_A_HURRY)

    seen = "\n".join(checkout.typed)
    shown = next(block for block in blocks("README.md") if kind(block) == "shown")
    assert not missing(shown.text, seen), "the first thing that a reader sees"
    assert not (checkout.folder / ".local").exists()


def as_a_pull_request(checkout: Checkout) -> None:
    """Have what CI has: a commit to compare with, another one, and what is written of it."""
    who = "-c user.name=Somebody -c user.email=somebody@example.com"
    checkout.type(f"git init -q && git add -A && git {who} commit -qm base")
    checkout.type("git update-ref refs/remotes/origin/main HEAD && mkdir told && touch BODY.txt")
    checkout.write("Pulumi.customer.yaml", "ambientmesh:scalingProfile: Demo")


@pytest.mark.nightly
def test_the_door_of_clusters_that_are_there_leads_to_a_mesh_and_back(checkout: Checkout) -> None:
    checkout.type(".local/venv/bin/python -m localcloud start")
    have_an_engine(checkout, "customer")
    checkout.environment["KUBECONFIG"] = str(checkout.folder / ".local/world/kubeconfig")
    [door], [rename] = followed.OWN, followed.RENAMED
    copy, *coming, going = door.blocks()
    checkout.type(copy.text)
    file = checkout.folder / "Pulumi.customer.yaml"
    text = file.read_text(encoding="utf-8")
    for context, local in CONTEXTS.items():
        text = text.replace(context, local)
    file.write_text(text + CHART, encoding="utf-8")

    checkout.follow(door, blocks=coming, answers={"licenseKey": "canary-license\n"})

    as_a_pull_request(checkout)
    for part in followed.PREVIEWED:
        checkout.follow(part, instead={"STACK": "customer", "DIR": "told"})
    assert (checkout.folder / "comment.md").read_text("utf-8").count("customer")
    written = (checkout.folder / f"customer.{ending}" for ending in ("events", "plan.json"))
    assert_alike(*(file.read_text(encoding="utf-8") for file in written))

    checkout.type("pulumi stack rename prod")
    assert "renamed: docs/operations.md" in checkout.type("pulumi preview", fails=True)
    for context in CONTEXTS.values():
        checkout.type(f"kubectl config use-context {context}")
        checkout.follow(rename, instead={"acme/": "organization/"})
    assert "create" not in checkout.type("pulumi up")

    checkout.follow(door, blocks=[going], instead={"customer": "prod"})

    state = Path(checkout.environment["HOME"]) / "ambientmesh-state/.pulumi"
    assert state.is_dir()
    assert not list((state / "stacks").rglob("*.json"))


@pytest.mark.nightly
def test_the_other_stacks_on_a_laptop_come_and_go(checkout: Checkout) -> None:
    for part in followed.OTHER_STACKS:
        checkout.follow(part)


def test_a_root_is_made_and_given_to_a_stack(checkout: Checkout) -> None:
    have_an_engine(checkout, "east")
    checkout.environment["PULUMI_BACKEND_URL"] = f"file://{checkout.folder.parent}?metadata=skip"
    checkout.type("pulumi stack init east")
    for part in followed.A_ROOT:
        checkout.follow(part)

    assert "BEGIN CERTIFICATE" in (checkout.folder / "Pulumi.east.yaml").read_text("utf-8")
    assert "PRIVATE KEY" not in (checkout.folder / "Pulumi.east.yaml").read_text("utf-8")
    assert "PRIVATE KEY" in (checkout.folder / "root-key.pem").read_text("utf-8")


def test_what_a_page_says_of_a_checkout_holds(checkout: Checkout) -> None:
    for part in (*followed.PAGES, *followed.DEVELOPING):
        checkout.follow(part)


def test_what_takes_too_long_for_a_test_begins(checkout: Checkout) -> None:
    said = checkout.type(".local/venv/bin/python -m bench --help")

    assert "--scale" in said
