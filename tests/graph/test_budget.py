"""State is rewritten at every step, so that resources are a budget: 60 a cluster, all told."""

import re
from pathlib import Path

from tests.budget import of_cluster, resources

PAGE = Path(__file__).parents[2] / "docs" / "resources.md"
BUDGET = 60
HELM = {"install": "helm"}


def test_a_cluster_with_everything_on_stays_within_the_budget() -> None:
    clusters = {site: of_cluster(counts) for site, counts in resources().items() if site}

    assert max(clusters.values()) <= BUDGET, clusters


def test_the_page_says_by_how_much_the_helm_route_is_above_it() -> None:
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    gke = [{"name": name, "context": name, "platform": "gke"} for name in ("cluster1", "cluster2")]
    counts = [
        max(of_cluster(found) for site, found in resources(**changes).items() if site)
        for changes in ({"mesh": HELM}, {"mesh": HELM, "clusters": gke})
    ]

    assert "the fullest cluster takes {} there, {} on GKE".format(*counts) in text


def test_the_page_says_what_every_part_costs() -> None:
    rows = re.findall(r"(?m)^\| (\w+) \| (\d+) \|", PAGE.read_text(encoding="utf-8"))
    highest: dict[str, int] = {}
    for counts in resources().values():
        for part, count in counts.items():
            highest[part] = max(highest.get(part, 0), count)

    assert {part: int(count) for part, count in rows} == highest
