"""The workshop's command lines, run as its reader would: one after the other."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from localcloud.paths import BIN, CHECKOUT

SCRIPTED = CHECKOUT / "localcloud" / "bin"
"""The stand-ins for Solo's own tools."""


@dataclass(frozen=True, kw_only=True)
class Shell:
    """A shell on a world's clusters."""

    kubeconfig: Path
    home: Path
    """Where tools keep what they must keep: never the user's home."""

    def _env(self) -> dict[str, str]:
        path = os.pathsep.join((str(SCRIPTED), str(BIN), os.environ.get("PATH", "")))
        own = {"PATH": path, "HOME": str(self.home), "KUBECONFIG": str(self.kubeconfig)}
        return {**os.environ, **own, "KUBECACHEDIR": str(self.home / "kube")}

    def _start(self, words: Sequence[str]) -> "subprocess.Popen[str]":
        return subprocess.Popen(  # noqa: S603 the workshop's own words
            words,
            cwd=CHECKOUT,
            env=self._env(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *words: str, stdin: str = "") -> str:
        """Run one command and return what it says."""
        return self._end(self._start(words), words, stdin)

    def at_once(self, commands: Sequence[Sequence[str]]) -> None:
        """Run commands with ``&`` behind each, and wait for all."""
        started = [(self._start(words), words) for words in commands]
        for process, words in started:
            self._end(process, words, "")

    @staticmethod
    def _end(process: "subprocess.Popen[str]", words: Sequence[str], stdin: str) -> str:
        output, _ = process.communicate(stdin)
        if process.returncode:
            raise RuntimeError(f"{' '.join(words)} failed:\n{output}")
        return output

    def kubectl(self, context: str, *words: str, stdin: str = "") -> str:
        """Run kubectl on one cluster."""
        return self.run("kubectl", "--context", context, *words, stdin=stdin)

    def apply(self, context: str, *objects: Mapping[str, Any]) -> None:
        """Apply objects, as ``kubectl apply -f - <<EOF`` does."""
        text = yaml.safe_dump_all([dict(item) for item in objects])
        self.kubectl(context, "apply", "-f", "-", stdin=text)

    def wait(self, context: str, namespace: str, what: str, *until: str) -> None:
        """Wait as a reader must before the next chapter makes sense."""
        where = ("-n", namespace) if namespace else ()
        self.kubectl(context, "wait", what, *where, *until, "--timeout=300s")
