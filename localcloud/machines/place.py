"""Where a machine keeps what it has; its sshd puts the folder into every session."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

FOLDER: Final = "LOCALCLOUD_MACHINE"
"""The variable that holds the machine's folder."""


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Ports on loopback in place of ztunnel's own, because all machines share one loopback."""

    ready: int
    socks: int

    def of(self, text: str) -> str:
        """Return a text with ztunnel's ports replaced."""
        for real, own in ((15021, self.ready), (15080, self.socks)):
            text = text.replace(f"127.0.0.1:{real}", f"127.0.0.1:{own}")
        return text


@dataclass(frozen=True, kw_only=True)
class Place:
    """A machine's folder."""

    folder: Path

    @classmethod
    def here(cls) -> "Place":
        """Return the place of the machine that this process runs on."""
        return cls(folder=Path(os.environ[FOLDER]))

    @property
    def _containers(self) -> Path:
        return self.folder / "containers.json"

    @property
    def _settings(self) -> Path:
        return self.folder / "machine.json"

    def furnish(self, ports: Ports, kubeconfig: str = "") -> None:
        """Write what the machine's programs read: its ports, and the cluster that it belongs to."""
        content = {**asdict(ports), "kubeconfig": kubeconfig}
        self.folder.mkdir(parents=True, exist_ok=True)
        self._settings.write_text(json.dumps(content), encoding="utf-8")

    def settings(self) -> dict[str, Any]:
        """Return what was furnished."""
        found: dict[str, Any] = json.loads(self._settings.read_text(encoding="utf-8"))
        return found

    def ports(self) -> Ports:
        """Return the machine's ports."""
        found = self.settings()
        return Ports(ready=found["ready"], socks=found["socks"])

    def containers(self) -> dict[str, Any]:
        """Return every container by its name."""
        if not self._containers.exists():
            return {}
        found: dict[str, Any] = json.loads(self._containers.read_text(encoding="utf-8"))
        return found

    def keep(self, containers: Mapping[str, Any]) -> None:
        """Replace what ``containers`` returns; readable by this user only, as a runtime's is."""
        self._containers.touch(mode=0o600)
        self._containers.write_text(json.dumps(containers), encoding="utf-8")

    def record(self, tool: str, arguments: list[str]) -> None:
        """Write a call down: arguments, and names (not values) of variables."""
        line = json.dumps({"tool": tool, "argv": arguments, "env": sorted(os.environ)})
        with (self.folder / "calls.jsonl").open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def calls(self) -> list[dict[str, Any]]:
        """Return every call so far."""
        path = self.folder / "calls.jsonl"
        if not path.exists():
            return []
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]

    def fails(self, verb: str) -> bool:
        """Whether a verb of the runtime is told to fail: a file of that name says so."""
        return (self.folder / f"fail-{verb}").exists()
