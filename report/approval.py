"""``python -m report.approval``: record what a preview would do; later, hold another one to it.

Exit code 0 if all is well, 1 if more would happen than was approved, 2 if asked wrongly.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from report import approved, reading
from report.plan import Plan


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what is asked and return the exit code."""
    asked = _parser().parse_args(arguments)
    try:
        plan = reading.read(asked.events.read_text(encoding="utf-8", errors="replace"), None)
        if asked.output:
            return _record(plan, asked.output)
        return _hold(plan, approved.from_json(asked.within.read_text(encoding="utf-8")))
    except (OSError, UnicodeError, approved.NoRecord, reading.NoPlan) as error:
        sys.stderr.write(f"error: {asked.within or asked.events}: {error}\n")
        return 2


def _record(plan: Plan, output: Path) -> int:
    found = approved.operations(plan)
    output.write_text(approved.to_json(found) + "\n", encoding="utf-8")
    sys.stdout.write(f"{len(found)}\n")
    return 0


def _hold(plan: Plan, record: dict[str, approved.Operation]) -> int:
    problems = approved.beyond(record, approved.operations(plan))
    if plan.failed:
        problems.append("the preview failed, or a policy forbids what it would do")
    sys.stderr.writelines(f"{problem}\n" for problem in problems)
    if problems:
        sys.stderr.write("Nothing was touched; fix: plan anew, and have that approved.\n")
    return 1 if problems else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m report.approval",
        description="Record what a preview would do (the number of resources is printed), or hold a"
        " later preview to such a record.",
    )
    parser.add_argument(
        "--events", required=True, type=Path, metavar="FILE", help="the preview's event log"
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--output", type=Path, metavar="FILE", help="where the record goes")
    what.add_argument("--within", type=Path, metavar="FILE", help="the record to be held to")
    return parser


if __name__ == "__main__":
    sys.exit(main())
