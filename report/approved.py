"""What somebody approved, and whether what an `up` would do now is still within it.

The engine's own saved plans cannot be used here: decision 12 says why. Recorded is what is done to
what, and which properties differ; no value is, so that the record may lie where logs lie.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from report.plan import STACK, Plan, Step

FORMAT: Final = 1
"""Of the JSON, which one run writes and a later one reads."""
LESS: Final = {
    "create": ("create", "update"),
    "replace": ("replace", "update"),
    "update": ("update",),
    "delete": ("delete",),
}
"""What may happen where something else was approved: an `up` that did not finish leaves less to do,
and a resource that it created and could not wait for is updated by the next."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What is to be done to one resource."""

    op: str
    paths: frozenset[str] = frozenset()
    """Of the properties that differ; of what is created or deleted, none."""


class NoRecord(Exception):  # noqa: N818 said of a file
    """A file is no record; the message says what it is."""


def operations(plan: Plan) -> dict[str, Operation]:
    """Return what a plan does, by the URN of the resource; outputs that change are an update."""
    return {
        step.urn: _operation(step)
        for step in plan.steps
        if step.op != "same" or (step.kind == STACK and step.state != step.outputs)
    }


def _operation(step: Step) -> Operation:
    if step.op == "same":
        return Operation(op="update", paths=frozenset(["outputs"]))
    if step.op not in {"update", "replace"}:
        return Operation(op=step.op)
    differing = {key for key in {*step.old, *step.new} if step.old.get(key) != step.new.get(key)}
    return Operation(op=step.op, paths=frozenset(step.detailed or differing))


def to_json(found: Mapping[str, Operation]) -> str:
    """Return operations as text."""
    done = {urn: {"op": item.op, "paths": sorted(item.paths)} for urn, item in found.items()}
    return json.dumps({"format": FORMAT, "operations": done}, indent=1)


def from_json(text: str) -> dict[str, Operation]:
    """Return operations that were written.

    Raises:
        NoRecord: it holds none, or those of another version of this program.
    """
    try:
        found = json.loads(text)
        if found["format"] != FORMAT:
            raise NoRecord("it is of another version of this program")
        return {
            urn: Operation(op=item["op"], paths=frozenset(item["paths"]))
            for urn, item in found["operations"].items()
        }
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise NoRecord("it is no record of approved operations") from error


def beyond(approved: Mapping[str, Operation], now: Mapping[str, Operation]) -> list[str]:
    """Return what would be done now and is not approved, a sentence for each resource."""
    return [
        sentence
        for urn, operation in sorted(now.items())
        if (sentence := _beyond(urn, approved.get(urn), operation))
    ]


def _beyond(urn: str, approved: Operation | None, now: Operation) -> str:
    name = urn.rpartition("::")[2]
    if approved is None:
        return f"{name} ({urn}): {now.op}; approved was: nothing"
    if now.op not in LESS.get(approved.op, (approved.op,)):
        return f"{name} ({urn}): {now.op}; approved was: {approved.op}"
    more = now.paths - approved.paths if approved.op != "create" else ()
    return f"{name} ({urn}): {_listed(more)} would differ, too" if more else ""


def _listed(paths: Iterable[str]) -> str:
    return ", ".join(sorted(paths))
