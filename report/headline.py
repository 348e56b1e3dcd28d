"""What happens to a running mesh, in one sentence, and what else there is to say."""

from collections.abc import Sequence

from report import (
    caller_facts,
    drill_facts,
    gce_facts,
    gke_facts,
    identity_facts,
    label_facts,
    link_facts,
    mesh_facts,
    object_facts,
    trust_facts,
    version_facts,
)
from report.facts import Fact, Pool, Weight, heaviest_first
from report.markdown import code, counted, cut, listed, plain
from report.places import Places
from report.plan import Plan

UNTOUCHED = "nothing that runs is touched"
_LONGEST = 300
"""Characters of an error that are in the headline; all headlines stand above all else."""


_RULES = (
    # Of clusters that come and go, members takes all that is left.
    *gke_facts.RULES,
    *gce_facts.RULES,
    drill_facts.running,
    *identity_facts.RULES,
    *mesh_facts.RULES,
    *trust_facts.RULES,
    *version_facts.RULES,
    *link_facts.RULES,
    *label_facts.RULES,
    *caller_facts.RULES,
    drill_facts.idle,
    *object_facts.RULES,
)


def facts(plan: Plan, places: Places) -> list[Fact]:
    """Return what a plan does, the heaviest first; always at least one fact."""
    refused = [_refused(plan)] if plan.refusals else []
    if plan.causes or (not refused and (plan.errors or not plan.finished)):
        why = plan.causes[0].splitlines()[0] if plan.causes else "it did not come to its end"
        text = f"the preview failed, and nothing is known: {plain(cut(why, _LONGEST))}"
        return [Fact(weight=Weight.BREAKS, text=text), *refused]
    if plan.errors or not plan.finished:
        return refused  # what came after the refused resource was never looked at
    pool = Pool(places.changes)
    found = heaviest_first([fact for rule in _RULES for fact in rule(pool, places)])
    return [*refused, *(found or [_nothing(places)])]


def _refused(plan: Plan) -> Fact:
    names = listed([code(name) for name in dict.fromkeys(f.policy for f in plan.refusals)])
    count = counted(len(plan.refusals), "mandatory finding")
    return Fact(weight=Weight.BREAKS, text=f"refused by policies: {count} ({names})")


def _nothing(places: Places) -> Fact:
    count = len(places.changes) + len(places.outputs)
    if not count:
        return Fact(weight=Weight.NOTHING, text="nothing changes")
    text = f"nothing changes but what is only recorded ({counted(count, 'entry', 'entries')})"
    return Fact(weight=Weight.NOTHING, text=text)


def headline(found: Sequence[Fact], places: Places) -> str:
    """Return the heaviest fact as a sentence, with the news that no running thing is touched."""
    text = found[0].text
    touched = any(c.op != "create" and (c.telling or c.op != "update") for c in places.changes)
    if places.runs and found[0].weight is Weight.GROWS and not touched:
        text += f"; {UNTOUCHED}"
    return f"{text[:1].upper()}{text[1:]}."
