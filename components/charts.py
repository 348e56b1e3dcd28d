"""Where Helm charts come from, and what a chart on disk says of itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from components.settings import Settings

SIMULATED_ANNOTATION: Final = "ambientmesh.dev/simulated"
"""In Chart.yaml of localcloud's stand-ins: the only charts that need no license."""

ISTIO_CHARTS: Final = ("base", "istiod", "cni", "ztunnel")
"""Below ``charts.istio``."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A chart that a stack installs, as its configuration names it."""

    key: str
    """Of the configuration, below ``charts``."""
    address: str
    product: str
    """Whose license it needs, in a user's words."""
    base: str = ""
    """The value of the key, where charts are below it."""


PLATFORM_CHARTS: Final = ("gloo-platform-crds", "gloo-platform")
"""Of the management plane, in the order in which they are installed."""


def located(base: str, name: str, version: str | None) -> dict[str, Any]:
    """Return what a Release says of a chart that is one of several at an address.

    Args:
        base: a folder, an ``oci://`` address, or the ``https://`` address of a repository.
        name: of the chart.
        version: of the chart; a folder has one only.
    """
    if base.startswith("https://"):
        return {"chart": name, "repository_opts": {"repo": base}, "version": version}
    return {"chart": f"{base}/{name}", "version": None if is_local(base) else version}


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
    else:
        for chart in ISTIO_CHARTS:
            address = f"{charts.istio}/{chart}"
            product = f"Solo's Istio, chart {chart}"
            yield Source(key="istio", address=address, product=product, base=charts.istio)
    if settings.management:
        names = PLATFORM_CHARTS if is_local(charts.gloo_platform) else ("",)
        for name in names:
            address = f"{charts.gloo_platform}/{name}" if name else charts.gloo_platform
            yield Source(
                key="glooPlatform",
                address=address,
                product="the Gloo management plane",
                base=charts.gloo_platform,
            )


def _is_there(path: str) -> bool:
    try:
        return not path or not is_local(path) or Path(path).exists()
    except (OSError, ValueError):
        return False


def problem(source: Source) -> str | None:
    """Return what is wrong with a local chart, which Helm would tell after half a run.

    Charts below one folder that is missing are all told in the same words: it is one mistake.
    """
    lacking = next((path for path in (source.base, source.address) if not _is_there(path)), None)
    if lacking is None:
        return None
    return (
        f"charts.{source.key}: found {lacking!r}; allowed: an oci:// or https:// address, or"
        " a chart directory or archive that exists; fix: mend the path, seen from Pulumi.yaml"
    )
