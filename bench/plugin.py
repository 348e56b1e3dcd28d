"""The stand-in kubernetes plugin, spoken to as the engine does, against `kubectl apply`."""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import grpc
import yaml
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from bench.row import Row, timed
from localcloud.paths import BIN, CHECKOUT
from localcloud.plugins.values import to_struct
from localcloud.world import World

AT_ONCE: Final = 16
"""Resources that the engine creates at the same time, unless it is told otherwise, on 4 cores."""

COPIES: Final = 4
"""How many namespaces get the same objects, so that starting up does not decide."""

_WAIT_FREE: Final = ("ServiceAccount", "ConfigMap", "Role", "Secret")


def _objects() -> list[dict[str, Any]]:
    """Return Bookinfo's own objects, and as many small ones as a mesh of this size has."""
    text = (CHECKOUT / "manifests" / "bookinfo.yaml").read_text(encoding="utf-8")
    bookinfo = [obj for obj in yaml.safe_load_all(text) if obj]
    small = [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": f"note-{number}"},
            "data": {"number": str(number)},
        }
        for number in range(10)
    ]
    for obj in bookinfo:
        # Neither of the two waits: what kwok's pods take is no cost of theirs.
        if obj["kind"] not in _WAIT_FREE:
            annotations = obj["metadata"].setdefault("annotations", {})
            annotations["pulumi.com/skipAwait"] = "true"
    return bookinfo + small


def _in(namespace: str) -> list[dict[str, Any]]:
    return [{**obj, "metadata": {**obj["metadata"], "namespace": namespace}} for obj in _objects()]


@contextmanager
def _plugin(kubeconfig: Path) -> Iterator[provider_pb2_grpc.ResourceProviderStub]:
    argv = [sys.executable, "-m", "localcloud.plugins", "kubernetes"]
    process = subprocess.Popen(  # noqa: S603
        argv, cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None  # noqa: S101 for the type checker
        port = process.stdout.readline().strip()
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            stub = provider_pb2_grpc.ResourceProviderStub(channel)
            arguments = {
                "kubeconfig": kubeconfig.read_text(encoding="utf-8"),
                "enableServerSideApply": "true",
            }
            stub.Configure(
                provider_pb2.ConfigureRequest(
                    args=to_struct(arguments), acceptSecrets=True, acceptResources=True
                )
            )
            yield stub
    finally:
        process.kill()
        process.wait()


def _create(stub: provider_pb2_grpc.ResourceProviderStub) -> Callable[[dict[str, Any]], None]:
    def one(obj: dict[str, Any]) -> None:
        group = obj["apiVersion"] if "/" in obj["apiVersion"] else f"core/{obj['apiVersion']}"
        token = f"kubernetes:{group}:{obj['kind']}"
        meta = obj["metadata"]
        urn = f"urn:pulumi:bench::bench::{token}::{meta['namespace']}-{meta['name']}"
        checked = stub.Check(provider_pb2.CheckRequest(urn=urn, news=to_struct(obj)))
        stub.Create(provider_pb2.CreateRequest(urn=urn, properties=checked.inputs))

    return one


def rows() -> list[Row]:
    """Create the same objects in fresh namespaces of one plane, once with each."""
    with (
        tempfile.TemporaryDirectory(prefix="ambientmesh-bench-") as folder,
        World(Path(folder) / "world", planes=("one",)) as world,
    ):
        plane = world.plane("one")
        names = {who: [f"{who}-{n}" for n in range(COPIES)] for who in ("warm", "ours", "theirs")}
        for name in (name for group in names.values() for name in group):
            body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
            plane.api().create("/api/v1/namespaces", body)
        with _plugin(plane.kubeconfig) as stub, ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(_create(stub), _in("warm-0")))
            with timed() as ours:
                every = [obj for name in names["ours"] for obj in _in(name)]
                list(pool.map(_create(stub), every))
        manifest = Path(folder) / "objects.yaml"
        theirs_objects = [obj for name in names["theirs"] for obj in _in(name)]
        manifest.write_text(yaml.safe_dump_all(theirs_objects), encoding="utf-8")
        argv = [
            str(BIN / "kubectl"),
            "--kubeconfig",
            str(plane.kubeconfig),
            "apply",
            "-f",
            str(manifest),
        ]
        with timed() as theirs:
            subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    return [
        Row(
            what=f"stand-in plugin: {len(every)} objects",
            value=ours.seconds,
            unit="s",
            against="`kubectl apply` of the same objects",
            base=theirs.seconds,
            limit=2.0,
        )
    ]
