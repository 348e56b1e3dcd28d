"""One Pulumi stack on a file backend, driven through the real engine.

The committed ``Pulumi.<stack>.yaml`` is never written to: the encryption salt, which ``pulumi stack
init`` adds to it, belongs to one checkout and is kept beside the state.
"""

import contextlib
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import yaml

from components import versions
from localcloud.gke_auth import WORLD as GKE_WORLD
from localcloud.paths import CHECKOUT, GCP, WORLD
from localcloud.result import Result

PROJECT = "Pulumi.yaml"
_STARTED = re.compile(
    r"pulumi-language-|pulumi-resource-|pulumi-analyzer-|pulumi\.policy|localcloud\.plugins"
)
"""What an engine starts: its language host, the program, policies, and plugins, real or stand-in.
"""
PACK = CHECKOUT / "policies"
PLANS = ("preview", "up")
"""Commands that the engine runs policies in: of the others it tells them nothing."""
AT_ONCE = "--parallel=32"
"""Most of what the engine does is waiting: with its default, four at once for every core, the
sample's workloads would hold up the mesh."""
SCRIPTED = Path(__file__).resolve().parent / "bin"
"""Executables that play istioctl and meshctl, as far as the program calls them."""
MINE = "LOCALCLOUD_STACK"
"""Environment variable by which what an engine has started is known to be a certain stack's."""
GCP_FOLDER = "LOCALCLOUD_GCP"
"""Environment variable with the folder of the simulated Google Cloud."""
GOOGLE_CREDENTIALS = (
    "GCLOUD_KEYFILE_JSON",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_CLOUD_KEYFILE_JSON",
    "GOOGLE_CREDENTIALS",
    "GOOGLE_IMPERSONATE_SERVICE_ACCOUNT",
    "GOOGLE_OAUTH_ACCESS_TOKEN",
)
LONGEST_RUN = 900.0
"""Seconds after which a run that nobody watches is killed: every wait in it is to end before."""


class StackError(Exception):
    """A pulumi command failed; the message is what it printed last."""


@dataclass(kw_only=True)
class Stack:
    """A stack of this project.

    Args:
        name: of the stack.
        checkout: folder that holds ``Pulumi.yaml`` and the program.
        home: folder for everything this stack writes: passphrase, configuration, events.
        tools: folder that holds ``pulumi``, its language host and ``helm``.
        pulumi_home: private PULUMI_HOME with the plugins.
        world: folder of the world, where simulated GKE clusters are planes.
        gcp: folder of the simulated Google Cloud.
        backend: folder for the state, which stacks may share that read one another's outputs;
            default: ``state`` in ``home``.
        policies: whether every plan is held to the policy pack (docs/policies.md).
        environment: more variables for the engine and what it starts.
    """

    name: str
    checkout: Path
    home: Path
    tools: Path
    pulumi_home: Path
    world: Path = WORLD
    gcp: Path = GCP
    backend: Path | None = None
    policies: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def config_file(self) -> Path:
        """The configuration that the engine reads."""
        return self.home / f"Pulumi.{self.name}.yaml"

    @property
    def state_file(self) -> Path:
        """The stack's checkpoint."""
        return self._state / ".pulumi" / "stacks" / "ambientmesh" / f"{self.name}.json"

    @property
    def _state(self) -> Path:
        return self.backend or self.home / "state"

    @property
    def _backend(self) -> str:
        # Without the query each file gets a second one with its attributes, not written in one
        # step: a killed engine leaves it empty and the state unreadable ("EOF").
        return f"file://{self._state}?metadata=skip"

    def env(self) -> dict[str, str]:
        """Return the environment of every command: nothing in it points outside ``.local``."""
        env = {key: value for key, value in os.environ.items() if not key.startswith("PULUMI_")}
        env |= {
            **self._versions(),
            "PULUMI_HOME": str(self.pulumi_home),
            "PULUMI_BACKEND_URL": self._backend,
            MINE: str(self.config_file),
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(self.home / "passphrase"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DEBUG_COMMANDS": "true",  # offers --event-log
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_ERROR_OUTPUT_STRING": "1",
            "LOCALCLOUD_HELM": str(self.tools / "helm"),
            "KUBECACHEDIR": str(self.home / "kube"),  # helm's discovery would go to the user's home
            **self._cloud(),
        }
        for variable in ("KUBECONFIG", *GOOGLE_CREDENTIALS):
            env.pop(variable, None)
        return env | dict(self.environment)

    def _cloud(self) -> dict[str, str]:
        """Return what a program must know to reach simulated GKE clusters, and nothing real."""
        # The scripted tools come before real ones, which would find no real mesh here.
        path = os.pathsep.join([str(self.tools), str(SCRIPTED), os.environ.get("PATH", "")])
        # Nobody's credential is found: a check that asks Google Cloud would ask about the user's.
        nobody = {"CLOUDSDK_CONFIG": str(self.home / "gcloud"), "NO_GCE_CHECK": "true"}
        return {"PATH": path, GKE_WORLD: str(self.world), GCP_FOLDER: str(self.gcp), **nobody}

    def _versions(self) -> dict[str, str]:
        """Return the versions that the scripted tools claim: those that the stack wants."""
        try:
            content = yaml.safe_load(self.config_file.read_text(encoding="utf-8")) or {}
        except (OSError, yaml.YAMLError):
            content = {}
        config = content.get("config") or {}
        mesh = config.get("ambientmesh:meshVersion") or versions.DEFAULT_MESH_VERSION
        found = {"LOCALCLOUD_ISTIOCTL_VERSION": f"{mesh}-solo"}
        plane = config.get("ambientmesh:management")
        if isinstance(plane, dict) and plane.get("version"):
            found["LOCALCLOUD_MESHCTL_VERSION"] = str(plane["version"])
        return found

    def init(self) -> None:
        """Make the stack, its passphrase and its salt; nothing happens where they exist."""
        for folder in (self.home, self._state):
            folder.mkdir(parents=True, exist_ok=True)
        passphrase = self.home / "passphrase"
        if not passphrase.exists():
            passphrase.touch(mode=0o600)
            passphrase.write_text(secrets.token_urlsafe(32), encoding="utf-8")
        salt = self.home / f"{self.name}.salt"
        if self.state_file.exists() and salt.exists():
            return
        scratch = self.home / "init"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        shutil.copy(self.checkout / PROJECT, scratch / PROJECT)
        verb = ["select"] if self.state_file.exists() else ["init"]
        self._checked("stack", *verb, self.name, cwd=scratch)
        written = yaml.safe_load((scratch / f"Pulumi.{self.name}.yaml").read_text("utf-8"))
        salt.write_text(written["encryptionsalt"], encoding="utf-8")

    def configure(self, values: Mapping[str, Any]) -> None:
        """Write the stack's configuration: plain values, by their full key."""
        salt = (self.home / f"{self.name}.salt").read_text(encoding="utf-8")
        content = {"encryptionsalt": salt, "config": dict(values)}
        self.config_file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")

    def set_secret(self, key: str, value: str) -> None:
        """Set a secret; its value goes through standard input, never through argv."""
        self._checked("config", "set", "--secret", key, *self._where(), stdin=value)

    def command(self, *arguments: str) -> list[str]:
        """Return the argv of a command on this stack."""
        return ["pulumi", *arguments, *self._where(), "--non-interactive", "--color=never"]

    def pack(self, verb: str) -> list[str]:
        """Return the options by which a command holds its plan to the policies."""
        if not self.policies or verb not in PLANS:
            return []
        return ["--policy-pack", str(PACK)]

    def run(self, verb: str, *arguments: str) -> Result:
        """Run ``preview``, ``up``, ``refresh`` or ``destroy`` and return what happened."""
        log = self.home / f"events-{verb}.json"
        log.unlink(missing_ok=True)
        argv = self.command(verb, *arguments, *self.pack(verb), AT_ONCE, f"--event-log={log}")
        if verb != "preview":
            argv += ["--yes", "--skip-preview"]
        try:
            done = subprocess.run(
                argv,
                cwd=self.checkout,
                env=self.env(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
                timeout=LONGEST_RUN,
            )
        except subprocess.TimeoutExpired as error:
            output = (error.stdout or b"").decode(errors="replace")
            raise StackError(f"{verb} did not end in {LONGEST_RUN:.0f} s:\n{output}") from None
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        events = tuple(json.loads(line) for line in lines if line.strip())
        return Result(code=done.returncode, output=done.stdout, events=events)

    def show(self, verb: str, *arguments: str) -> int:
        """Run a command in the user's terminal and return its exit code.

        Ctrl-C reaches the engine too, which ends what it has begun and writes its state down: it is
        waited for.
        """
        argv = ["pulumi", verb, *arguments, *self._where(), *self.pack(verb), AT_ONCE]
        if not sys.stdout.isatty():
            argv.append("--suppress-progress")  # its dots would fill a log
        # The engine shows its live tree only where both ends are a terminal.
        stdin = None if sys.stdin.isatty() else subprocess.DEVNULL
        process = subprocess.Popen(argv, cwd=self.checkout, env=self.env(), stdin=stdin)
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue

    def recover(self) -> None:
        """Do away with what a killed engine left behind; one that is alive is waited for.

        That is a lock, files that were not finished, a program that waits for its engine for ever,
        and creates that it had begun: what they made carries the stack's mark, and the next `up`
        takes it up again. Only for those who know that no other run of theirs uses this stack.
        """
        self.unlock()
        self.end_orphans()
        if self._interrupted():
            self._checked(
                "refresh", "--clear-pending-creates", "--yes", "--skip-preview", *self._where()
            )

    def end_orphans(self) -> None:
        """End the programs and plugins of this stack; with no lock held, none has an engine.

        A shell may have the stack's environment too, so what runs must be theirs.
        """
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                mine = process.environ().get(MINE) == str(self.config_file)
                if mine and _STARTED.search(" ".join(process.cmdline())):
                    process.kill()

    def _interrupted(self) -> bool:
        if not self.state_file.exists():
            return False
        state = json.loads(self.state_file.read_text(encoding="utf-8"))
        latest = state.get("checkpoint", {}).get("latest") or {}
        return bool(latest.get("pending_operations"))

    def unlock(self) -> None:
        """Let go of a lock that a killed engine left behind; one that is alive is waited for."""
        for path in self._locks():
            try:
                holder = psutil.Process(int(json.loads(path.read_text("utf-8"))["pid"]))
                if "pulumi" in holder.name():
                    holder.wait()
            except (psutil.NoSuchProcess, OSError, ValueError, KeyError):
                pass  # it is gone, or has just let go
        if self._locks():
            self._checked("cancel", "--yes", "--stack", self.name)
        # Those of other stacks of the backend may be about to be finished.
        for unfinished in self.state_file.parent.glob(f"{self.state_file.name}.*.tmp"):
            unfinished.unlink()

    def _locks(self) -> list[Path]:
        locks = self._state / ".pulumi" / "locks" / "organization" / "ambientmesh" / self.name
        return list(locks.glob("*.json"))

    def outputs(self) -> dict[str, Any]:
        """Return the stack's outputs; secrets are masked."""
        found: dict[str, Any] = json.loads(self._checked("stack", "output", "--json"))
        return found

    def _where(self) -> list[str]:
        return ["--stack", self.name, "--config-file", str(self.config_file)]

    def _checked(self, *arguments: str, cwd: Path | None = None, stdin: str = "") -> str:
        in_stack = ["--stack", self.name] if arguments[:2] == ("stack", "output") else []
        done = subprocess.run(
            ["pulumi", *arguments, *in_stack, "--non-interactive"],  # noqa: S607 PATH is ours
            cwd=cwd or self.checkout,
            env=self.env(),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise StackError((done.stderr or done.stdout).strip())
        return done.stdout
