"""What is said of one stack: headline, table, links, cost, policies, and folded what differs."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from report import cost, findings, headline, losses, tables
from report.cost import Costs
from report.facts import SIGNS, Fact
from report.findings import LONGEST, SHOWN, more_in_the_log
from report.folds import Folded, folds
from report.markdown import block, counted, cut, plain
from report.named import Loss
from report.places import placed
from report.plan import Plan

FORMAT: Final = 1
"""Of the JSON, which one run of ``comment`` writes and one of ``join`` reads."""
_LINES: Final = 40
"""Lines of errors that are shown: what a summary holds is never cut to fit, so it must be short."""


@dataclass(frozen=True, kw_only=True)
class Section:
    """What is said of one stack."""

    stack: str
    headline: str
    weight: str
    failed: bool
    body: str
    """Markdown of all that is never cut."""
    folds: tuple[Folded, ...]
    losses: tuple[Loss, ...]

    def to_json(self) -> str:
        """Return it as ``join`` reads it."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1)

    @classmethod
    def from_json(cls, text: str) -> "Section":
        """Return a section that was written.

        Raises:
            ValueError: it is none, or of another version of this program.
        """
        found = json.loads(text)
        if not isinstance(found, dict) or found.pop("format", None) != FORMAT:
            raise ValueError("it is no summary of this version of `python -m report comment`")
        parts = tuple(Folded(**fold) for fold in found.pop("folds"))
        lost = tuple(
            Loss(**{**loss, "names": tuple(loss["names"])}) for loss in found.pop("losses")
        )
        return cls(**found, folds=parts, losses=lost)


def section(stack: str, plan: Plan, costs: Costs) -> Section:
    """Return what is said of one stack's plan."""
    places = placed(plan)
    facts = headline.facts(plan, places)
    said = headline.headline(facts, places)
    failed = bool(plan.errors) or not plan.finished
    parts = [_more(facts), _errors(plan)]
    if not failed:
        parts += [tables.changes(places), tables.links(places)]
        parts += [f"**Cost:** {cost.sentence(costs)}"]
    parts += [findings.policies(plan), _warnings(plan.warnings)]
    return Section(
        stack=stack,
        headline=f"{SIGNS[facts[0].weight]} {said}",
        weight=facts[0].weight.name,
        failed=plan.failed,
        body="\n\n".join(part for part in parts if part),
        folds=() if failed else tuple(folds(places)),
        losses=() if failed else tuple(losses.losses(places)),
    )


def _more(facts: Sequence[Fact]) -> str:
    """Return every fact but the first, which is the headline."""
    more = facts[1:]
    lines = [f"- {SIGNS[fact.weight]} {_sentence(fact.text)}" for fact in more[:SHOWN]]
    if len(more) > SHOWN:
        lines.append(
            f"- {counted(len(more) - SHOWN, 'lighter effect')} more, in what differs below."
        )
    return "\n".join(lines)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _errors(plan: Plan) -> str:
    lines = [cut(line, LONGEST) for error in plan.causes for line in error.splitlines()]
    if not lines:
        return ""
    return "\n\n".join(
        [block(lines[:_LINES], "text"), *more_in_the_log(len(lines), _LINES, "line")]
    )


def _warnings(said: Sequence[str]) -> str:
    if not said:
        return ""
    lines = "\n".join(f"- {plain(cut(text, LONGEST))}" for text in said[:SHOWN])
    title = f"**{counted(len(said), 'warning')} of the preview:**"
    return "\n\n".join([title, lines, *more_in_the_log(len(said), SHOWN, "warning")])
