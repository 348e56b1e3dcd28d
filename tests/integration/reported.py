"""What a pull request would be told of a run, by the commands that a CI gives."""

import json
from dataclasses import dataclass
from pathlib import Path

from localcloud.result import Result
from report.__main__ import main


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
