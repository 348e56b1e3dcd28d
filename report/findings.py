"""What policies found: one entry for all that is mended in the same way."""

from collections.abc import Sequence
from typing import Final

from report.markdown import code, counted, cut, folded, plain
from report.plan import Finding, Plan

SHOWN: Final = 20
"""Findings that are shown; as many facts and warnings are."""
OPEN: Final = 3
"""Of those with one fix: a reader has understood, and the others are folded away."""
LONGEST: Final = 400
"""Characters of one of them, and of a line of an error."""
_FIX: Final = "\nFix: "
"""Between what a policy of this project found and how it is mended; other packs have none."""


def more_in_the_log(count: int, shown: int, what: str) -> list[str]:
    """Return how many are not shown, if any are not."""
    return [f"*{counted(count - shown, f'more {what}')} in the log.*"] if count > shown else []


def policies(plan: Plan) -> str:
    """Return what policies found, mandatory first."""
    if plan.policies is None:
        return "**Policies:** not known: findings are in the engine's event log only (`--events`)."
    if not plan.policies:
        return "**Policies:** none were asked in this preview."
    if not plan.findings:
        return "**Policies:** no finding."
    order = sorted(plan.findings, key=lambda finding: finding.level != "mandatory")
    alike: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in order:
        fix = finding.message.strip().partition(_FIX)[2]
        # Without a fix nothing says that two have anything in common.
        alike.setdefault((finding.level, finding.policy, fix or finding.message), []).append(
            finding
        )
    lines: list[str] = []
    rest: list[str] = []
    told = 0
    for some in alike.values():
        if told >= SHOWN:
            break
        lines += _together(some)
        rest += _further(some)
        told += len(some[: OPEN + SHOWN])
    parts = ["**Policies:**", "\n".join(lines)]
    if rest:
        parts.append(
            folded(f"{counted(len(rest), 'more finding')} with these fixes", "\n".join(rest))
        )
    return "\n\n".join([*parts, *more_in_the_log(len(order), told, "finding")])


def _together(some: Sequence[Finding]) -> list[str]:
    """Return the entry of findings that have one fix."""
    first = some[0]
    sign = "🔴" if first.level == "mandatory" else "🟡"
    head = f"- {sign} {plain(first.level)} {code(first.policy)}"
    _, _, fix = first.message.strip().partition(_FIX)
    if len(some) == 1 or not fix:
        return [f"{head}{_on(finding)}: {_cut(finding.message)}" for finding in some[:OPEN]]
    what = [f"  - {_what(finding)}" for finding in some[:OPEN]]
    return [f"{head}, {counted(len(some), 'finding')}. Fix: {_cut(fix)}", *dict.fromkeys(what)]


def _further(some: Sequence[Finding]) -> list[str]:
    """Return those for which the entry is too short."""
    return [f"- {_what(finding)}" for finding in some[OPEN : OPEN + SHOWN]]


def _what(finding: Finding) -> str:
    what = _cut(finding.message.strip().partition(_FIX)[0])
    on = _on(finding).removeprefix(" on ")
    return f"{on}: {what}" if on else what


def _on(finding: Finding) -> str:
    name = finding.urn.rpartition("::")[2]
    return f" on {code(name)}" if name and name not in finding.message else ""


def _cut(text: str) -> str:
    return plain(cut(text.strip(), LONGEST))
