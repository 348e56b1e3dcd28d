"""The stand-in remote.Command and CopyToRemote do their work over real ssh."""

import threading
from pathlib import Path
from typing import Any

import paramiko
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from localcloud.plugins.command.provider import CommandProvider
from localcloud.plugins.command.ssh import private_key
from localcloud.plugins.engine import Engine
from localcloud.plugins.provider import ProviderError
from localcloud.plugins.values import Secret
from tests.localcloud.plugins.lifecycle import Resource
from tests.localcloud.plugins.ssh_server import Server

REMOTE = "command:remote:Command"


class Warnings(Engine):
    """An engine that keeps warnings."""

    def __init__(self) -> None:
        super().__init__("")
        self.warned: list[str] = []

    def warning(self, urn: str, message: str) -> None:
        assert urn
        self.warned.append(message)


@pytest.fixture
def engine() -> Warnings:
    return Warnings()


@pytest.fixture
def command(engine: Warnings) -> Resource:
    return Resource(CommandProvider(engine), REMOTE)


def test_a_command_runs_there_with_its_input(command: Resource, server: Server) -> None:
    inputs = {"connection": server.connection(), "create": "cat; echo err >&2", "stdin": "hello"}
    outputs = command.create(inputs)

    assert (outputs["stdout"], outputs["stderr"]) == ("hello", "err")
    assert server.logins == ["root"], "the default user"
    assert not command.diff(inputs).changes


def test_the_connection_is_secret_as_a_whole(command: Resource, server: Server) -> None:
    outputs = command.create({"connection": server.connection(), "create": "true"})

    assert isinstance(outputs["connection"], Secret)
    assert isinstance(command.inputs["connection"], Secret)
    assert command.inputs["connection"].value["dialErrorLimit"] == 10


def test_a_failure_tells_status_and_output(command: Resource, server: Server) -> None:
    with pytest.raises(ProviderError, match='Process exited with status 4: running "echo x; exit'):
        command.create({"connection": server.connection(), "create": "echo x; exit 4"})


def test_variables_travel_when_the_server_accepts_them(command: Resource, server: Server) -> None:
    server.accept_env = {"COLOUR"}
    inputs = {
        "connection": server.connection(),
        "create": "echo $COLOUR",
        "environment": {"COLOUR": "blue"},
    }

    assert command.create(inputs)["stdout"] == "blue"


def test_a_refused_variable_is_an_error(command: Resource, server: Server) -> None:
    inputs = {
        "connection": server.connection(),
        "create": "true",
        "environment": {"COLOUR": "blue"},
    }

    with pytest.raises(ProviderError, match='could not set environment variable "COLOUR"'):
        command.create(inputs)


def test_a_refused_last_output_is_only_a_warning(
    command: Resource, server: Server, engine: Warnings
) -> None:
    server.accept_env = {"COLOUR"}
    inputs = {
        "connection": server.connection(),
        "create": "echo out; echo err >&2",
        "update": "echo $COLOUR${PULUMI_COMMAND_STDOUT-none}",
        "environment": {"COLOUR": "blue"},
    }
    command.create(inputs)

    assert command.update({**inputs, "stdin": "x"})["stdout"] == "bluenone"
    assert len(engine.warned) == 2
    assert "Unable to set 'PULUMI_COMMAND_STDOUT'" in engine.warned[0]


def test_delete_runs_there_with_the_last_output(
    command: Resource, server: Server, tmp_path: Path
) -> None:
    server.accept_env = {"PULUMI_COMMAND_STDOUT"}
    delete = f"echo $PULUMI_COMMAND_STDOUT > {tmp_path}/gone"
    command.create({"connection": server.connection(), "create": "echo made", "delete": delete})
    command.delete()

    assert (tmp_path / "gone").read_text() == "made\n"


def test_the_right_host_key_is_accepted_and_a_wrong_one_is_not(
    command: Resource, server: Server, key: paramiko.PKey
) -> None:
    line = f"{key.get_name()} {key.get_base64()} a comment"
    command.create({"connection": server.connection(hostKey=line), "create": "true"})
    other = paramiko.ECDSAKey.generate()
    wrong = server.connection(hostKey=f"{other.get_name()} {other.get_base64()}", dialErrorLimit=0)

    with pytest.raises(ProviderError, match="after 0 failed attempts: ssh: host key mismatch"):
        command.create({"connection": wrong, "create": "true"})


def test_a_wrong_password_fails_after_the_limit(command: Resource, server: Server) -> None:
    connection = server.connection(dialErrorLimit=1) | {"password": "wrong"}

    with pytest.raises(ProviderError, match="after 1 failed attempts: ssh: unable to authen"):
        command.create({"connection": connection, "create": "true"})
    assert len(server.logins) == 2


def test_dialling_is_retried(command: Resource, server: Server) -> None:
    server.refuse = 2

    assert (
        command.create({"connection": server.connection(), "create": "echo in"})["stdout"] == "in"
    )


@pytest.mark.parametrize("form", ["openssh", "pkcs8", "traditional", "encrypted"])
def test_a_private_key_opens_in_every_format(command: Resource, server: Server, form: str) -> None:
    made = rsa.generate_private_key(65537, 2048)
    formats = {
        "openssh": serialization.PrivateFormat.OpenSSH,
        "pkcs8": serialization.PrivateFormat.PKCS8,
        "traditional": serialization.PrivateFormat.TraditionalOpenSSL,
        "encrypted": serialization.PrivateFormat.PKCS8,
    }
    secret = serialization.BestAvailableEncryption(b"pw") if form == "encrypted" else None
    pem = made.private_bytes(
        serialization.Encoding.PEM, formats[form], secret or serialization.NoEncryption()
    ).decode()
    more: dict[str, Any] = {"privateKeyPassword": "pw"} if secret else {}
    server.authorized = [private_key(pem, "pw" if secret else None)]
    connection = server.connection(password=None, user="someone", privateKey=pem, **more)

    assert command.create({"connection": connection, "create": "echo in"})["stdout"] == "in"
    assert server.logins[-1] == "someone"


def test_a_broken_key_is_not_quoted(command: Resource, server: Server) -> None:
    connection = server.connection(privateKey="-----BEGIN canary")

    with pytest.raises(ProviderError, match="the private key cannot be parsed") as caught:
        command.create({"connection": connection, "create": "true"})
    assert "canary" not in str(caught.value)


def test_a_proxy_carries_the_connection(
    command: Resource, server: Server, key: paramiko.PKey
) -> None:
    with Server(key).running() as bastion:
        connection = server.connection(proxy=bastion.connection(user="jump"))
        outputs = command.create({"connection": connection, "create": "echo through"})

        assert outputs["stdout"] == "through"
        assert bastion.logins == ["jump"]
        assert bastion.forwarded == [("127.0.0.1", server.port)]


def test_a_cancel_ends_the_dialling(command: Resource) -> None:
    threading.Timer(0.3, command.provider.cancel).start()  # type: ignore[union-attr]
    connection = {"host": "127.0.0.1", "port": 1, "dialErrorLimit": -1}

    with pytest.raises(ProviderError, match="cancelled"):
        command.create({"connection": connection, "create": "true"})


def test_a_host_is_required(command: Resource) -> None:
    assert command.failures({"connection": {"user": "a"}}) == [
        "missing required property 'connection.host'"
    ]


def test_an_ed25519_key_is_read() -> None:
    pem = ed25519.Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )

    assert private_key(pem.decode(), None).get_name() == "ssh-ed25519"
