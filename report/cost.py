"""What a stack costs a month, before a change and after it, by its configuration and a price list.

Both are ranges (``components.prices``): of what a stack file says, not of what a plan holds, so
that a price is known of clusters that are yet to be made too.
"""

import io
import math
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from components import layers, prices, stack_files
from components.located import NotYaml
from components.prices import Bill, Range
from components.settings import ConfigurationError, parse
from report import git
from report.markdown import plain

_FILES: Final = ":(glob)**/*.yaml"
"""Stack files and layers of a commit, which may be in any folder. One pattern: git refuses all
where one of them finds nothing."""


class Costs(NamedTuple):
    """Bills of one stack; None where its files do not tell."""

    before: Bill | None
    after: Bill | None
    base: str
    """What ``before`` is of; empty if it was not asked for."""


def bill(stack: str, project: Path) -> Bill | None:
    """Return what the files of a stack come to; None if there are none, or they are wrong."""
    try:
        file = stack_files.find(stack, project)
        found = layers.read(file, project) if file else None
        return prices.bill(parse(found.raw)) if found and not found.mistakes else None
    except (ConfigurationError, NotYaml, stack_files.TwoFiles):
        return None


@contextmanager
def _at(commit: str, project: Path) -> Iterator[Path | None]:
    """Yield a folder with the stack files of a commit; None if git does not have it."""
    try:
        packed = git.run(project, "archive", commit, "--", _FILES)
    except git.GitError:
        yield None
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        tarfile.open(fileobj=io.BytesIO(packed)) as archive,
    ):
        archive.extractall(folder, filter="data")
        yield Path(folder)


def costs(stack: str, base: str, project: Path) -> Costs:
    """Return the bills of a stack, at a base and as its files are now.

    Args:
        stack: its name.
        base: a commit; empty for no comparison.
        project: folder of Pulumi.yaml.
    """
    after = bill(stack, project)
    if not base:
        return Costs(None, after, "")
    with _at(base, project) as folder:
        return Costs(bill(stack, folder) if folder else None, after, base)


def sentence(found: Costs) -> str:
    """Return the change of what a stack costs, with what it is by and what it leaves out."""
    if found.after is None:
        return "not known: the stack's files are not there, or have mistakes"
    left_out = "traffic, licenses, taxes and discounts"
    if unknown := found.after.unknown:
        left_out += f"; {plain(', '.join(unknown))} not priced"
    parts = [
        _change(old, new, what)
        for old, new, what in (
            (_made(found.before), found.after.made, "for what the stack makes"),
            (
                _elsewhere(found.before),
                found.after.elsewhere,
                "for load balancers of clusters that were there, if these are on GKE",
            ),
        )
        if new.high or (old and old.high)
    ]
    text = "; ".join(parts) or "nothing that has a price"
    lacking = "; what it was before is not known" if found.base and not found.before else ""
    return f"{text}{lacking} (Google's list of {prices.DATE}, as a range; without {left_out})."


def _made(bill: Bill | None) -> Range | None:
    return bill.made if bill else None


def _elsewhere(bill: Bill | None) -> Range | None:
    return bill.elsewhere if bill else None


def _change(old: Range | None, new: Range, what: str) -> str:
    if old is None:
        return f"{_usd(new)} a month {what}"
    if old == new:
        return f"unchanged, {_usd(new)} a month {what}"
    low, high = _signed(new.low - old.low), _signed(new.high - old.high)
    more = low if low == high else f"{low} to {high}"
    return f"**{more} USD a month** {what}: {_usd(old)} now, {_usd(new)} then"


def _usd(price: Range) -> str:
    return f"{math.floor(price.low):,} to {math.ceil(price.high):,} USD"


def _whole(amount: float) -> int:
    return math.floor(amount) if amount < 0 else math.ceil(amount)


def _signed(amount: float) -> str:
    whole = _whole(amount)
    return f"{whole:+,}" if whole else "0"
