"""A scripted container runtime: docker's words, as far as the machine's scripts use them.

A container is a process of the simulated ztunnel, with the variables that it was given and no more.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import psutil

from localcloud.machines.place import FOLDER, Place

FLAGS = ("--name", "--network", "--restart", "--label", "-e")


class Refused(Exception):  # noqa: N818 what the runtime says on standard error
    """The runtime refuses."""


def _start(place: Place, container: dict[str, Any]) -> None:
    with (place.folder / "container.log").open("a", encoding="utf-8") as log:
        process = subprocess.Popen(
            [sys.executable, "-B", "-m", "localcloud.machines.ztunnel"],
            env={**container["env"], FOLDER: str(place.folder)},
            cwd=os.environ["PYTHONPATH"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    container["pid"] = process.pid


def is_running(container: dict[str, Any]) -> bool:
    """Whether a container's process lives."""
    try:
        return psutil.Process(container["pid"]).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def stop(container: dict[str, Any]) -> None:
    """End a container's process."""
    if is_running(container):
        psutil.Process(container["pid"]).kill()
    while is_running(container):
        time.sleep(0.01)


def _options(words: list[str]) -> tuple[list[tuple[str, str]], list[str]]:
    found = []
    rest = list(words)
    while rest and rest[0].startswith("-"):
        name, given, value = rest.pop(0).partition("=")
        if name == "-d":
            continue
        if name not in FLAGS:
            raise Refused(f"unknown flag: {name}")
        found.append((name, value if given else rest.pop(0)))
    return found, rest


def run(place: Place, words: list[str]) -> str:
    """``run -d``: start a container."""
    options, [image] = _options(words)
    containers = place.containers()
    name = dict(options)["--name"]
    if name in containers:
        raise Refused(f'Conflict. The container name "/{name}" is already in use')
    labels = dict(value.split("=", 1) for flag, value in options if flag == "--label")
    env = {}
    for flag, value in options:
        if flag == "-e":
            variable, given, content = value.partition("=")
            env[variable] = content if given else os.environ[variable]
    kept = {flag: value for flag, value in options if flag in ("--network", "--restart")}
    container: dict[str, Any] = {"image": image, "labels": labels, "env": env, "options": kept}
    if not place.fails("run"):
        _start(place, container)
    else:
        container["pid"] = 0
    place.keep({**containers, name: container})
    if place.fails("run"):
        raise Refused("failed to create task for container")
    return name


def remove(place: Place, words: list[str]) -> str:
    """``rm -f``: end a container."""
    containers = place.containers()
    stop(containers.pop(words[-1]))
    place.keep(containers)
    return words[-1]


def start(place: Place, words: list[str]) -> str:
    """``start``: what has ended runs again."""
    containers = place.containers()
    if not is_running(containers[words[0]]):
        _start(place, containers[words[0]])
        place.keep(containers)
    return words[0]


def inspect(place: Place, words: list[str]) -> str:
    """``container inspect``: a label, or that there is such a container."""
    container = place.containers().get(words[-1])
    if container is None:
        raise Refused(f"Error: No such container: {words[-1]}")
    label = re.fullmatch(r'{{index \.Config\.Labels "(.+)"}}', words[-2]) if words[1:] else None
    return str(container["labels"].get(label[1], "")) if label else "[]"


def inspect_image(place: Place, words: list[str]) -> str:
    """``image inspect``: only what a pull has brought."""
    if not (place.folder / "images" / words[0].replace("/", "_")).exists():
        raise Refused(f"Error: No such image: {words[0]}")
    return "[]"


def pull(place: Place, words: list[str]) -> str:
    """``pull -q``: an image is a file."""
    if place.fails("pull"):
        raise Refused("manifest unknown")
    path = place.folder / "images" / words[-1].replace("/", "_")
    path.parent.mkdir(exist_ok=True)
    path.touch()
    return words[-1]


def info(place: Place, words: list[str]) -> str:
    """``info``: whether the service behind it runs."""
    del words
    if place.fails("info"):
        raise Refused("Cannot connect to the Docker daemon")
    return "simulated"


VERBS: dict[tuple[str, ...], Callable[[Place, list[str]], str]] = {
    ("info",): info,
    ("container", "inspect"): inspect,
    ("image", "inspect"): inspect_image,
    ("pull",): pull,
    ("run",): run,
    ("start",): start,
    ("rm",): remove,
}


def main(arguments: list[str]) -> int:
    """Play one call."""
    place = Place.here()
    place.record("docker", arguments)
    for words, verb in VERBS.items():
        if tuple(arguments[: len(words)]) == words:
            try:
                sys.stdout.write(verb(place, arguments[len(words) :]) + "\n")
            except Refused as error:
                sys.stderr.write(f"{error}\n")
                return 1
            return 0
    sys.stderr.write(f"docker: unknown command {arguments}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
