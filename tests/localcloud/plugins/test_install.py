"""Which plugins are chosen, and that each ends where the engine looks for it."""

import os
import time
from pathlib import Path

import pytest

from localcloud.plugins import install as installing
from localcloud.plugins import real
from localcloud.plugins.home import PluginHome, script
from localcloud.plugins.install import InstallError, Mode, engine_environment, install, wanted

# Does what `pulumi plugin install resource NAME VERSION --file DIR --reinstall` does to a home.
FAKE_PULUMI = """#!/bin/sh
echo "$*" >> "$PULUMI_HOME/calls"
test "$6" = --file || exit 1
to="$PULUMI_HOME/plugins/resource-$4-v$5"
mkdir -p "$PULUMI_HOME/plugins" && rm -rf "$to" && cp -r "$7" "$to"
"""


@pytest.fixture
def pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a pulumi that only installs; the internet answers nobody."""
    monkeypatch.setattr(real, "internet_answers", lambda: False)
    program = tmp_path / "pulumi"
    program.write_text(FAKE_PULUMI)
    program.chmod(0o755)
    return program


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    return {"PATH": f"{tmp_path / 'bin'}:{os.defpath}", "HOME": str(tmp_path / "user"), **more}


def fake_real(home: Path, name: str, version: str) -> Path:
    directory = home / "plugins" / f"resource-{name}-v{version}"
    directory.mkdir(parents=True)
    program = directory / f"pulumi-resource-{name}"
    program.write_text(f"#!/bin/sh\necho {name} {version}\n")
    program.chmod(0o755)
    return program


def calls(home: Path) -> list[str]:
    path = home / "calls"
    return path.read_text().splitlines() if path.exists() else []


def test_standins_land_where_the_engine_looks_and_only_once(pulumi: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    choices = install(Mode.STANDIN, pulumi, home, environment=environment(tmp_path))
    install(Mode.STANDIN, pulumi, home, environment=environment(tmp_path))

    assert [choice.is_real for choice in choices] == [False] * 4
    assert len(calls(home)) == 4, "the second time there is nothing to do"
    for plugin in wanted():
        assert plugin.program(home).read_text() == script(plugin)
        assert os.access(plugin.program(home), os.X_OK)


def test_a_standin_of_another_checkout_is_replaced(pulumi: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    tls = next(plugin for plugin in wanted() if plugin.name == "tls")
    fake_real(home, tls.name, tls.version).write_text(script(tls).replace("work", "elsewhere", 1))
    install("standin", pulumi, home, environment=environment(tmp_path))

    assert tls.program(home).read_text() == script(tls)


def test_auto_mixes_real_and_standin_and_says_which(pulumi: Path, tmp_path: Path) -> None:
    version = next(plugin.version for plugin in wanted() if plugin.name == "tls")
    fake_real(tmp_path / "user" / ".pulumi", "tls", version)
    choices = install("auto", pulumi, tmp_path / "home", environment=environment(tmp_path))

    lines = {choice.plugin.name: str(choice) for choice in choices}
    assert lines["tls"] == f"tls {version}: real, copied from {tmp_path / 'user' / '.pulumi'}"
    assert ": stand-in, from " in lines["kubernetes"]
    again = install("auto", pulumi, tmp_path / "home", environment=environment(tmp_path))
    assert str(again[2]) == f"tls {version}: real, installed in {tmp_path / 'home'}"


def test_another_version_of_the_same_major_is_taken_under_the_wanted_number(
    pulumi: Path, tmp_path: Path
) -> None:
    user = tmp_path / "elsewhere"
    for version in ("4.9.0", "4.24.0", "3.30.0"):
        fake_real(user, "kubernetes", version)
    env = environment(tmp_path, PULUMI_HOME=str(user))
    choice = install("auto", pulumi, tmp_path / "home", environment=env)[0]

    assert choice.is_real
    assert str(choice).endswith("version 4.24.0 under the wanted number")
    assert "4.24.0" in choice.plugin.program(tmp_path / "home").read_text()


def test_a_standin_in_the_users_home_is_not_mistaken_for_the_real_one(
    pulumi: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    install("standin", pulumi, other, environment=environment(tmp_path))
    env = environment(tmp_path, PULUMI_HOME=str(other))
    choices = install("auto", pulumi, tmp_path / "home", environment=env)

    assert not any(choice.is_real for choice in choices)


def test_real_with_one_missing_names_it_and_the_way_out(pulumi: Path, tmp_path: Path) -> None:
    for plugin in wanted()[1:]:
        fake_real(tmp_path / "user" / ".pulumi", plugin.name, plugin.version)

    with pytest.raises(InstallError) as caught:
        install("real", pulumi, tmp_path / "home", environment=environment(tmp_path))
    assert f"pulumi plugin install resource kubernetes {wanted()[0].version}" in str(caught.value)
    assert "resource gcp" not in str(caught.value)
    assert "resource tls" not in str(caught.value)
    assert "LOCALCLOUD_PLUGINS=auto" in str(caught.value)


def test_being_offline_is_asked_once_and_remembered(pulumi: Path, tmp_path: Path) -> None:
    asked: list[float] = []

    def probe() -> bool:
        asked.append(time.time())
        return False

    for _ in range(2):
        home = PluginHome(pulumi, tmp_path / "home", environment(tmp_path), probe)
        for plugin in wanted():
            assert home.real(plugin, patient=False) is None
    assert len(asked) == 1


def test_a_plugin_on_path_is_real_and_standins_are_shielded_from_it(
    pulumi: Path, tmp_path: Path
) -> None:
    (tmp_path / "bin").mkdir()
    ambient = tmp_path / "bin" / "pulumi-resource-tls"
    ambient.write_text("#!/bin/sh\n")
    ambient.chmod(0o755)
    env = environment(tmp_path)

    auto = install("auto", pulumi, tmp_path / "home", environment=env)
    assert str(auto[2]).endswith(f"real, from PATH in its own version: {ambient}")
    assert engine_environment(auto, env) == {}, "the engine must find it"
    standin = install("standin", pulumi, tmp_path / "home", environment=env)
    assert engine_environment(standin, env) == {"PULUMI_IGNORE_AMBIENT_PLUGINS": "true"}


@pytest.mark.parametrize("mode", list(Mode))
def test_the_gcp_plugin_is_never_real_and_hides_none_that_is(
    pulumi: Path, tmp_path: Path, mode: Mode
) -> None:
    (tmp_path / "bin").mkdir()
    for name in ("gcp", "kubernetes", "command", "tls"):
        fake_real(tmp_path / "user" / ".pulumi", name, "1.0.0")
        ambient = tmp_path / "bin" / f"pulumi-resource-{name}"
        ambient.write_text(f"#!/bin/sh\necho mine {name}\n")
        ambient.chmod(0o755)
    env = environment(tmp_path)

    choices = {c.plugin.name: c for c in install(mode, pulumi, tmp_path / "home", environment=env)}

    assert ": stand-in, from " in str(choices["gcp"])
    assert choices["gcp"].plugin.version == "10.2.0"
    assert engine_environment(choices.values(), env) == {"PULUMI_IGNORE_AMBIENT_PLUGINS": "true"}
    kubernetes = choices["kubernetes"]
    assert kubernetes.is_real == (mode is not Mode.STANDIN)
    found = kubernetes.plugin.program(tmp_path / "home").read_text()
    assert ("echo mine" in found) == kubernetes.is_real, "the engine looks nowhere else now"


def test_an_unknown_mode_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InstallError, match="fake"):
        installing.install("fake", tmp_path, tmp_path)
