"""A mark is read back for what it is."""

import pytest
import yaml

from components import naming
from localcloud.paths import CHECKOUT


def test_the_project_is_called_so() -> None:
    assert yaml.safe_load((CHECKOUT / "Pulumi.yaml").read_text("utf-8"))["name"] == naming.PROJECT


@pytest.mark.parametrize(
    ("stack", "same"),
    [
        ("mine", True),
        ("acme/mine", True),
        ("acme/ambientmesh/mine", True),
        ("other", False),
        ("ine", False),
        ("umbrella/mine", False),
        ("umbrella/ambientmesh/mine", False),
    ],
)
def test_a_mark_is_a_stacks_however_the_user_names_it(stack: str, *, same: bool) -> None:
    mark = naming.owner("acme", naming.PROJECT, "mine")

    assert naming.is_marked_by(mark, stack) is same
    assert not naming.is_marked_by(naming.owner("acme", "another", "mine"), stack)
