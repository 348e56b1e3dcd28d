"""Where Helm charts come from, and what a chart on disk says of itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from components.settings import Settings

SIMULATED_ANNOTATION: Final = "ambientmesh.dev/simulated"
"""In Chart.yaml of localcloud's stand-ins: the only charts that need no license."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A chart that a stack installs, as its configuration names it."""

    key: str
    """Of the configuration, below ``charts``."""
    address: str
    product: str
    """Whose license it needs, in a user's words."""


def is_local(chart: str) -> bool:
    """Whether a chart is a path and not an address."""
    return "://" not in chart


def is_simulated(source: Source) -> bool:
    """Whether a chart is a local directory that calls itself simulated."""
    try:
        content = yaml.safe_load((Path(source.address) / "Chart.yaml").read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return False
    annotations = content.get("annotations") if isinstance(content, dict) else None
    return isinstance(annotations, dict) and str(annotations.get(SIMULATED_ANNOTATION)) == "true"


def sources(settings: Settings) -> Iterator[Source]:
    """Yield every chart that a stack installs."""
    charts = settings.charts
    if settings.mesh.install == "operator":
        yield Source(key="glooOperator", address=charts.gloo_operator, product="the Gloo operator")


def problem(source: Source) -> str | None:
    """Return what is wrong with a local chart, which Helm would tell after half a run."""
    try:
        there = not is_local(source.address) or Path(source.address).exists()
    except (OSError, ValueError):
        there = False
    if there:
        return None
    return (
        f"charts.{source.key}: found {source.address!r}; allowed: an oci:// or https:// address, or"
        " a chart directory or archive that exists; fix: mend the path, seen from Pulumi.yaml"
    )
