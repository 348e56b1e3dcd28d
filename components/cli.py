"""The one way to istioctl and meshctl: a command of theirs as a resource.

A last resort: where a command only renders objects, write the objects. Usage::

    made = cli.command(
        f"{name}-expose",
        CliArgs(
            tool=cli.tool(settings, "istioctl"),
            clusters=(cluster,),  # their contexts are called by the clusters' names
            create=["istioctl", "multicluster", "expose", "-n", ns, "--context", cluster.name],
            delete=cli.deletion(cluster, gateway_path(ns, EAST_WEST_GATEWAY)),
            rerun_on=[network],
        ),
        parent=self,
    )
    made.stdout, made.urn

- ``create`` is idempotent and ``delete`` undoes it; either is a list of words, no shell's text.
  Both are in the state and in a process's arguments in clear: a secret word is refused. Secrets
  go into ``environment`` or ``stdin``, which are encrypted in the state and reach the tool only.
- A changed ``triggers`` replaces: delete, then create. A changed ``rerun_on``, command or
  kubeconfig runs ``create`` again over what is there. Outputs in either are the graph's edges.
- Every cluster in ``clusters`` is a context of one kubeconfig, by the cluster's name; always say
  which with ``--context``, ``--contexts`` or ``--kubecontext``.
- ``secret_output=True`` for whatever prints a token: ``stdout`` is a secret output, is not shown,
  and is withheld on failure. What a tool prints of secrets it was given is blotted out anyway.
- It runs as ``components.cli_run`` in the folder of Pulumi.yaml, which checks the tool's version
  before each call. ``pulumi destroy`` runs no program, so that all it needs is in the state.
- Whoever uses a tool adds when it is needed to ``needed()``: then preflight refuses a missing or
  wrong one before anything is touched.
"""

import asyncio
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pulumi
from pulumi_command import local

from components import cli_binary, cli_download, versions
from components.access import Access
from components.cli_binary import Name, Tool, Unusable
from components.cluster import Cluster
from components.settings import Settings

PYTHON: Final = ".local/venv/bin/python"
"""The program's own Python as Pulumi.yaml has it: relative, so that the state fits any machine."""

RERUN: Final = "AMBIENTMESH_RERUN_ON"
"""Read by nobody: as an input it makes the command run again when it changes."""

Words = Sequence[pulumi.Input[str]]


def tool(settings: Settings, name: Name) -> Tool:
    """Return the version of a tool that belongs to a stack, and where it comes from."""
    if name == "istioctl":
        version, path = f"{settings.mesh_version}-solo", settings.cli.istioctl
    else:
        if settings.management is None:
            raise ValueError("without a management plane there is no meshctl")
        version, path = settings.management.version, settings.cli.meshctl
    own = tuple((entry.file, entry.sha256) for entry in settings.cli.checksums)
    return Tool(
        name=name,
        version=version,
        path=path,
        download=settings.cli.download,
        checksums=own + versions.CHECKSUMS,
    )


def needed(settings: Settings) -> tuple[Name, ...]:
    """Return the tools that a stack calls."""
    found: list[Name] = []
    if settings.links.mode == "istioctl" or settings.vms:
        found.append("istioctl")
    if settings.management and settings.management.mode == "meshctl":
        found.append("meshctl")
    return tuple(found)


def _problem(wanted: Tool) -> str:
    try:
        if wanted.download and not wanted.path and cli_binary.locate(wanted) is None:
            cli_download.checksum(wanted)
            if pulumi.runtime.is_dry_run():
                return ""
            cli_download.fetch(wanted)
        cli_binary.check(wanted)
    except Unusable as error:
        return str(error)
    return ""


async def check_tools(settings: Settings, access: Mapping[str, Access]) -> list[str]:
    """Refuse a tool that is missing or has another version; `up` downloads what it may."""
    del access
    tools = [tool(settings, name) for name in needed(settings)]
    found = await asyncio.gather(*(asyncio.to_thread(_problem, one) for one in tools))
    return [line for line in found if line]


def deletion(cluster: Cluster, *paths: str) -> Words:
    """Return the words that delete objects by their API paths, where the tool itself cannot.

    Those that are already gone are fine; those that carry a stack's mark stay, whoever's it is.
    """
    return ("api", "delete", cluster.name, *paths)


@dataclass(frozen=True, kw_only=True)
class CliArgs:
    """One command, and what undoes it."""

    tool: Tool
    clusters: tuple[Cluster, ...]
    create: Words
    delete: Words | None
    """None only for what leaves nothing behind, such as a check."""
    triggers: Sequence[Any] = ()
    rerun_on: Sequence[pulumi.Input[str]] = ()
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    stdin: pulumi.Input[str] = ""
    secret_output: bool = False


def merged_kubeconfig(kubeconfigs: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return one kubeconfig of several clusters, whose contexts are called by their names."""
    merged: dict[str, Any] = {"contexts": [], "clusters": [], "users": []}
    for name, kubeconfig in kubeconfigs.items():
        for section, one in (("clusters", "cluster"), ("users", "user")):
            merged[section] += [
                {"name": name, one: entry[one]} for entry in kubeconfig.get(section) or []
            ]
        merged["contexts"].append({"name": name, "context": {"cluster": name, "user": name}})
    return {"apiVersion": "v1", "kind": "Config", **merged}


def _line(words: Words) -> pulumi.Output[str]:
    """Return words as one line that ``shlex.split`` takes apart again; no secret may be in it."""
    listed: pulumi.Output[Any] = pulumi.Output.all(*words)
    secret: pulumi.Output[bool] = pulumi.Output.from_input(listed.is_secret())

    def join(found: Any) -> str:
        if found[1]:
            raise pulumi.RunError(
                "a word of a command is secret, and would be readable in the process list;"
                " pass it in environment or stdin"
            )
        return shlex.join(found[0])

    return pulumi.Output.all(listed, secret).apply(join)


def interpreter(wanted: Tool, *, secret_output: bool = False) -> list[str]:
    """Return what the command plugin starts; it appends the command as the last argument."""
    options = ["--tool", f"{wanted.name}={wanted.version}"]
    options += ["--path", wanted.path] if wanted.path else []
    options += ["--download"] if wanted.download else []
    for name, value in wanted.checksums if wanted.download else ():
        options += ["--checksum", f"{name}={value}"]
    options += ["--secret-output"] if secret_output else []
    return [PYTHON, "-m", "components.cli_run", *options]


def command(
    name: str,
    args: CliArgs,
    *,
    parent: pulumi.Resource,
    depends_on: Sequence[pulumi.Resource] = (),
) -> local.Command:
    """Register a command that runs, and is undone when it leaves the graph.

    Args:
        name: of the resource; it starts with its parent's, as every name does.
        args: what runs, where, and what undoes it.
        parent: the component that it belongs to.
        depends_on: only for what no output in ``triggers`` or ``rerun_on`` can say.
    """
    kubeconfigs: pulumi.Output[Any] = pulumi.Output.all(
        **{cluster.name: cluster.kubeconfig for cluster in args.clusters}
    )
    payload: Any = pulumi.Output.json_dumps(
        {
            "kubeconfig": kubeconfigs.apply(merged_kubeconfig),
            "environment": dict(args.environment),
            "stdin": args.stdin,
        },
        sort_keys=True,
    )
    rerun = {RERUN: pulumi.Output.json_dumps(list(args.rerun_on))} if args.rerun_on else None
    return local.Command(
        name,
        interpreter=interpreter(args.tool, secret_output=args.secret_output),
        create=_line(args.create),
        delete=None if args.delete is None else _line(args.delete),
        stdin=pulumi.Output.secret(payload),
        environment=rerun,
        triggers=list(args.triggers),
        add_previous_output_in_env=False,
        logging=local.Logging.NONE if args.secret_output else None,
        opts=pulumi.ResourceOptions(
            parent=parent,
            depends_on=list(depends_on),
            # What `delete` undoes goes by a name: after the new `create` it would undo that.
            delete_before_replace=True,
            additional_secret_outputs=["stdout", "stderr"] if args.secret_output else None,
        ),
    )
