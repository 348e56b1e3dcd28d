"""Tools: what is built, under which key, and what of the user's is used instead."""

import json
import re
import shutil
import stat
from pathlib import Path

import pytest
from rich.console import Console

from localcloud import existing, families, golang, tools
from localcloud.existing import Found, find, misfit
from localcloud.families import (
    FAMILIES,
    Need,
    direct,
    linker_flags,
    module_folder,
    requirements,
)
from localcloud.golang import ToolError
from localcloud.paths import CHECKOUT, LOCAL
from localcloud.progress import Steps

GO_MOD = """module x

go 1.25.0

tool a.example/b/cmd

require a.example/b v1.2.3

require (
\tc.example/D/e v0.1.0 // indirect
\tf.example/g/v2 v2.0.1
)
"""


def program(folder: Path, name: str, prints: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{prints}'\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_a_go_mod_tells_versions_and_which_are_its_own() -> None:
    assert requirements(GO_MOD) == {
        "a.example/b": "v1.2.3",
        "c.example/D/e": "v0.1.0",
        "f.example/g/v2": "v2.0.1",
    }
    assert direct(GO_MOD) == {"a.example/b": "v1.2.3", "f.example/g/v2": "v2.0.1"}


def test_the_module_cache_writes_capitals_with_a_mark(tmp_path: Path) -> None:
    found = module_folder("c.example/D/e", "v0.1.0", tmp_path)
    assert found == tmp_path / "c.example/!d/e@v0.1.0"


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_every_family_pins_what_it_builds(family: families.Family) -> None:
    pinned = requirements((family.folder / "go.mod").read_text(encoding="utf-8"))
    for package in family.packages.values():
        assert any(package.startswith(module) for module in pinned), package
    if family.packages:
        assert (family.folder / "go.sum").exists()
    assert not family.stamped or family.stamped in pinned


def test_the_engine_carries_the_version_of_its_sdk() -> None:
    pulumi = next(family for family in FAMILIES if family.name == "pulumi")
    pinned = requirements((pulumi.folder / "go.mod").read_text(encoding="utf-8"))
    assert f"version.Version={pinned['github.com/pulumi/pulumi/sdk/v3']}" in linker_flags(pulumi)


def test_the_key_covers_files_flags_packages_and_toolchain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(families, "CHECKOUT", tmp_path)
    folder = tmp_path / "tools" / "x"
    folder.mkdir(parents=True)
    (folder / "go.mod").write_text(GO_MOD, encoding="utf-8")
    (folder / "go.sum").write_text("sums", encoding="utf-8")
    family = families.Family(name="x", packages={"a": "a.example/b"}, seconds=1)
    stamped = families.Family(
        name="x", packages={"a": "a.example/b"}, seconds=1, stamp=("v={version}",)
    )
    first = tools.key(family, family.packages, "go1")
    assert tools.key(family, family.packages, "go1") == first
    others = {
        tools.key(family, family.packages, "go2"),
        tools.key(family, {"a": "a.example/c"}, "go1"),
        tools.key(stamped, family.packages, "go1"),
    }
    (folder / "go.sum").write_text("other sums", encoding="utf-8")
    others.add(tools.key(family, family.packages, "go1"))
    (folder / "go.mod").write_text(GO_MOD + "// more", encoding="utf-8")
    others.add(tools.key(family, family.packages, "go1"))
    assert len(others - {first}) == 5


def test_what_the_user_has_is_not_built() -> None:
    user = Found(files={"pulumi": Path("/x"), "etcd": Path("/x")}, notes=())
    planned = {item.family.name: set(item.packages) for item in tools.plan(user, "go1")}
    assert "pulumi" not in planned
    assert "etcd" not in planned
    assert "kube-apiserver" in planned["kubernetes"]


def test_what_only_tests_run_is_built_for_tests_only() -> None:
    nothing = Found(files={}, notes=())
    usual, tested, nightly = (
        {name for item in tools.plan(nothing, "go1", need=need) for name in item.packages}
        for need in Need
    )
    assert tested - usual == {"actionlint"}
    assert nightly - tested == {"upstream-istioctl", "upstream-pilot-discovery"}
    assert usual < tested < nightly


def test_the_charts_that_tests_read_by_day_are_fetched_by_day() -> None:
    """``tests/unit/test_istio_values.py`` reads them, and istio is built by night alone."""
    nothing = Found(files={}, notes=())
    by_day = tools.plan(nothing, "go1", need=Need.TEST)
    fetched = [name for item in by_day for name, _ in families.sources(item.family)]
    assert [name.partition("@")[0] for name in fetched].count("istio.io/istio") == 1
    assert "istio" not in {item.family.name for item in by_day}


def test_nothing_is_built_under_the_name_of_solos_istioctl() -> None:
    assert "istioctl" not in {name for family in FAMILIES for name in family.packages}


def test_a_usual_run_leaves_what_was_built_for_tests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tools, "TOOLS", tmp_path)
    monkeypatch.setattr(tools, "LOCAL", tmp_path)
    monkeypatch.setattr(tools, "BIN", tmp_path / "bin")
    monkeypatch.setattr(tools, "find", lambda: Found(files={}, notes=()))
    monkeypatch.setattr(golang, "version", lambda: "go1")
    monkeypatch.setattr(tools.Plan, "missing_sources", [])
    built: list[str] = []

    def build(item: tools.Plan, _log: Path) -> None:
        built.append(item.family.name)
        for name in item.packages:
            program(item.folder, name, name)

    monkeypatch.setattr(tools, "_build", build)
    said: list[str] = []
    tools.ensure(said.append, need=Need.TEST_ALL)
    assert built.count("istio") == 1
    inode = (tmp_path / "bin" / "upstream-istioctl").stat().st_ino
    # One family is gone, so that this run really links anew.
    shutil.rmtree(next(tmp_path.glob("helm-*")))
    for need in (Need.ALWAYS, Need.TEST_ALL, Need.TEST):
        tools.ensure(said.append, need=need)
    assert built.count("helm") == 2
    assert built.count("istio") == 1
    assert (tmp_path / "bin" / "upstream-istioctl").stat().st_ino == inode


def test_make_test_builds_what_its_tests_run_and_nothing_else_does() -> None:
    makefile = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
    verbs = re.findall(r"^([\w-]+):[^\n]*\n((?:\t[^\n]*\n)*)", makefile, re.MULTILINE)
    assert [verb for verb, lines in verbs if "--tests" in lines] == ["test"]
    assert [verb for verb, lines in verbs if "--all-tests" in lines] == ["test-all"]


def test_a_fitting_pulumi_with_its_language_host_is_used(tmp_path: Path) -> None:
    pulumi = program(tmp_path, "pulumi", "v3.201.0")
    for name in ("pulumi-language-python", "pulumi-language-python-exec"):
        program(tmp_path, name, "")
    found = find({"PATH": f"{tmp_path}:/bin"})
    assert found.files["pulumi"] == pulumi
    assert set(found.files) == {
        "pulumi", "pulumi-language-python", "pulumi-language-python-exec",
    }  # fmt: skip
    assert found.notes == (f"pulumi: yours is used, {pulumi} 3.201.0",)


@pytest.mark.parametrize("version", ["v3.199.0", "v4.0.0", "unknown"])
def test_a_pulumi_that_does_not_fit_is_named_and_not_used(tmp_path: Path, version: str) -> None:
    program(tmp_path, "pulumi", version)
    found = find({"PATH": f"{tmp_path}:/bin"})
    assert not found.files
    assert "is not used" in found.notes[0]


def test_a_pulumi_without_its_language_host_is_not_used(tmp_path: Path) -> None:
    program(tmp_path, "pulumi", "v3.201.0")
    found = find({"PATH": f"{tmp_path}:/bin"})
    assert not found.files
    assert "pulumi-language-python" in found.notes[0]


def test_the_pulumi_that_localcloud_built_is_not_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(existing, "LOCAL", tmp_path)
    program(tmp_path / "bin", "pulumi", "v3.201.0")
    assert find({"PATH": str(tmp_path / "bin")}) == Found(files={}, notes=())


def test_kubebuilder_assets_are_used_where_their_version_fits(tmp_path: Path) -> None:
    etcd = program(tmp_path, "etcd", "etcd Version: 3.5.21")
    program(tmp_path, "kube-apiserver", "Kubernetes v1.34.9")
    found = find({"PATH": "/nonexistent", "KUBEBUILDER_ASSETS": str(tmp_path)})
    assert found.files == {"etcd": etcd}
    assert "etcd: yours is used" in found.notes[0]
    assert "it is 1.34.9, and >= 1.35.0, < 1.36.0 is needed" in found.notes[1]


def test_ranges_exclude_their_end() -> None:
    assert misfit((4, 0, 0), existing.PULUMI)
    assert not misfit((3, 999, 0), existing.PULUMI)


def test_no_go_is_one_line_with_the_fix() -> None:
    with pytest.raises(ToolError, match=r"there is no Go: install Go .* run this again"):
        golang.version({"PATH": "/nonexistent"})


def test_a_go_too_old_to_fetch_another_is_named(tmp_path: Path) -> None:
    program(tmp_path, "go", "go1.20.3\nlinux\namd64")
    with pytest.raises(ToolError, match=r"is go1.20.3, which is too old: install Go"):
        golang.version({"PATH": f"{tmp_path}:/bin"})


@pytest.mark.parametrize(
    ("output", "fix"),
    [
        ("go: go.mod requires go >= 1.26.0 (running go 1.25.1; GOTOOLCHAIN=local)", "install Go"),
        ('Get "https://proxy.golang.org/x": dial tcp: no such host', "set GOPROXY"),
        ("verifying a@v1: checksum mismatch", "not what go.sum says"),
        ("write: no space left on device", "disk is full"),
    ],
)
def test_a_known_cause_is_one_line_with_its_fix(tmp_path: Path, output: str, fix: str) -> None:
    message = golang.explain("helm", f"noise\n{output}\n", tmp_path / "log")
    assert fix in message
    assert "\n" not in message


def test_an_unknown_cause_shows_the_end_of_the_output(tmp_path: Path) -> None:
    assert golang.explain("helm", "one\ntwo", tmp_path / "log").endswith("one\ntwo")


def test_go_writes_nothing_in_the_home_and_still_reads_the_users_proxy(tmp_path: Path) -> None:
    settings = tmp_path / ".config" / "go" / "env"
    settings.parent.mkdir(parents=True)
    settings.write_text("GOPROXY=https://proxy.example\n", encoding="utf-8")
    env = golang.environment({"HOME": str(tmp_path), "GOBIN": "/usr/bin", "GOFLAGS": "-mod=mod"})
    assert env["GOENV"] == str(settings)
    assert "GOBIN" not in env
    assert "-mod=readonly" in env["GOFLAGS"]
    for key in ("HOME", "XDG_CONFIG_HOME", "GOPATH", "GOMODCACHE", "GOCACHE", "GOTMPDIR"):
        assert Path(env[key]).is_relative_to(LOCAL)


def test_a_build_that_fails_leaves_nothing_that_looks_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tools, "TOOLS", tmp_path)
    monkeypatch.setattr(tools, "LOCAL", tmp_path)

    def fail(*_arguments: object) -> None:
        raise ToolError("no")

    monkeypatch.setattr(golang, "run", fail)
    etcd = tools.plan(Found(files={}, notes=()), "go1")[0]
    with pytest.raises(ToolError):
        tools._build(etcd, tmp_path / "log")
    assert not etcd.is_built
    tools._sweep()
    assert list(tmp_path.iterdir()) == []


def test_a_build_of_several_programs_has_our_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tools, "TOOLS", tmp_path)

    def build(arguments: list[str], *_: object) -> None:
        folder = Path(arguments[arguments.index("-o") + 1])
        for package in arguments[arguments.index("-o") + 2 :]:
            program(folder, Path(package).name, "")

    monkeypatch.setattr(golang, "run", build)
    planned = tools.plan(Found(files={}, notes=()), "go1", need=Need.TEST_ALL)
    istio = next(item for item in planned if item.family.name == "istio")
    tools._build(istio, tmp_path / "log")
    assert {path.name for path in istio.folder.iterdir()} == set(istio.packages)


def test_our_tools_lie_beside_one_another_and_the_users_stay_where_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tools, "TOOLS", tmp_path)
    monkeypatch.setattr(tools, "BIN", tmp_path / "bin")
    user = Found(files={"etcd": program(tmp_path / "own", "etcd", "")}, notes=())
    planned = [item for item in tools.plan(user, "go1") if item.packages]
    for item in planned:
        for name in item.packages:
            program(item.folder, name, name)
    program(tmp_path / "bin", "gone", "")
    assert not tools._linked(planned, user)
    tools._link(planned, user)
    tools._link(planned, user)
    assert tools._linked(planned, user)
    assert (tmp_path / "bin" / "pulumi").resolve().parent == tmp_path / "bin"
    assert (tmp_path / "bin" / "etcd").resolve() == tmp_path / "own" / "etcd"
    assert not (tmp_path / "bin" / "gone").exists()


def test_steps_say_how_far_they_are_and_how_long_it_took_last_time(tmp_path: Path) -> None:
    memory = tmp_path / "durations.json"
    memory.write_text('{"etcd": 41.2}', encoding="utf-8")
    with (tmp_path / "out").open("w") as file:
        steps = Steps(2, memory, Console(file=file))
        with steps.step("etcd", "building etcd", 50):
            pass
        with pytest.raises(ToolError), steps.step("helm", "building helm", 60):
            raise ToolError("no")
    lines = (tmp_path / "out").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "[1/2] etcd: building etcd (last time 41 s)"
    assert lines[1] == "[1/2] etcd: done in 0 s"
    assert lines[2] == "[2/2] helm: building helm (about 60 s the first time)"
    assert set(json.loads(memory.read_text(encoding="utf-8"))) == {"etcd"}
