"""The folder that is the cloud: a file for each resource, under its project.

Every plugin process of every stack may use it at once: changes are made under one lock, and a file
is replaced in one step, so that readers need none.
"""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from localcloud.plugins.gcp.errors import bad
from localcloud.spec import write_atomically


@dataclass(kw_only=True)
class Record:
    """One resource.

    Args:
        token: its type.
        path: where it is in its project, from ``projects/`` on; its file and its name in others.
        urn: who made it.
        place: project, region, zone and location, as far as it has them.
        given: the inputs as the program gave them, secrecy removed.
        made: what the cloud has decided: addresses, numbers.
        uses: paths of what cannot be deleted while this is there.
        within: path of what it is a part of, and goes with; empty for most.
        status: PROVISIONING, RUNNING or STOPPING; only clusters and instances are not at once
            what they are to be.
    """

    token: str
    path: str
    urn: str = ""
    place: dict[str, str] = field(default_factory=dict)
    given: dict[str, Any] = field(default_factory=dict)
    made: dict[str, Any] = field(default_factory=dict)
    uses: list[str] = field(default_factory=list)
    within: str = ""
    status: str = "RUNNING"

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("/")[2]

    @property
    def project(self) -> str:
        """The project that it is in."""
        return self.path.split("/")[1]


def _read(file: Path) -> Record | None:
    try:
        return Record(**json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


class Store:
    """All resources of all projects.

    Args:
        folder: where they are; made with the first one.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Let nobody else change anything: what was seen within stays true within."""
        # Only for this user: what a program gives may be secret.
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.folder / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def file(self, path: str) -> Path:
        """Return the file of a resource.

        Raises:
            Refused: the path leads out of the folder.
        """
        parts = [quote(part, safe="@:") for part in path.split("/")]
        if {"", ".", ".."} & set(parts):
            raise bad(f'Malformed name: "{path}"')
        return self.folder.joinpath(*parts[:-1], f"{parts[-1]}.json")

    def find(self, path: str) -> Record | None:
        """Return a resource, if it is there."""
        return _read(self.file(path))

    def all(self, *tokens: str) -> list[Record]:
        """Return every resource of these types, of all projects; of every type without one."""
        files = sorted((self.folder / "projects").rglob("*.json"))
        found = [_read(file) for file in files]  # another process may have dropped one by now
        return [one for one in found if one and (not tokens or one.token in tokens)]

    def keep(self, record: Record) -> None:
        """Write a resource down, new or changed."""
        file = self.file(record.path)
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(file, json.dumps(asdict(record), indent=1))

    def drop(self, path: str) -> None:
        """Remove a resource; its folders stay."""
        self.file(path).unlink(missing_ok=True)
