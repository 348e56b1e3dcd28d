"""What ``make`` does with a stack: its planes, its plugins, and the engine on both."""

import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import yaml

from components import config_errors, config_files, layers, located, stack_files, stray_keys
from components.keys import EXTENDS, PREFIX, SECRETS
from components.settings import ConfigurationError, Settings, parse
from localcloud import hints, istio_charts, neighbours, shared_root, tools
from localcloud.locks import exclusive
from localcloud.paths import BACKEND, BIN, CHECKOUT, GCP, PULUMI_HOME, STACKS, WORLD
from localcloud.placement import (
    CONTEXT,
    USED,
    SessionError,
    made,
    makes,
    named,
    planes,
    recorded,
    remember,
    require_local,
)
from localcloud.plugins.install import SIMULATED, check_mode, engine_environment, install
from localcloud.scenario import Scenario, load
from localcloud.stack import Stack
from localcloud.world import World

Say = Callable[[str], None]
ANALYZER: Final = "pulumi-analyzer-policy-python"
"""A part of every release of Pulumi, and of what localcloud builds."""


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
        raise SessionError(stack_files.missing(name, CHECKOUT))
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
    except yaml.MarkedYAMLError as error:
        raise SessionError(located.fault(error, config_files.shown(path, CHECKOUT))) from None
    except (yaml.YAMLError, AttributeError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise SessionError(f"{path.name} is no stack file: {reason}") from None
    if lines := stray_keys.repeated(text, path.name):
        name = path.stem.removeprefix("Pulumi.")
        raise SessionError(config_errors.report(name, [], lines))
    if f"{PREFIX}{EXTENDS}" not in found:
        return found
    if shared_root.wanted(found[f"{PREFIX}{EXTENDS}"], path):
        shared_root.ensure()
    return _merged(path, found)


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
        raise SessionError(config_errors.report(name, lines, wrong, merged.place))
    others = {key: item for key, item in config.items() if not _is_setting(key)}
    return others | {f"{PREFIX}{key}": item for key, item in merged.values.items()}


def _is_setting(key: object) -> bool:
    text = str(key)
    return text.startswith(PREFIX) and text.removeprefix(PREFIX) not in SECRETS


def settings(name: str, config: Mapping[str, Any]) -> Settings:
    """Return the settings of a stack.

    Raises:
        SessionError: naming every mistake.
    """
    raw = {
        # YAML knows dates and keys that are no text; the settings will say what is wrong with them.
        str(key).removeprefix(PREFIX): layers.text(value)
        for key, value in config.items()
        if str(key).startswith(PREFIX)
    }
    try:
        return parse(raw)
    except ConfigurationError as error:
        places = layers.read(stack_file(name), CHECKOUT).place
        raise SessionError(config_errors.report(name, error.lines, where=places)) from None


def planned(name: str, path: Path) -> list[str]:
    """Return the planes that a stack's configuration names, as it is in a file."""
    return named(settings(name, values(path)))


def prepared(
    name: str,
    home: Path,
    say: Say,
    *,
    clouds: Collection[str] = SIMULATED,
    world: Path = WORLD,
    gcp: Path = GCP,
    backend: Path | None = None,
) -> Stack:
    """Return an initialised stack of this project, and the plugins of LOCALCLOUD_PLUGINS with it.

    Args:
        name: of the stack.
        home: folder for its state and configuration.
        say: is given a line about every plugin.
        clouds: packages of clouds that the stack uses; of others nobody is told.
        world: folder of the world.
        gcp: folder of the simulated Google Cloud.
        backend: folder for the state of stacks that read one another; default: one of its own.
    """
    choices = install(_mode(), BIN / "pulumi", PULUMI_HOME)
    for choice in choices:
        if choice.plugin.name in clouds or choice.plugin.name not in SIMULATED:
            say(f"plugin {choice}")
    stack = Stack(
        name=name,
        checkout=CHECKOUT,
        home=home,
        tools=BIN,
        pulumi_home=PULUMI_HOME,
        world=world,
        gcp=gcp,
        backend=backend,
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
    if "/" in name:  # the backend of local stacks has one organization and one project
        raise SessionError(stack_files.missing(name, CHECKOUT))
    config = values(stack_file(name))
    found = settings(name, config)
    require_local(name, config, found)
    check_mode(_mode())
    tools.ensure(say)
    home = STACKS / name
    waiting = f"another run of this checkout is at stack {name}; waiting for it"
    with exclusive(home / "lock", waiting, say):
        clouds = SIMULATED if makes(found) or made(GCP) else ()
        stack = prepared(name, home, say, clouds=clouds, backend=BACKEND)
        stack.policies = _has_analyzer(say)
        before = recorded(home / USED)
        _start(World(WORLD, planes(found), scenario, lasting=made(GCP)), say, cloud=bool(clouds))
        # A run of another stack that begins now must leave the planes of this one alone.
        remember(name, [*before, *named(found)])
        try:
            stack.configure(config)
            if key := shared_root.key(found):
                say("root: SIMULATED, of all stacks here that link, in .local/root")
                stack.set_secret(f"{PREFIX}rootKey", key)
            stack.recover()
            yield stack
        finally:
            if looks:
                remember(name, before)


def _has_analyzer(say: Say) -> bool:
    """Whether the engine can run a policy pack in Python; the user's own may lack what it takes."""
    if (BIN / ANALYZER).exists():
        return True
    say(f"policies: NOT run, for {ANALYZER} is not beside your pulumi (docs/policies.md)")
    return False


def _start(world: World, say: Say, *, cloud: bool) -> None:
    missing = world.missing()
    coming = list(world.names) if missing is None else missing
    if coming:
        word = "starting" if missing is None else "adding"
        say(f"control planes: {word} {', '.join(coming)} (about 3 s each)")
    started = time.monotonic()
    fresh = world.start()
    seconds = time.monotonic() - started
    word = f"ready after {seconds:.0f} s" if fresh else "already running"
    if not world.names:
        word = "made by the stack"
    say(
        f"control planes: {word}, in {world.kubeconfig.relative_to(CHECKOUT)}; "
        "the Gloo operator, istiod and the load balancers in them are SIMULATED"
    )
    if cloud:
        say("Google Cloud: SIMULATED, in .local/gcp; a GKE cluster in it is a control plane here")
    if load(WORLD / "scenario.yaml") != Scenario():
        say("scenario: delays or faults play; SCENARIO=localcloud/scenarios/none.yaml ends them")


@contextmanager
def surroundings(name: str) -> Iterator[None]:
    """Have this process see what a local stack's programs see: its state and its credentials."""
    before = dict(os.environ)
    try:
        _become(_stack(name).env())
        yield
    finally:
        _become(before)


def _become(environment: Mapping[str, str]) -> None:
    for variable in os.environ.keys() - environment.keys():
        del os.environ[variable]
    os.environ.update(environment)


def _stack(name: str) -> Stack:
    return Stack(
        name=name,
        checkout=CHECKOUT,
        home=STACKS / name,
        tools=BIN,
        pulumi_home=PULUMI_HOME,
        backend=BACKEND,
    )


def idle(say: Say) -> None:
    """Wait until no run is at a stack, and end the programs of those that were killed."""
    for home in sorted(path.parent for path in STACKS.glob("*/lock")):
        waiting = f"a run is at stack {home.name}; waiting for it"
        with exclusive(home / "lock", waiting, say):
            _stack(home.name).end_orphans()


def linked(name: str) -> dict[str, neighbours.Links]:
    """Return the links of every stack here that links to clusters of this one, by its name."""
    stacks = [_stack(other) for other in neighbours.of(name)]
    return {one.name: one.outputs().get("links") or {} for one in stacks if one.state_file.exists()}


def _publishes(name: str) -> bool:
    """Whether a stack here publishes clusters that others can link to."""
    stack = _stack(name)
    return stack.state_file.exists() and bool(stack.outputs().get("clusters"))


def summary(stack: Stack, seconds: float) -> str:
    """Return what a user may want to know after a successful `up`."""
    outputs = stack.outputs()
    links = outputs.get("links", {})
    later = neighbours.after_up(stack.name, links, linked(stack.name), _publishes)
    more = "".join(f"{line}\n" for line in later)
    effect = "as said above" if neighbours.waiting(links) else "changes nothing now"
    connected = sum(state == "connected" for state in links.values())
    context = next(iter(sorted(outputs["clusters"])))
    kubeconfig = (WORLD / "kubeconfig").relative_to(CHECKOUT)
    kubectl = (BIN / "kubectl").relative_to(CHECKOUT)
    return (
        f"the mesh is up after {seconds:.0f} s: {len(outputs['clusters'])} clusters, "
        f"{connected} of {len(links)} links connected\n"
        f"look around: {kubectl} --kubeconfig {kubeconfig} --context {CONTEXT}{context} "
        "get gateways -A\n"
        f"{more}"
        f"next: {hints.make('up', stack.name)} ({effect}),"
        f" {hints.make('verify', stack.name)}, {hints.make('destroy', stack.name)}, make down"
    )
