"""Test settings that hold everywhere."""

import os
from collections.abc import Generator
from typing import Any

import hypothesis
import hypothesis.configuration
import pytest

from localcloud.paths import LOCAL

# An Output that is formatted into text must be an error, not a message in a resource's name.
os.environ["PULUMI_ERROR_OUTPUT_STRING"] = "1"
# What helm and kubectl learn of a plane is of no use to whoever runs the tests.
os.environ["KUBECACHEDIR"] = str(LOCAL / "cache" / "kube")
hypothesis.configuration.set_hypothesis_home_dir(LOCAL / "cache" / "hypothesis")
# A busy machine is no mistake of the program: no example is timed.
hypothesis.settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("untimed")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the stories on planes: a long one that begins last is waited for alone.

    Those of a folder stay together: its planes are stopped when they are over.
    """
    engine, planes = (
        {item.path.parent for item in items if item.get_closest_marker(marker)}
        for marker in ("engine", "planes")
    )
    items.sort(
        key=lambda item: (
            item.path.parent not in engine,
            item.path.parent not in planes,
            item.path.parent,
        )
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    """Fail what is skipped: a tier that could not run must not look like one that passed."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which counts as failed: {report.longrepr}"
    return report
