"""State is rewritten at every step, so that resources are a budget: 60 a cluster, all told."""

import re
from pathlib import Path

from tests.budget import of_cluster, resources

PAGE = Path(__file__).parents[2] / "docs" / "resources.md"
BUDGET = 60


def test_a_cluster_with_everything_on_stays_within_the_budget() -> None:
    clusters = {site: of_cluster(counts) for site, counts in resources().items() if site}

    assert max(clusters.values()) <= BUDGET, clusters


def test_the_page_says_what_every_part_costs() -> None:
    rows = re.findall(r"(?m)^\| (\w+) \| (\d+) \|", PAGE.read_text(encoding="utf-8"))
    highest: dict[str, int] = {}
    for counts in resources().values():
        for part, count in counts.items():
            highest[part] = max(highest.get(part, 0), count)

    assert {part: int(count) for part, count in rows} == highest
