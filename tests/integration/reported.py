"""What a pull request would be told of a run, by the commands that a CI gives."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from localcloud.result import Result
from localcloud.stack import Stack
from report import headline, reading
from report.__main__ import main
from report.places import placed
from report.plan import Plan


@dataclass(frozen=True)
class Told:
    """What the commands made of a run's events."""

    code: int
    """Of ``join``."""
    comment: str

    @property
    def headline(self) -> str:
        """The one sentence that all read."""
        return self.comment.split("\n\n")[2].strip("*")


def told(result: Result, folder: Path, body: str = "") -> Told:
    """Return the comment on a run.

    Args:
        result: of the run, with the events that its engine wrote.
        folder: that the commands may write to.
        body: of the pull request.
    """
    log, text, out = folder / "events.log", folder / "body.txt", folder / "comment.md"
    log.write_text("".join(f"{json.dumps(event)}\n" for event in result.events), encoding="utf-8")
    text.write_text(body, encoding="utf-8")
    files = ["--output", str(folder / "test.md"), "--summary", str(folder / "test.json")]
    assert main(["comment", "--stack", "test", "--events", str(log), *files]) == 0
    where = ["--named-in", str(text), "--expect", '["test"]', "--output", str(out)]
    code = main(["join", str(folder), *where])
    return Told(code, out.read_text(encoding="utf-8"))


def recorded(stack: Stack, folder: Path) -> tuple[str, str]:
    """Return what one preview has written as events, and what it has printed as JSON."""
    log = folder / "preview.events"
    arguments = ("preview", "--json", "--show-sames", f"--event-log={log}")
    done = subprocess.run(  # noqa: S603
        stack.command(*arguments),
        cwd=stack.checkout,
        env=stack.env(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return log.read_text(encoding="utf-8"), done.stdout


def assert_alike(events: str, digest: str) -> None:
    """Fail if a preview's JSON tells of other steps than its events, or another headline."""
    plans = (reading.read(events, None), reading.read(None, digest))
    by_events, by_digest = ({step.urn: step.op for step in plan.steps} for plan in plans)
    assert by_digest == by_events
    assert by_events
    told_by_events, told_by_digest = map(_headline, plans)
    assert told_by_digest == told_by_events


def _headline(plan: Plan) -> str:
    places = placed(plan)
    return headline.headline(headline.facts(plan, places), places)
