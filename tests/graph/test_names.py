"""URNs are a contract: a changed one replaces a part of a running mesh."""

from pathlib import Path

from tests.mesh import build, settings

GOLDEN = Path(__file__).parent.parent / "snapshots" / "urns.txt"


def urns(names: list[str]) -> list[str]:
    mesh = build(settings(names))
    return sorted(urn for urn, name in mesh.names.items() if name != "ambientmesh-test")


def test_urns_of_one_two_and_three_clusters_are_the_recorded_ones() -> None:
    names = ["alpha", "beta", "gamma"]
    text = "".join(
        f"# {count} clusters\n" + "".join(f"{urn}\n" for urn in urns(names[:count]))
        for count in (1, 2, 3)
    )

    assert text == GOLDEN.read_text(encoding="utf-8"), (
        "URNs changed: add aliases and say in CHANGELOG.md what `up` will do, then update"
        " tests/snapshots/urns.txt"
    )
