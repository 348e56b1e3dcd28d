"""Which sections are followed from beginning to end, and which commands other tests run."""

import re
from dataclasses import dataclass
from typing import Final

from tests.docs.commands import kind, typed
from tests.docs.story import Part

START: Final = "docs/getting-started.md"
LAPTOP: Final = (
    Part(page=START, section="on-a-laptop"),
    Part(page=START, section="look-around"),
    Part(page="docs/drills.md", section="failover-drills"),
    Part(page="docs/operations.md", section="operations"),
    Part(page=START, section="let-it-grow", file="Pulumi.local.yaml"),
    Part(page=START, section="back-to-nothing"),
)
OWN: Final = (Part(page=START, section="on-clusters-that-you-have"),)
RENAMED: Final = (
    Part(page="docs/operations.md", section="the-stack-gets-another-name-or-backend"),
)
POLICIES: Final = Part(page="docs/policies.md", section="policies")
PREVIEWED: Final = (POLICIES, Part(page="docs/previews.md", section="three-commands"))
OTHER_STACKS: Final = (
    Part(page="docs/gke-local.md", section="gke-clusters-on-a-laptop"),
    Part(page="docs/helm.md", section="on-local-planes"),
)
A_ROOT: Final = (Part(page="certs/README.md", section="a-root-of-your-own"),)
PAGES: Final = (Part(page="docs/stacks.md", section="stacks-and-layers"),)
DEVELOPING: Final = (Part(page="CONTRIBUTING.md", section="before-you-propose-it"),)

FOLLOWED: Final = (*LAPTOP, *OWN, *PREVIEWED, *RENAMED, *OTHER_STACKS, *A_ROOT, *PAGES, *DEVELOPING)


def followed() -> set[str]:
    """Return every command that the stories type."""
    blocks = [block for part in FOLLOWED for block in part.blocks() if kind(block) == "shell"]
    return {command.text for block in blocks for command in typed(block)}


@dataclass(frozen=True, kw_only=True)
class Proof:
    """Commands that another test runs.

    Args:
        commands: pattern of the whole command.
        test: ``path::function``, or the path of a file that is no module of tests.
        says: what stands there, so that it is this command.
        where: the file in which it stands, where that is not the test's own.
    """

    commands: str
    test: str
    says: str
    where: str = ""

    def covers(self, command: str) -> bool:
        """Whether a command is one of these."""
        return re.fullmatch(self.commands, command) is not None


PROOFS: Final = (
    Proof(commands="make (test|lint)", test=".ci/run", says="exec make lint test"),
    Proof(
        commands="make test-all", test=".github/workflows/nightly.yml", says="CI=true make test-all"
    ),
    Proof(commands="make venv", test=".ci/run", says="test: venv", where="Makefile"),
    Proof(
        commands=r"\.local/venv/bin/python -m pytest tests/unit tests/graph .*",
        test=".ci/run",
        says="exec make lint test",
    ),
    Proof(
        commands=r"\.local/venv/bin/python -m drill --stack .*",
        test="tests/integration/test_drill.py::test_a_drill_is_green_and_leaves_nothing",
        says='"-m", "drill"',
    ),
    Proof(
        commands=r"pulumi destroy --target '\*\*-eastwest-gateway' --target-dependents",
        test="tests/integration/test_istioctl_links.py"
        "::test_the_way_from_one_mode_to_the_other_is_the_one_that_is_told",
        says='"--target", "**-eastwest-gateway", "--target-dependents"',
    ),
    Proof(
        commands="PULUMI_K8S_DELETE_UNREACHABLE=true pulumi refresh",
        test="tests/integration/test_lost_cluster.py"
        "::test_once_it_is_forgotten_the_cluster_and_what_was_in_it_are_made_anew",
        says='{"PULUMI_K8S_DELETE_UNREACHABLE": "true"}',
    ),
    Proof(
        commands="pulumi cancel",
        test="tests/integration/test_crashes.py"
        "::test_an_engine_that_is_killed_is_followed_by_an_up_that_finishes",
        says='"cancel", "--yes"',
        where="localcloud/stack.py",
    ),
    Proof(
        commands="pulumi refresh --clear-pending-creates",
        test="tests/integration/test_crashes.py"
        "::test_an_engine_that_is_killed_is_followed_by_an_up_that_finishes",
        says='"refresh", "--clear-pending-creates"',
        where="localcloud/stack.py",
    ),
    Proof(
        commands="make (up|verify|destroy) STACK=region-(east|west)",
        test="tests/integration/test_regions.py::test_each_region_links_to_the_other_by_its_own_up",
        says="Two stacks, each with the clusters of a region",
    ),
    Proof(
        commands="make bench",
        test="tests/docs/test_stories.py::test_what_takes_too_long_for_a_test_begins",
        says="-m bench --help",
    ),
)
