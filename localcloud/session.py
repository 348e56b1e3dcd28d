"""What ``make`` does with a stack: its planes, its plugins, and the engine on both."""

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import yaml

from components import config_errors, layers, stack_files, stray_keys
from components.keys import EXTENDS, PREFIX, SECRETS
from components.settings import ConfigurationError, Settings, parse
from localcloud import hints, istio_charts, tools
from localcloud.locks import exclusive
from localcloud.paths import BIN, CHECKOUT, PULUMI_HOME, STACKS, WORLD
from localcloud.plugins.install import check_mode, engine_environment, install
from localcloud.scenario import Scenario, load
from localcloud.spec import write_atomically
from localcloud.stack import Stack
from localcloud.world import World

CONTEXT: Final = "local-"
USED: Final = "planes.json"
"""Of every stack: the planes that it has objects on, or may have."""

Say = Callable[[str], None]


class SessionError(Exception):
    """A stack cannot be run on local planes; the message says why and what to do."""


def stack_file(name: str) -> Path:
    """Return the committed configuration of a stack.

    Raises:
        SessionError: there is none, or there are two.
    """
    try:
        path = stack_files.find(name, CHECKOUT)
    except stack_files.TwoFiles as error:
        raise SessionError(str(error)) from None
    if path is None:
        known = ", ".join(stack_files.listed(CHECKOUT))
        raise SessionError(f"there is no {stack_files.name(name)}; stacks here: {known}")
    return path


def values(path: Path) -> dict[str, Any]:
    """Return the configuration in a stack file, by full key, laid over what it extends.

    Raises:
        SessionError: it is no YAML map, or has a key twice, of which one would be lost; or a layer
            is wrong.
    """
    try:
        text = path.read_text(encoding="utf-8")
        content = yaml.safe_load(text) or {}
        found = dict(content.get("config") or {})
    except (yaml.YAMLError, AttributeError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise SessionError(f"{path.name} is no stack file: {reason}") from None
    if lines := stray_keys.repeated(text):
        name = path.stem.removeprefix("Pulumi.")
        raise SessionError(config_errors.report(name, [], lines))
    return _merged(path, found) if f"{PREFIX}{EXTENDS}" in found else found


def _merged(path: Path, config: dict[str, Any]) -> dict[str, Any]:
    own = {key.removeprefix(PREFIX): item for key, item in config.items() if _is_setting(key)}
    merged = layers.merged(own, path, CHECKOUT)
    if merged.mistakes:
        lines: list[str] = []
        if merged.complete:
            try:
                parse(merged.raw)
            except ConfigurationError as error:
                lines = error.lines
        name = path.stem.removeprefix("Pulumi.")
        wrong = [mistake.line for mistake in merged.mistakes]
        raise SessionError(config_errors.report(name, lines, wrong))
    others = {key: item for key, item in config.items() if not _is_setting(key)}
    return others | {f"{PREFIX}{key}": item for key, item in merged.values.items()}


def _is_setting(key: object) -> bool:
    text = str(key)
    return text.startswith(PREFIX) and text.removeprefix(PREFIX) not in SECRETS


def _json(value: Any) -> str:
    return json.dumps(value, default=str)


def settings(name: str, config: Mapping[str, Any]) -> Settings:
    """Return the settings of a stack.

    Raises:
        SessionError: naming every mistake.
    """
    raw = {
        # YAML knows dates and keys that are no text; the settings will say what is wrong with them.
        str(key).removeprefix(PREFIX): value if isinstance(value, str) else _json(value)
        for key, value in config.items()
        if str(key).startswith(PREFIX)
    }
    try:
        return parse(raw)
    except ConfigurationError as error:
        raise SessionError(config_errors.report(name, error.lines)) from None


def is_local(found: Settings) -> bool:
    """Whether all clusters of a stack are local planes."""
    return not _foreign(found)


def _foreign(found: Settings) -> list[str]:
    return [
        cluster.name
        for cluster in found.clusters
        if (CHECKOUT / (cluster.kubeconfig or found.kubeconfig or "")) != WORLD / "kubeconfig"
        or not cluster.context.startswith(CONTEXT)
    ]


def require_local(name: str, config: Mapping[str, Any], found: Settings) -> None:
    """Refuse a stack that is not for local planes.

    Raises:
        SessionError: it has other clusters, or values that only its own passphrase can read.
    """
    if foreign := _foreign(found):
        raise SessionError(
            f"Pulumi.{name}.yaml: {', '.join(foreign)} is not on local planes (kubeconfig "
            f"{WORLD.relative_to(CHECKOUT)}/kubeconfig, contexts {CONTEXT}…), and `make` runs "
            f"nothing else; for your own clusters: {hints.engine('up', name)}"
        )
    secret = [key for key, value in config.items() if isinstance(value, dict) and "secure" in value]
    if secret:
        raise SessionError(
            f"Pulumi.{name}.yaml: {', '.join(secret)} is encrypted with a passphrase of its own, "
            "and a stack on local planes has another: remove it, the simulated operator needs none"
        )


def named(found: Settings) -> list[str]:
    """Return the planes that a stack names."""
    return [cluster.context.removeprefix(CONTEXT) for cluster in found.clusters]


def planes(found: Settings) -> tuple[str, ...]:
    """Return the planes to run: all that the stack names, and all that a stack has objects on.

    A cluster that is taken out of the list must still answer, or its objects could not be removed.
    """
    wanted = named(found)
    for record in sorted(STACKS.glob(f"*/{USED}")):
        wanted += _recorded(record)
    return tuple(dict.fromkeys(wanted))


def _recorded(record: Path) -> list[str]:
    if not record.exists():
        return []
    found: list[str] = json.loads(record.read_text(encoding="utf-8"))
    return found


def planned(name: str, path: Path) -> list[str]:
    """Return the planes that a stack's configuration names, as it is in a file."""
    return named(settings(name, values(path)))


def remember(name: str, used: Sequence[str]) -> None:
    """Write down which planes a stack has objects on."""
    write_atomically(STACKS / name / USED, json.dumps(sorted(set(used))))


def prepared(name: str, home: Path, say: Say) -> Stack:
    """Return an initialised stack of this project, and the plugins of LOCALCLOUD_PLUGINS with it.

    Args:
        name: of the stack.
        home: folder for its state and configuration.
        say: is given a line about every plugin.
    """
    choices = install(_mode(), BIN / "pulumi", PULUMI_HOME)
    for choice in choices:
        say(f"plugin {choice}")
    stack = Stack(
        name=name,
        checkout=CHECKOUT,
        home=home,
        tools=BIN,
        pulumi_home=PULUMI_HOME,
        environment=engine_environment(choices),
    )
    stack.init()
    istio_charts.ensure()
    return stack


def _mode() -> str:
    return os.environ.get("LOCALCLOUD_PLUGINS", "auto")


@contextmanager
def opened(name: str, scenario: Path | None, say: Say, *, looks: bool = False) -> Iterator[Stack]:
    """Yield a stack that is ready to be run: plugins installed, planes started, nobody else at it.

    Args:
        name: of the stack.
        scenario: delays and faults for planes that are started; None leaves those of last time.
        say: is given a line about every step.
        looks: whether nothing is made: then planes that this run alone wants are forgotten again.

    Raises:
        SessionError: the configuration is wrong, before anything is started.
    """
    config = values(stack_file(name))
    found = settings(name, config)
    require_local(name, config, found)
    check_mode(_mode())
    tools.ensure(say)
    home = STACKS / name
    waiting = f"another run of this checkout is at stack {name}; waiting for it"
    with exclusive(home / "lock", waiting, say):
        stack = prepared(name, home, say)
        before = _recorded(home / USED)
        _start(World(WORLD, planes(found), scenario), say)
        # A run of another stack that begins now must leave the planes of this one alone.
        remember(name, [*before, *named(found)])
        try:
            stack.configure(config)
            stack.recover()
            yield stack
        finally:
            if looks:
                remember(name, before)


def _start(world: World, say: Say) -> None:
    missing = world.missing()
    coming = list(world.names) if missing is None else missing
    if coming:
        word = "starting" if missing is None else "adding"
        say(f"control planes: {word} {', '.join(coming)} (about 3 s each)")
    started = time.monotonic()
    fresh = world.start()
    seconds = time.monotonic() - started
    word = f"ready after {seconds:.0f} s" if fresh else "already running"
    say(
        f"control planes: {word}, in {world.kubeconfig.relative_to(CHECKOUT)}; "
        "the Gloo operator, istiod and the load balancers in them are SIMULATED"
    )
    if load(WORLD / "scenario.yaml") != Scenario():
        say("scenario: delays or faults play; SCENARIO=localcloud/scenarios/none.yaml ends them")


def idle(say: Say) -> None:
    """Wait until no run is at a stack, and end the programs of those that were killed."""
    for home in sorted(path.parent for path in STACKS.glob("*/lock")):
        waiting = f"a run is at stack {home.name}; waiting for it"
        with exclusive(home / "lock", waiting, say):
            stack = Stack(
                name=home.name, checkout=CHECKOUT, home=home, tools=BIN, pulumi_home=PULUMI_HOME
            )
            stack.end_orphans()


def summary(stack: Stack, seconds: float) -> str:
    """Return what a user may want to know after a successful `up`."""
    outputs = stack.outputs()
    links = outputs.get("links", {})
    connected = sum(state == "connected" for state in links.values())
    context = next(iter(sorted(outputs["clusters"])))
    kubeconfig = (WORLD / "kubeconfig").relative_to(CHECKOUT)
    kubectl = (BIN / "kubectl").relative_to(CHECKOUT)
    return (
        f"the mesh is up after {seconds:.0f} s: {len(outputs['clusters'])} clusters, "
        f"{connected} of {len(links)} links connected\n"
        f"look around: {kubectl} --kubeconfig {kubeconfig} --context {CONTEXT}{context} "
        "get gateways -A\n"
        f"next: {hints.make('up', stack.name)} (changes nothing now),"
        f" {hints.make('verify', stack.name)}, {hints.make('destroy', stack.name)}, make down"
    )
