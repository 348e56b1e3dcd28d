"""The shared server speaks the protocol as the engine expects it."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import grpc
import psutil
import pytest
from google.protobuf import empty_pb2
from google.rpc import status_pb2  # type: ignore[import-untyped]
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from localcloud.plugins.engine import Engine
from localcloud.plugins.provider import (
    Check,
    Checked,
    Created,
    Failure,
    PartialFailure,
    Properties,
    Provider,
    ProviderError,
    State,
)
from localcloud.plugins.server import start
from localcloud.plugins.values import Secret, from_struct, to_struct

URN = "urn:pulumi:test::project::a:b:Parent$c:d/e:Thing::thing"


class Toy(Provider):
    """Does what the inputs say."""

    package = "toy"
    version = "1.2.3"

    def configure(self, settings: Properties) -> None:
        self.settings = settings

    def check(self, request: Check) -> Checked:
        return Checked(inputs=request.new, failures=[Failure(property="a.b", reason=request.type)])

    def create(self, request: State) -> Created:
        what = request.properties.get("do")
        if what == "partial":
            outputs = {"token": Secret("s")}
            raise PartialFailure(["late", "because"], id="the-id", properties=outputs)
        if what == "refuse":
            raise ProviderError("no such thing")
        if what == "crash":
            raise KeyError("missing")
        if what == "wait":
            self.cancelled.wait(30)
            raise ProviderError("stopped")
        return Created(id=request.name, properties=request.properties)


@pytest.fixture
def stub() -> Iterator[provider_pb2_grpc.ResourceProviderStub]:
    server, port = start(Toy(Engine("")))
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield provider_pb2_grpc.ResourceProviderStub(channel)
    server.stop(None).wait()


def create(stub: provider_pb2_grpc.ResourceProviderStub, what: str) -> provider_pb2.CreateResponse:
    request = provider_pb2.CreateRequest(urn=URN, properties=to_struct({"do": what}))
    created: provider_pb2.CreateResponse = stub.Create(request, timeout=10)
    return created


def failure(stub: provider_pb2_grpc.ResourceProviderStub, what: str) -> grpc.RpcError:
    with pytest.raises(grpc.RpcError) as caught:
        create(stub, what)
    return caught.value


def test_it_names_itself_and_takes_secrets(stub: provider_pb2_grpc.ResourceProviderStub) -> None:
    configured = stub.Configure(provider_pb2.ConfigureRequest(args=to_struct({"a": "b"})))
    assert stub.GetPluginInfo(empty_pb2.Empty()).version == "1.2.3"
    assert configured.acceptSecrets
    assert configured.supportsPreview
    assert stub.Handshake(provider_pb2.ProviderHandshakeRequest()).accept_secrets


def test_a_check_reports_failures_by_path(stub: provider_pb2_grpc.ResourceProviderStub) -> None:
    request = provider_pb2.CheckRequest(urn=URN, news=to_struct({"x": Secret(1)}))
    checked = stub.Check(request)
    assert from_struct(checked.inputs) == {"x": Secret(1)}
    assert [(f.property, f.reason) for f in checked.failures] == [("a.b", "c:d/e:Thing")]


def test_a_refusal_is_one_clean_message(stub: provider_pb2_grpc.ResourceProviderStub) -> None:
    assert failure(stub, "refuse").details() == "no such thing"


def test_a_defect_names_itself_without_a_traceback(
    stub: provider_pb2_grpc.ResourceProviderStub,
) -> None:
    details = failure(stub, "crash").details()
    assert details == "internal error: KeyError: 'missing'"


def test_a_partial_failure_carries_the_object(
    stub: provider_pb2_grpc.ResourceProviderStub,
) -> None:
    error = failure(stub, "partial")
    trailers = {entry.key: entry.value for entry in error.trailing_metadata() or ()}
    trailer = trailers["grpc-status-details-bin"]
    detail = provider_pb2.ErrorResourceInitFailed()
    assert status_pb2.Status.FromString(trailer).details[0].Unpack(detail)
    assert detail.id == "the-id"
    assert list(detail.reasons) == ["late", "because"]
    assert from_struct(detail.properties) == {"token": Secret("s")}


def test_cancel_reaches_what_waits(stub: provider_pb2_grpc.ResourceProviderStub) -> None:
    request = provider_pb2.CreateRequest(urn=URN, properties=to_struct({"do": "wait"}))
    waiting = stub.Create.future(request, timeout=30)
    stub.Cancel(empty_pb2.Empty())
    with pytest.raises(grpc.RpcError, match="stopped"):
        waiting.result()


def test_what_is_not_supported_says_so(stub: provider_pb2_grpc.ResourceProviderStub) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        stub.Construct(provider_pb2.ConstructRequest())
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


def plugin(engine: str) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", "localcloud.plugins", "kubernetes", engine],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_the_first_line_is_the_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as engine:
        process = plugin(f"127.0.0.1:{engine.getsockname()[1]}")
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            info = provider_pb2_grpc.ResourceProviderStub(channel).GetPluginInfo(
                empty_pb2.Empty(), timeout=10, wait_for_ready=True
            )
        assert info.version
        process.kill()
        process.wait()
        process.stdout.close()


def test_it_ends_when_the_engine_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as engine:
        address = f"127.0.0.1:{engine.getsockname()[1]}"
    process = plugin(address)
    try:
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        assert process.stdout is not None
        process.stdout.close()


def test_it_leaves_when_the_engine_interrupts_it() -> None:
    process = plugin("")
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    try:
        # One that stays is killed by the engine after 5 s: every command would take as long.
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.stdout.close()


def test_it_ends_when_its_parent_is_killed() -> None:
    script = (
        "import subprocess, sys, time\n"
        "p = subprocess.Popen([sys.executable, '-m', 'localcloud.plugins', 'kubernetes'],"
        " stdout=subprocess.PIPE, text=True)\n"
        "p.stdout.readline()\n"
        "print(p.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and _runs(child):
        time.sleep(0.1)
    assert not _runs(child), "a plugin without an engine must not be left over"


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
