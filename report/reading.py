"""What the engine says that it would do, from the event log of a preview or from its JSON.

The log is preferred: it has the findings of policies, which ``pulumi preview --json`` leaves out.
Kinds of events that are not known here are passed over: newer engines write more of them.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from report import masking, values
from report.plan import STACK, Finding, Plan, Step

SAME: Final = ("same", "read", "refresh", "read-discard", "discard-replaced")
REPLACES: Final = ("replace", "create-replacement", "read-replacement", "import-replacement")
"""Operations that put another in a resource's place."""
_TAKEN_AWAY: Final = "delete-replaced"
"""What goes of a replace; alone where nothing comes after it: what depends on something that is
deleted before it is replaced goes first, also if the program has it no more."""
_PROVIDER: Final = "pulumi:providers:"
_DEFAULT: Final = re.compile(r"default(_.*)?")
"""What the engine calls a provider of its own; a cluster's name may begin with the word, too."""


class NoPlan(Exception):  # noqa: N818 said of a file
    """A file is not what a preview has written; the message says what it lacks."""


def read(events: str | None, digest: str | None) -> Plan:
    """Return the plan in what a preview has written.

    Args:
        events: content of the event log (``--event-log``).
        digest: what ``pulumi preview --json`` has printed; used where there is no event log.

    Raises:
        NoPlan: neither holds one.
    """
    if events and events.strip():
        return from_events(list(_lines(events)))
    if digest and digest.strip():
        return from_digest(digest)
    raise NoPlan("neither the event log nor the JSON of a preview has anything in it")


def _lines(text: str) -> Iterator[dict[str, Any]]:
    # Only what ends an event: JSON may hold other characters that end lines of text.
    lines = [line for line in text.split("\n") if line.strip()]
    for number, line in enumerate(lines, 1):
        try:
            event = json.loads(line)
        except ValueError:
            if number == len(lines):
                return  # the engine was killed while it wrote
            raise NoPlan(f"line {number} of the event log is no JSON") from None
        if not isinstance(event, dict):
            raise NoPlan(f"line {number} of the event log is no event")
        yield event


def from_events(events: list[dict[str, Any]]) -> Plan:
    """Return the plan that an event log holds."""
    found: dict[str, dict[str, Any]] = {}
    for event in events:
        for kind in ("resourcePreEvent", "resOutputsEvent"):
            metadata = event.get(kind, {}).get("metadata")
            if metadata:
                _add(found, metadata)
    said = [event["diagnosticEvent"] for event in events if "diagnosticEvent" in event]
    policies = [event["policyEvent"] for event in events if "policyEvent" in event]
    summary = next((e["summaryEvent"] for e in events if "summaryEvent" in e), None)
    packs = (summary or {}).get("PolicyPacks", (summary or {}).get("policyPacks"))
    asked = bool(packs or policies or any("policyLoadEvent" in event for event in events))
    return Plan(
        steps=_steps(found),
        findings=tuple(map(_finding, policies)),
        policies=asked,
        errors=_said(said, "error"),
        warnings=_said(said, "warning"),
        finished=summary is not None,
    )


def _add(found: dict[str, dict[str, Any]], metadata: dict[str, Any]) -> None:
    """Lay one event over what earlier ones said of the same resource."""
    urn, op = metadata["urn"], metadata["op"]
    before = found.get(urn, {})
    merged = {**before, "op": _together(before.get("op", ""), op)}
    for key in ("old", "new", "detailedDiff", "provider"):
        merged[key] = metadata.get(key) or before.get(key)
    found[urn] = merged


def _together(before: str, op: str) -> str:
    """Return what one operation after, or beside, another comes to: up to three are one replace."""
    both = {before, op}
    if both & set(REPLACES) or (_TAKEN_AWAY in both and len(both - {""}) > 1):
        return "replace"
    return op


def _steps(found: Mapping[str, Mapping[str, Any]]) -> tuple[Step, ...]:
    return tuple(
        _step(urn, entry["op"], entry)
        for urn, entry in found.items()
        if not _is_default_provider(urn)
    )


def _is_default_provider(urn: str) -> bool:
    """Whether the engine keeps a resource for itself, and its own display leaves it out."""
    types, _, name = urn.partition("::")[2].partition("::")[2].partition("::")
    return types.startswith(_PROVIDER) and _DEFAULT.fullmatch(name) is not None


def _step(urn: str, op: str, entry: Mapping[str, Any]) -> Step:
    old, new = entry.get("old") or {}, entry.get("new") or {}
    was, will = old.get("inputs") or {}, new.get("inputs") or {}
    kind = urn.split("::")[2].rpartition("$")[2]
    detailed = entry.get("detailedDiff") or {}
    planned = new.get("outputs")
    if planned is None and kind == STACK:
        planned = old.get("outputs")  # of those that a stack will have, the JSON says nothing
    return Step(
        urn=urn,
        op="same" if op in SAME else "delete" if op == _TAKEN_AWAY else op,
        old=masking.inputs(was, kind),
        new=masking.inputs(will, kind),
        differing=tuple(path for path, _, _ in values.between(was, will)) if was and will else (),
        state=masking.inputs(old.get("outputs") or {}, kind),
        outputs=masking.inputs(planned or {}, kind),
        detailed={
            path: str(entry.get("diffKind", entry.get("kind"))) for path, entry in detailed.items()
        },
        parent=new.get("parent") or old.get("parent") or "",
        provider=new.get("provider") or old.get("provider") or entry.get("provider") or "",
    )


def _finding(event: Mapping[str, Any]) -> Finding:
    return Finding(
        level=event.get("enforcementLevel", "advisory"),
        policy=event.get("policyName", ""),
        pack=event.get("policyPackName", ""),
        urn=event.get("resourceUrn", ""),
        message=masking.text(plain(event.get("message", ""))),
    )


def _said(events: Iterable[Mapping[str, Any]], severity: str) -> tuple[str, ...]:
    found = [
        masking.text(plain(event.get("message", ""))).strip()
        for event in events
        if event.get("severity") == severity and not event.get("ephemeral")
    ]
    return tuple(dict.fromkeys(text for text in found if text))


def plain(text: str) -> str:
    """Return the engine's text without its marks of colour: ``<{%fg 1%}>``."""
    while "<{%" in text and "%}>" in text.partition("<{%")[2]:
        before, _, rest = text.partition("<{%")
        text = before + rest.partition("%}>")[2]
    return text


def from_digest(text: str) -> Plan:
    """Return the plan that ``pulumi preview --json`` has printed; of policies it says nothing."""
    start = text.find("{")
    try:
        digest, _ = json.JSONDecoder().raw_decode(text, max(start, 0))
    except ValueError:
        raise NoPlan("the JSON of the preview is none") from None
    if not isinstance(digest, dict) or "steps" not in digest:
        raise NoPlan("the JSON of the preview has no steps")
    steps, counts = digest["steps"] or [], digest.get("changeSummary") or {}
    if sum(1 for step in steps if step["op"] == "same") < counts.get("same", 0):
        # Without them nobody knows which clusters run, and one that joins would be a new mesh.
        raise NoPlan("the JSON of the preview lacks what stays as it is; preview with --show-sames")
    found: dict[str, dict[str, Any]] = {}
    for step in steps:
        _add(
            found,
            {
                "urn": step["urn"],
                "op": step["op"],
                "old": step.get("oldState"),
                "new": step.get("newState"),
                "detailedDiff": step.get("detailedDiff"),
            },
        )
    said = digest.get("diagnostics") or []
    return Plan(
        steps=_steps(found),
        errors=_said(said, "error"),
        warnings=_said(said, "warning"),
        finished="changeSummary" in digest,
    )
