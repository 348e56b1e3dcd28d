"""``python -m report``: which stacks a change touches, what would happen to each, and one comment.

Exit code 0 if all is well, 1 if something is not named or a preview failed, 2 if asked wrongly.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from report import changed, cost, joined, reading
from report.section import Section, section

WRONG = 2
"""Exit code of a mistake of whoever calls."""


class Refused(Exception):  # noqa: N818 said of a call
    """What was asked for cannot be done; the message says why and what to do."""


def _changed(asked: argparse.Namespace) -> int:
    project = Path()
    try:
        paths = changed.files(asked.base, asked.head, project)
    except changed.WrongRef as error:
        raise Refused(str(error)) from None
    found = changed.changed(paths, asked.exclude, project)
    for note in found.notes:
        sys.stderr.write(f"note: {note}\n")
    if asked.gone:
        asked.gone.write_text(json.dumps(list(found.gone)) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps(list(found.stacks)) + "\n")
    return 0


def _comment(asked: argparse.Namespace) -> int:
    try:
        found = reading.read(_text(asked.events), _text(asked.plan))
    except reading.NoPlan as error:
        raise Refused(
            f"{error}; fix: give --events or --plan what `pulumi preview` wrote"
        ) from None
    made = section(asked.stack, found, cost.costs(asked.stack, asked.base, Path()))
    text = joined.comment([made], joined.missing([made], ""), unread=True)
    asked.output.write_text(text, encoding="utf-8")
    if asked.summary:
        asked.summary.write_text(made.to_json() + "\n", encoding="utf-8")
    return 0


def _text(path: Path | None) -> str | None:
    """Return the content of a file; None of one that is not given, or that no preview wrote."""
    if path is None or not path.exists():
        return None
    return path.read_text(encoding="utf-8", errors="replace")


def _join(asked: argparse.Namespace) -> int:
    sections = _sections(asked.folder)
    absent = sorted(set(asked.expect or ()) - {found.stack for found in sections})
    try:
        body = asked.named_in.read_text(encoding="utf-8") if asked.named_in else ""
    except (OSError, ValueError) as error:
        raise Refused(f"{asked.named_in} cannot be read: {error}") from None
    lacking = joined.missing(sections, body)
    text = joined.comment(sections, lacking, absent, asked.gone or ())
    asked.output.write_text(text, encoding="utf-8")
    problems = [joined.sentence(lacking)] if lacking else []
    problems += [f"Add: {line}" for line in joined.advice(sections, lacking)]
    problems += [
        f"The preview of {s.stack} failed, or a policy forbids it." for s in sections if s.failed
    ]
    problems += [f"There is no preview of {name}." for name in absent]
    sys.stderr.writelines(f"{problem}\n" for problem in problems)
    return 1 if problems else 0


def _sections(folder: Path) -> list[Section]:
    if not folder.is_dir():
        raise Refused(f"{folder} is no folder; fix: give the one that `comment --summary` wrote to")
    found = []
    for file in sorted(folder.rglob("*.json")):
        try:
            found.append(Section.from_json(file.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise Refused(f"{file} is no summary of a preview: {error}") from None
    return sorted(found, key=lambda section: section.stack)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m report",
        description="What a pull request would do to running meshes (docs/previews.md).",
    )
    verbs = parser.add_subparsers(required=True, metavar="changed | comment | join")
    verb = verbs.add_parser(
        "changed",
        help="print, as a JSON list, the stacks whose preview can differ",
        description="Print the stacks whose preview can differ: by their own file, by a layer that"
        " they extend, or all of them, if the program changed. Stacks for local control planes"
        " (their charts are localcloud's) are left out and named on standard error.",
    )
    verb.add_argument("--base", required=True, metavar="REF", help="where the change starts")
    verb.add_argument("--head", metavar="REF", help="default: the files as they are")
    verb.add_argument(
        "--exclude",
        action="append",
        default=[],
        metavar="NAME",
        help="a stack that CI cannot reach; * stands for anything; may be given often",
    )
    verb.add_argument(
        "--gone", type=Path, metavar="FILE", help="write the stacks that have no file any more"
    )
    verb.set_defaults(run=_changed)
    verb = verbs.add_parser("comment", help="write what is said of one stack's preview")
    verb.add_argument("--stack", required=True, metavar="NAME")
    verb.add_argument(
        "--events",
        type=Path,
        metavar="FILE",
        help="the engine's event log: PULUMI_DEBUG_COMMANDS=true pulumi preview --event-log FILE",
    )
    verb.add_argument(
        "--plan",
        type=Path,
        metavar="FILE",
        help="what `pulumi preview --json --show-sames` printed; read where there is no event log,"
        " and then nothing is known of policies",
    )
    verb.add_argument(
        "--base", default="", metavar="REF", help="what costs are compared with; default: nothing"
    )
    verb.add_argument("--output", required=True, type=Path, metavar="NAME.md")
    verb.add_argument("--summary", type=Path, metavar="NAME.json", help="what `join` reads")
    verb.set_defaults(run=_comment)
    verb = verbs.add_parser(
        "join",
        help="write one comment for all stacks; fail if a delete or replace is not named",
        description="Write one comment for all stacks. Exit code 1 if a resource is deleted or"
        " replaced that the pull request does not name (lines `Deletes: NAME, NAME` and `Replaces:"
        " NAME`), if a preview failed, or if an expected one is not there.",
    )
    verb.add_argument("folder", type=Path, metavar="DIR", help="with the summaries, at any depth")
    verb.add_argument(
        "--named-in", type=Path, metavar="BODY.txt", help="the text of the pull request"
    )
    verb.add_argument(
        "--expect",
        type=json.loads,
        metavar="JSON",
        help="what `changed` printed: stacks of which there must be a preview",
    )
    verb.add_argument(
        "--gone", type=json.loads, metavar="JSON", help="what `changed --gone` wrote, to say so"
    )
    verb.add_argument("--output", required=True, type=Path, metavar="comment.md")
    verb.set_defaults(run=_join)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what is asked and return the exit code."""
    asked = _parser().parse_args(arguments)
    try:
        code: int = asked.run(asked)
    except Refused as error:
        sys.stderr.write(f"error: {error}\n")
        return WRONG
    return code


if __name__ == "__main__":
    sys.exit(main())
