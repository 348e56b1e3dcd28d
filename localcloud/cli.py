"""``python -m localcloud``: tools, plugins and control planes from a shell."""

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import psutil
import typer
from rich.console import Console
from rich.table import Table

from localcloud import hints, packages, tools
from localcloud.families import Need
from localcloud.golang import ToolError
from localcloud.paths import BIN, CHECKOUT, GCP, PULUMI_HOME, REPORTS, WORLD
from localcloud.processes import Identity, tail
from localcloud.scenario import ScenarioError
from localcloud.spec import read_spec
from localcloud.world import NotRunning, World, WorldError

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Local control planes: real API servers, and a simulated world around them.",
)

ASKED_WRONGLY = 2
"""Exit code of ``verify`` and ``drill``, which have 1 for what they find."""

Directory = Annotated[Path, typer.Option("--world", help="Folder of the world.")]
StackName = Annotated[str, typer.Option(help="A stack on local planes: Pulumi.<stack>.yaml.")]
AnyStack = Annotated[str, typer.Option("--stack", help="Any stack: Pulumi.<stack>.yaml.")]
Format = Annotated[str, typer.Option("--format", help="text, json or junit.")]


@contextmanager
def errors(code: int = 1) -> Iterator[None]:
    """Turn what a user can mend into one message and an exit code."""
    from localcloud.placement import SessionError  # noqa: PLC0415 likewise
    from localcloud.plugins.home import InstallError  # noqa: PLC0415 only some verbs need plugins
    from localcloud.stack import StackError  # noqa: PLC0415 likewise

    known = (InstallError, ScenarioError, SessionError, StackError, ToolError, WorldError)
    try:
        yield
    except known as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        raise typer.Exit(code) from None
    except KeyboardInterrupt:
        print("interrupted; what was started has been stopped", file=sys.stderr)  # noqa: T201
        raise typer.Exit(130) from None


def _say(text: str) -> None:
    typer.echo(text)


@app.command()
def up(
    stack: StackName = "local",
    scenario: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Delays and faults.")
    ] = None,
) -> None:
    """Start the planes of a stack, show the plan, and bring the mesh up."""
    from localcloud import placement, session  # noqa: PLC0415 it imports the program's settings

    with errors(), session.opened(stack, scenario, _say) as opened:
        started = time.monotonic()
        _ended(opened.show("up", "--yes"), "up", stack)
        # What the engine read: the stack file may have been edited since.
        placement.remember(stack, session.planned(stack, opened.config_file))
        _say(session.summary(opened, time.monotonic() - started))


@app.command()
def preview(stack: StackName = "local") -> None:
    """Start the planes of a stack and show what `up` would do."""
    from localcloud import session  # noqa: PLC0415 it imports the program's settings

    with errors(), session.opened(stack, None, _say, looks=True) as opened:
        _ended(opened.show("preview"), "preview", stack)


@app.command("preview-report")
def preview_report(
    stack: StackName = "local",
    base: Annotated[str, typer.Option(help="Commit that costs are compared with.")] = "HEAD",
) -> None:
    """Do what `preview` does, and print what a pull request would be told of it."""
    from localcloud import session  # noqa: PLC0415 it imports the program's settings
    from report.__main__ import main as report  # noqa: PLC0415 likewise

    REPORTS.mkdir(parents=True, exist_ok=True)
    events, page = (REPORTS / f"{stack}.{ending}" for ending in ("events", "md"))
    for earlier in (events, page):
        earlier.unlink(missing_ok=True)
    with errors(), session.opened(stack, None, _say, looks=True) as opened:
        code = opened.show("preview", f"--event-log={events}")
    if events.exists():  # no engine got so far as to begin
        written = ["--events", str(events), "--output", str(page)]
        report(["comment", "--stack", stack, "--base", base, *written])
        _say(f"{page.relative_to(CHECKOUT)}:\n\n{page.read_text(encoding='utf-8')}")
    _ended(code, "preview-report", stack)


@app.command()
def destroy(stack: StackName = "local") -> None:
    """Take the mesh of a stack away. Planes stay, but for GKE clusters, and so does its state."""
    from localcloud import neighbours, placement, session  # noqa: PLC0415 they import settings

    with errors(), session.opened(stack, None, _say) as opened:
        _ended(opened.show("destroy", "--yes", "--skip-preview"), "destroy", stack)
        placement.remember(stack, [])
        again = hints.make("up", stack)
        left = ", ".join(World.attach(WORLD).planes)
        planes = f"control planes still run ({left})" if left else "no control plane is left"
        for line in neighbours.after_destroy(stack, session.linked(stack)):
            _say(line)
        _say(f"the mesh is gone; {planes}: {again} again, or make down")


@app.command()
def verify(stack: AnyStack = "local", form: Format = "text") -> None:
    """Ask every link of a running mesh, local or not; exit code 1 if one is not connected."""
    from localcloud import placement, session  # noqa: PLC0415 it imports the program's settings
    from verify.__main__ import judge  # noqa: PLC0415 likewise

    with errors(ASKED_WRONGLY):
        found = session.settings(stack, session.values(session.stack_file(stack)))
        local = placement.is_local(found)
        if local:
            _attach(stack, placement.named(found))
        with session.surroundings(stack) if local else nullcontext():
            raise typer.Exit(judge(found, form, stack))


@app.command()
def drill(
    service: Annotated[str, typer.Option(help="A service that spans clusters.")] = "",
    cluster: Annotated[str, typer.Option(help="Where it is scaled to zero.")] = "",
    namespace: Annotated[str, typer.Option(help="Of the service.")] = "bookinfo",
    stack: AnyStack = "local",
    hold: Annotated[str, typer.Option(help="Seconds to stay at zero.")] = "0",
    *,
    restore: Annotated[bool, typer.Option("--restore", help="Mend after a killed drill.")] = False,
) -> None:
    """Take a service away in one cluster, local or not, watch the others have it, restore it."""
    from drill.__main__ import Wish, perform  # noqa: PLC0415 it imports the program's settings
    from localcloud import placement, session  # noqa: PLC0415 likewise

    with errors(ASKED_WRONGLY):
        found = session.settings(stack, session.values(session.stack_file(stack)))
        local = placement.is_local(found)
        wish = Wish(
            stack=stack,
            service=service,
            namespace=namespace,
            cluster=cluster,
            hold=hold,
            restore=restore,
            bring_up=hints.make("up", stack) if local else hints.engine("up", stack),
        )
        attach = partial(_attach, stack, placement.named(found)) if local else None
        with session.surroundings(stack) if local else nullcontext():
            raise typer.Exit(perform(found, wish, attach))


def _attach(stack: str, planes: Sequence[str]) -> None:
    up = hints.make("up", stack)
    try:
        running = World.attach(WORLD).planes
    except NotRunning:
        raise WorldError(
            f"no control plane runs, so that there is no mesh here; fix: {up}"
        ) from None
    if missing := ", ".join(plane for plane in planes if plane not in running):
        raise WorldError(f"no control plane {missing} runs, so that there is no mesh; fix: {up}")


def _ended(code: int, verb: str, stack: str) -> None:
    if code:
        _say(hints.unfinished(verb, stack))
        raise typer.Exit(code)


@app.command("tools")
def build_tools(
    *,
    tests: Annotated[bool, typer.Option("--tests", help="Also what `make test` runs.")] = False,
    test_all: Annotated[
        bool, typer.Option("--all-tests", help="Also what `make test-all` runs.")
    ] = False,
) -> None:
    """Build what is not built yet, and say which tools are used."""
    with errors():
        need = Need.TEST_ALL if test_all else Need.TEST if tests else Need.ALWAYS
        tools.ensure(_say, need=need)
        if need:
            packages.ensure(_say)


@app.command()
def plugins() -> None:
    """Install provider plugins, real ones or stand-ins (LOCALCLOUD_PLUGINS), and say which."""
    from localcloud.plugins.install import install  # noqa: PLC0415 it reads package metadata

    mode = os.environ.get("LOCALCLOUD_PLUGINS", "auto")
    with errors():
        for choice in install(mode, BIN / "pulumi", PULUMI_HOME):
            _say(f"plugin {choice}")


def names(count: int | None, given: list[str] | None, directory: Path) -> tuple[str, ...]:
    """Return the planes to start: those named, so many, those of last time, or two."""
    if given:
        return tuple(given)
    if count is None and (directory / "world.json").exists():
        return tuple(read_spec(directory).ports)
    return tuple(f"cluster{number}" for number in range(1, (count or 2) + 1))


@app.command()
def start(
    planes: Annotated[
        int | None, typer.Option(min=1, help="How many, called cluster1, cluster2, ...")
    ] = None,
    plane: Annotated[
        list[str] | None, typer.Option(help="Name of a plane; may be given often.")
    ] = None,
    scenario: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Delays and faults.")
    ] = None,
    world: Directory = WORLD,
) -> None:
    """Start control planes, or take up those that were stopped; running ones are left alone."""
    from localcloud.placement import made  # noqa: PLC0415 it imports the program's settings

    with errors():
        tools.ensure(_say)
        lasting = made(GCP) if world == WORLD else ()
        running = World(world, names(planes, plane, world), scenario, lasting=lasting)
        started = running.start()
        word = "ready" if started else "already running"
        contexts = ", ".join(item.context for item in running.planes.values())
        _say(f"control planes {word}: {contexts} in {running.kubeconfig}")


@app.command()
def stop(world: Directory = WORLD) -> None:
    """Stop everything that runs for a world; its data stays."""
    if not world.exists():
        _say("no control plane was ever started")
        return
    with errors():
        if world == WORLD:
            from localcloud import session  # noqa: PLC0415 it imports the program's settings

            session.idle(_say)
        stopped = World(world).stop()
    _say("control planes stopped; their data stays" if stopped else "no control plane is running")


@app.command()
def status(
    world: Directory = WORLD,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show every process of a world; exit code 1 when one has died or nothing runs."""
    with errors():
        running = World.attach(world)
    found = running.status()
    if as_json:
        _say(json.dumps(found, indent=1))
    else:
        Console().print(_table(found, running.kubeconfig))
    if any("exit" in entry for _, _, entry in _entries(found)):
        raise typer.Exit(1)


@app.command()
def logs(
    plane: Annotated[str, typer.Argument(help="Name of a plane, or supervisor.")],
    process: Annotated[str, typer.Argument(help="For example kube-apiserver.")] = "",
    lines: Annotated[int, typer.Option("-n", "--lines", min=1)] = 50,
    world: Directory = WORLD,
) -> None:
    """Show the end of a process' log."""
    path = world / "logs" / (f"{plane}-{process}.log" if process else f"{plane}.log")
    if not path.exists():
        known = ", ".join(sorted(log.stem for log in path.parent.glob("*.log"))) or "none"
        print(f"error: there is no {path}; logs here: {known}", file=sys.stderr)  # noqa: T201
        raise typer.Exit(1)
    _say(tail(path, lines))


def _entries(found: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for plane, processes in found.get("processes", {}).items():
        for process, entry in processes.items():
            yield plane, process, entry


def _table(found: dict[str, Any], kubeconfig: Path) -> Table:
    table = Table(title=f"kubeconfig: {kubeconfig}", title_justify="left", box=None)
    for column in ("plane", "process", "pid", "MiB", "state"):
        table.add_column(column)
    for plane, process, entry in _entries(found):
        dead = f"exited with {entry.get('exit')}: see `logs {plane} {process}`"
        state = dead if "exit" in entry else "running"
        table.add_row(plane, process, str(entry["pid"]), _memory(entry), state)
    return table


def _memory(entry: dict[str, Any]) -> str:
    process = Identity.read(entry).process() if "started" in entry else None
    if process is None:
        return ""
    try:
        return str(process.memory_info().rss >> 20)
    except psutil.Error:
        return ""


@app.command()
def pulumi(
    arguments: Annotated[list[str], typer.Argument(help="After `--`: up --refresh, for example.")],
    stack: StackName = "local",
) -> None:
    """Run the engine by hand on a stack of local planes."""
    from localcloud import engine, session  # noqa: PLC0415 it imports the program's settings

    with errors(), session.opened(stack, None, _say) as opened:
        raise typer.Exit(engine.run(opened, arguments))
