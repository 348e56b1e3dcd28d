"""What policies found: one entry for all that is mended in the same way."""

from collections.abc import Sequence
from typing import Final

from report.markdown import code, counted, cut, folded, plain
from report.plan import Finding, Plan

SHOWN: Final = 20
"""Findings that are open, and as many that are folded away; facts and warnings that are shown."""
OPEN: Final = 3
"""Of those with one fix that are open: a reader has understood."""
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
    # Findings come as plugins answer: in an order of their own they are the same in every run.
    order = sorted(plan.findings, key=lambda f: (f.level != "mandatory", f.policy, f.urn))
    alike: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in order:
        # Without a fix nothing says that two have anything in common.
        same = (finding.level, finding.policy, _parts(finding)[1] or finding.message)
        alike.setdefault(same, []).append(finding)
    lines: list[str] = []
    rest: list[str] = []
    opened = 0
    for some in alike.values():
        if opened >= SHOWN:
            break
        lines += _entry(some)
        rest += [_line(finding) for finding in some[OPEN:]]
        opened += len(some[:OPEN])
    kept = list(dict.fromkeys(rest[:SHOWN]))
    parts = ["**Policies:**", "\n".join(lines)]
    if kept:
        parts.append(folded(counted(len(kept), "more finding"), "\n".join(kept)))
    told = opened + len(rest[:SHOWN])
    return "\n\n".join([*parts, *more_in_the_log(len(order), told, "finding")])


def _entry(some: Sequence[Finding]) -> list[str]:
    """Return what is open of findings that have one fix, or one message."""
    fix = _parts(some[0])[1]
    if len(some) == 1 or not fix:
        return list(dict.fromkeys(_line(finding) for finding in some[:OPEN]))
    what = [f"  - {_what(finding)}" for finding in some[:OPEN]]
    count = counted(len(some), "finding")
    return [f"{_head(some[0])}, {count}. Fix: {_cut(fix)}", *dict.fromkeys(what)]


def _parts(finding: Finding) -> tuple[str, str]:
    """Return what was found and how it is mended; the second is empty where nothing says so."""
    what, _, fix = finding.message.strip().partition(_FIX)
    return what, fix


def _head(finding: Finding) -> str:
    sign = "🔴" if finding.level == "mandatory" else "🟡"
    return f"- {sign} {plain(finding.level)} {code(finding.policy)}"


def _line(finding: Finding) -> str:
    return f"{_head(finding)}{_on(finding)}: {_cut(finding.message)}"


def _what(finding: Finding) -> str:
    what = _cut(_parts(finding)[0])
    on = _on(finding).removeprefix(" on ")
    return f"{on}: {what}" if on else what


def _on(finding: Finding) -> str:
    name = finding.urn.rpartition("::")[2]
    return f" on {code(name)}" if name and name not in finding.message else ""


def _cut(text: str) -> str:
    return plain(cut(text.strip(), LONGEST))
