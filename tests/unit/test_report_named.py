"""What a pull request must say: the grammar of its lines, and what they stand for."""

import pytest

from report import named
from report.named import Loss

LOST = Loss(
    op="delete",
    resource="cluster3-trust-cacerts",
    names=("cluster3-trust-cacerts", "cluster3-trust", "Trust", "cluster3"),
    advised="cluster3",
)
MADE_ANEW = Loss(
    op="replace",
    resource="root-authority-key",
    names=("root-authority-key", "root-authority", "RootAuthority"),
    advised="root-authority",
)


def names_it(text: str, loss: Loss = LOST, *, alone: bool = True) -> bool:
    return not named.unnamed([loss], text, "local", alone=alone)


@pytest.mark.parametrize(
    "text",
    [
        "Deletes: cluster3",
        "Some words.\n\ndelete: cluster9, CLUSTER3\nMore words.",
        "- **Deletes:** `cluster3`",
        "> Deletes: cluster3.",
        "Deletes: cluster3-trust-cacerts",
        "Deletes: cluster3-trust; other",
        "Deletes: trust",
        "Deletes: local/cluster3",
    ],
)
def test_a_line_names_a_resource_by_itself_its_component_class_or_cluster(text: str) -> None:
    assert names_it(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cluster3 goes",
        "This deletes: cluster3",
        "Replaces: cluster3",
        "Deletes: cluster",
        "Deletes: cluster33",
        "Deletes: other/cluster3",
        "Deletes: *",
        "<!-- Deletes: cluster3 -->",
        "<!--\nDeletes: cluster3\n",
    ],
)
def test_what_only_looks_like_it_names_nothing(text: str) -> None:
    assert not names_it(text)


def test_a_replace_is_named_by_its_own_word() -> None:
    assert names_it("Replaces: root-authority", MADE_ANEW)
    assert not names_it("Deletes: root-authority", MADE_ANEW)


def test_where_several_stacks_change_a_name_says_of_which_it_is() -> None:
    assert not names_it("Deletes: cluster3", alone=False)
    assert names_it("Deletes: local/cluster3", alone=False)


@pytest.mark.parametrize("alone", [True, False])
def test_the_proposed_lines_name_everything(alone: bool) -> None:
    lines = named.lines({"local": [LOST, MADE_ANEW, LOST]}, alone=alone)

    assert len(lines) == 2
    assert not named.unnamed([LOST, MADE_ANEW], "\n".join(lines), "local", alone=alone)
