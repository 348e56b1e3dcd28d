"""Layers are laid over one another by the rules of docs/stacks.md; every value has its place."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from components import layers
from components.config_errors import models_in
from components.identities import BY, IDENTITIES, REMOVE, identity
from components.keys import EXTENDS, PREFIX, SCALARS
from components.layers import Merged
from components.settings import Settings

Write = Callable[..., Path]


def content(values: Mapping[str, Any]) -> str:
    config = {f"{PREFIX}{key}": value for key, value in values.items()}
    return yaml.safe_dump({"config": config}, sort_keys=False)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def made(name: str, text: str = "", **values: Any) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text or content(values), encoding="utf-8")
        return path

    return made


@pytest.fixture
def merged(tmp_path: Path, write: Write) -> Callable[..., Merged]:
    """Return what lays files over one another: each but the last is a layer of the last."""

    def laid(*files: Mapping[str, Any]) -> Merged:
        *below, top = files
        names = [write(f"layer{index}.yaml", **item).name for index, item in enumerate(below)]
        return layers.read(write("Pulumi.x.yaml", **{EXTENDS: names}, **top), tmp_path)

    return laid


A: Mapping[str, Any] = {"name": "a", "context": "one"}
B: Mapping[str, Any] = {"name": "b", "context": "two"}
GONE: Mapping[str, Any] = {"remove": True}

RULES: dict[str, tuple[list[dict[str, Any]], dict[str, Any]]] = {
    "later wins": ([{"kubeconfig": "a"}, {"kubeconfig": "b"}, {"kubeconfig": "c"}],
                   {"kubeconfig": "c"}),
    "maps merge": ([{"trust": {"algorithm": "RSA"}}, {"trust": {"rootValidityDays": 90}}],
                   {"trust": {"algorithm": "RSA", "rootValidityDays": 90}}),
    "maps of any keys merge": (
        [{"gcp": {"labels": {"a": "1"}}}, {"gcp": {"labels": {"b": "2"}}}],
        {"gcp": {"labels": {"a": "1", "b": "2"}}}),
    "clusters by name": (
        [{"clusters": [A, B]}, {"clusters": [{"name": "c"}, {"name": "a", "network": "n"}]}],
        {"clusters": [{**A, "network": "n"}, B, {"name": "c"}]}),
    "services by name, in namespaces by name": (
        [{"namespaces": [{"name": "n", "services": [{"name": "s", "scope": "global"}]}]},
         {"namespaces": [{"name": "n", "services": [
             {"name": "s", "trafficDistribution": "Any"}, {"name": "t"}]}]}],
        {"namespaces": [{"name": "n", "services": [
            {"name": "s", "scope": "global", "trafficDistribution": "Any"}, {"name": "t"}]}]}),
    "egress by host": (
        [{"egress": {"hosts": [{"host": "a.b", "allow": ["x", "y"]}]}},
         {"egress": {"hosts": [{"host": "a.b", "allow": ["z"]}, {"host": "c.d"}]}}],
        {"egress": {"hosts": [{"host": "a.b", "allow": ["z"]}, {"host": "c.d"}]}}),
    "drills by service, namespace and cluster": (
        [{"drills": [{"service": "s", "cluster": "a"}, {"service": "s", "cluster": "b"}]},
         {"drills": [{"service": "s", "cluster": "b", "namespace": "bookinfo", "generation": 2},
                     {"service": "s", "cluster": "b", "namespace": "shop"}]}],
        {"drills": [{"service": "s", "cluster": "a"},
                    {"service": "s", "cluster": "b", "namespace": "bookinfo", "generation": 2},
                    {"service": "s", "cluster": "b", "namespace": "shop"}]}),
    "other lists are replaced": (
        [{"ingress": {"clusters": ["a", "b"]}}, {"ingress": {"clusters": ["c"]}}],
        {"ingress": {"clusters": ["c"]}}),
    "a key is removed": ([{"trust": {"algorithm": "RSA", "rootValidityDays": 90}},
                          {"trust": {"algorithm": None}}], {"trust": {"rootValidityDays": 90}}),
    "a top-level key is removed": ([{"ingress": {}, "vms": []}, {"ingress": None}], {"vms": []}),
    "a top-level key is removed as the engine writes it": ([{"ingress": {}}, {"ingress": ""}], {}),
    "an entry is removed": ([{"clusters": [A, B]}, {"clusters": [{"name": "a", **GONE}]}],
                            {"clusters": [B]}),
    "an entry that was removed comes again, at the end": (
        [{"clusters": [A, B]}, {"clusters": [{"name": "a", **GONE}]}, {"clusters": [A]}],
        {"clusters": [B, A]}),
    "a service is removed": (
        [{"namespaces": [{"name": "n", "services": [{"name": "s"}, {"name": "t"}]}]},
         {"namespaces": [{"name": "n", "services": [{"name": "s", **GONE}]}]}],
        {"namespaces": [{"name": "n", "services": [{"name": "t"}]}]}),
    "a map takes the place of something else": (
        [{"ingress": "x"}, {"ingress": {"clusters": ["a"]}}], {"ingress": {"clusters": ["a"]}}),
    "JSON as text is what it says": ([{"clusters": '[{"name": "a"}]'}, {"clusters": [B]}],
                                     {"clusters": [{"name": "a"}, B]}),
    "entries without a name stand beside one another": (
        [{"clusters": [{"context": "x"}]}, {"clusters": [{"context": "y"}, "z"]}],
        {"clusters": [{"context": "x"}, {"context": "y"}, "z"]}),
}  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
def test_files_merge_by_the_rules(merged: Callable[..., Merged], rule: str) -> None:
    files, expected = RULES[rule]

    found = merged(*files)

    assert found.mistakes == ()
    assert found.values == expected


WRONG: dict[str, tuple[list[dict[str, Any]], str]] = {
    "nothing to remove": ([{"kubeconfig": "x"}, {"ingress": None}],
                          "Pulumi.x.yaml:4: AM316 ambientmesh:ingress: found a removal"),
    "no such key": ([{"trust": {"algorithm": "RSA"}}, {"trust": {"rootValidityDays": None}}],
                    "Pulumi.x.yaml:5: AM316 ambientmesh:trust.rootValidityDays: found a removal"),
    "no such entry": ([{"clusters": [A]}, {"clusters": [{"name": "b", **GONE}]}],
                      "Pulumi.x.yaml:5: AM316 ambientmesh:clusters[0]: found a removal"),
    "removed in the first layer": ([{"clusters": [{"name": "b", **GONE}]}, {}],
                                   "layer0.yaml:3: AM316 ambientmesh:clusters[0]: found a removal"),
    "removed and changed": ([{"clusters": [A]}, {"clusters": [{**A, **GONE}]}],
                            "Pulumi.x.yaml:7: AM317 ambientmesh:clusters[0].remove: found context"),
    "removed by false": ([{"clusters": [A]}, {"clusters": [{"name": "a", "remove": False}]}],
                         "AM317 ambientmesh:clusters[0].remove: found false; allowed: true"),
    "one name twice": ([{"clusters": [A]}, {"clusters": [A, {**A}]}],
                       "Pulumi.x.yaml:7: AM318 ambientmesh:clusters[1]: found 'a' twice in one"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_merged_is_a_mistake_with_its_place(
    merged: Callable[..., Merged], case: str
) -> None:
    files, line = WRONG[case]

    [mistake] = merged(*files).mistakes

    assert line in mistake.line
    assert "; allowed: " in mistake.line
    assert "; fix: " in mistake.line


BROKEN: dict[str, tuple[str, str]] = {
    "not there": ("", "cannot be read (No such file or directory); allowed: a file, its path"),
    "no YAML": ("config: [", "layer.yaml is no layer: it is no YAML ("),
    "no map": ("- a", "layer.yaml is no layer: it has no map config: with settings"),
    "no config": ("a: b", "layer.yaml is no layer: it has no map config: with settings"),
    "config of nothing": ("config:", "layer.yaml is no layer: it has no map config:"),
    "a value with a tag": ("config: {a: !canary b}", "it is no YAML (could not determine a"),
    "a value with an alias": ("config: {a: *canary}", "it is no YAML (found undefined alias …"),
    "a number without end": (f"config: {{a: 0x{'f' * 5000}}}",
                             "it is no YAML (a number, date or tag that cannot be one, line 1)"),
    "a tag of nothing": ("config: {a: !!timestamp canary}",
                         "it is no YAML (a number, date or tag that cannot be one, line 1)"),
    "a key of nothing": ("config: {!!bool x: 1}",
                         "it is no YAML (a number, date or tag that cannot be one, line 1)"),
    "a key that is no date": ("config: {2001-13-45: 1}",
                              "it is no YAML (a number, date or tag that cannot be one, line 1)"),
    "a control character": ("config: {a: \x01}", "it is no YAML (ReaderError)"),
    "holds itself": ("config: &a {x: *a}", "it is no YAML (a value that holds itself, line 1)"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_file_that_is_no_layer_is_a_mistake_of_who_extends_it(
    write: Write, tmp_path: Path, case: str
) -> None:
    text, why = BROKEN[case]
    write("layer2.yaml", kubeconfig="x")
    if text:
        write("layer.yaml", text)
    file = write("Pulumi.x.yaml", extends=["layer2.yaml", "layer.yaml"])

    found = layers.read(file, tmp_path)

    [mistake] = found.mistakes
    start = "Pulumi.x.yaml:4: AM31[13] ambientmesh:extends[1]: found 'layer.yaml', and layer.yaml "
    assert mistake.line.startswith(start.replace("[13]", "1" if not text else "3"))
    assert why in mistake.line
    assert "canary" not in mistake.line
    assert not found.complete


def test_a_layer_that_make_makes_is_no_path_to_be_mended(write: Write, tmp_path: Path) -> None:
    file = write("stacks/Pulumi.x.yaml", extends="../.local/root/layer.yaml")

    [mistake] = layers.read(file, tmp_path).mistakes

    assert mistake.line.endswith("; fix: make up STACK=x, which makes it")


def test_a_folder_is_no_layer_and_what_is_in_it_is_proposed(write: Write, tmp_path: Path) -> None:
    write("layers/a.yaml", kubeconfig="x")
    write("layers/b.yaml", kubeconfig="x")

    [mistake] = layers.read(write("Pulumi.x.yaml", extends="layers"), tmp_path).mistakes

    assert mistake.line.endswith("; fix: write one of the files in it: a.yaml, b.yaml")


def test_a_file_is_not_proposed_as_a_layer_of_itself(write: Write, tmp_path: Path) -> None:
    [mistake] = layers.read(write("Pulumi.x.yaml", extends="Pulumi.y.yaml"), tmp_path).mistakes

    assert mistake.line.endswith("; fix: mend the path")


LAYERS: dict[str, tuple[str, str]] = {
    "a key of the engine": ("encryptionsalt: v1:canary\nconfig: {'ambientmesh:kubeconfig': x}",
                            "layer.yaml:1: AM313 encryptionsalt: found a key beside config:"),
    "another namespace": ("config:\n  ambientmesh:kubeconfig: x\n  gcp:project: canary",
                          "layer.yaml:3: AM314 gcp:project: found a key of another namespace"),
    "no namespace": ("config:\n  ambientmesh:kubeconfig: x\n  meshVersion: canary",
                     "layer.yaml:3: AM302 meshVersion: found no namespace; allowed: 'ambientmesh'"),
    "a secret in clear text": ("config:\n  ambientmesh:licenseKey: canary",
                               "layer.yaml:2: AM315 ambientmesh:licenseKey: found a secret"),
    "an encrypted value": ("config:\n  ambientmesh:vms: [{ssh: {user: {secure: v1:canary}}}]",
                           "layer.yaml:2: AM315 ambientmesh:vms: found a secret"),
    "a key twice": ("config:\n  ambientmesh:kubeconfig: canary\n  ambientmesh:kubeconfig: canary",
                    "layer.yaml:3: AM318 ambientmesh:kubeconfig: found twice (lines 2 and 3)"),
}  # fmt: skip


@pytest.mark.parametrize("case", LAYERS)
def test_a_layer_has_nothing_that_belongs_to_one_stack(
    write: Write, tmp_path: Path, case: str
) -> None:
    text, start = LAYERS[case]
    write("layer.yaml", text)

    found = layers.read(write("Pulumi.x.yaml", extends="layer.yaml"), tmp_path)

    [mistake] = found.mistakes
    assert start in mistake.line
    assert "canary" not in mistake.line
    assert "licenseKey" not in found.values
    assert found.complete


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (7, "AM310 ambientmesh:extends: found 7; allowed: the path of a layer"),
        ("", "AM310 ambientmesh:extends: found ''; allowed: the path of a layer"),
        ({"a": "b"}, "AM310 ambientmesh:extends: found a map; allowed: the path"),
        (["a.yaml", None], "AM310 ambientmesh:extends[1]: found null; allowed: the path"),
        ("a\nb", r"AM310 ambientmesh:extends: found 'a\nb'; allowed: the path of a layer"),
        ("a\x00b", r"AM310 ambientmesh:extends: found 'a\x00b'; allowed: the path of a layer"),
        ("BEGIN PRIVATE KEY canary", "AM310 ambientmesh:extends: found a private key; allowed:"),
        (f"{'a' * 300}/b.yaml", "(File name too long); allowed: a file, its path seen from"),
        (
            ["a.yaml", "b/../a.yaml"],
            "AM319 ambientmesh:extends[1]: found 'b/../a.yaml' twice; allowed: once",
        ),
    ],
)
def test_extends_is_a_path_or_a_list_of_paths(
    write: Write, tmp_path: Path, value: Any, line: str
) -> None:
    write("a.yaml", kubeconfig="x")

    [mistake] = layers.read(write("Pulumi.x.yaml", extends=value), tmp_path).mistakes

    assert line in mistake.line
    assert "canary" not in mistake.line


def test_a_cycle_is_told_with_its_whole_chain(write: Write, tmp_path: Path) -> None:
    write("layers/a.yaml", extends="b.yaml", kubeconfig="x")
    write("layers/b.yaml", extends=["../layers/a.yaml"], kubeconfig="y")

    found = layers.read(write("Pulumi.x.yaml", extends="layers/a.yaml"), tmp_path)

    [mistake] = found.mistakes
    assert mistake.line == (
        "layers/b.yaml:3: AM312 ambientmesh:extends[0]: found '../layers/a.yaml':"
        " layers/a.yaml -> layers/b.yaml -> layers/a.yaml; allowed: layers that do not lead back;"
        " fix: take one of them out"
    )
    assert not found.complete


def test_a_layer_that_extends_the_stack_is_a_cycle_too(write: Write, tmp_path: Path) -> None:
    write("a.yaml", extends="Pulumi.x.yaml", kubeconfig="x")

    [mistake] = layers.read(write("Pulumi.x.yaml", extends="a.yaml"), tmp_path).mistakes

    assert "Pulumi.x.yaml -> a.yaml -> Pulumi.x.yaml" in mistake.line


def test_what_two_layers_extend_is_laid_once_below_both(write: Write, tmp_path: Path) -> None:
    write("company.yaml", kubeconfig="company", meshVersion="1.28.1", distribution="Standard")
    write("region.yaml", extends="company.yaml", kubeconfig="region", meshVersion="1.28.2")
    write("customer.yaml", extends="company.yaml", kubeconfig="customer")
    file = write("Pulumi.x.yaml", extends=["region.yaml", "customer.yaml"], scalingProfile="Demo")

    found = layers.read(file, tmp_path)

    assert found.files == ("company.yaml", "region.yaml", "customer.yaml", "Pulumi.x.yaml")
    assert found.values == {
        "kubeconfig": "customer",
        "meshVersion": "1.28.2",
        "distribution": "Standard",
        "scalingProfile": "Demo",
    }


def test_every_value_has_the_place_where_it_is_written(write: Write, tmp_path: Path) -> None:
    write("layers/a.yaml", "config:\n  ambientmesh:clusters:\n    - name: a\n      context: one\n")
    text = (
        "# header\nconfig:\n  ambientmesh:extends: layers/a.yaml\n  ambientmesh:clusters:\n"
        "    - name: b\n      context: two\n    - {name: a,\n       network: n}\n"
    )

    found = layers.read(write("Pulumi.x.yaml", text), tmp_path)

    assert found.place("ambientmesh:clusters[0].name") == "layers/a.yaml:3"
    assert found.place("ambientmesh:clusters[0].context") == "layers/a.yaml:4"
    assert found.place("ambientmesh:clusters[0].network") == "Pulumi.x.yaml:8"
    assert found.place("ambientmesh:clusters[1].context") == "Pulumi.x.yaml:6"
    assert found.place("ambientmesh:clusters[1].gke.location") == "Pulumi.x.yaml:5"
    assert found.place("ambientmesh:trust") == ""


def test_a_path_of_a_stack_whose_file_nobody_knows_must_be_absolute(
    write: Write, tmp_path: Path
) -> None:
    path = write("a.yaml", kubeconfig="x")

    good = layers.merged({EXTENDS: str(path)}, None, tmp_path)
    bad = layers.merged({EXTENDS: "a.yaml"}, None, tmp_path)

    assert good.values == {"kubeconfig": "x"}
    [mistake] = bad.mistakes
    assert mistake.code == "AM320"
    assert "fix: move the stack file to stacks/" in mistake.line


def test_values_of_the_engine_have_the_lines_of_the_file(write: Write, tmp_path: Path) -> None:
    write("a.yaml", kubeconfig="x")
    file = write("Pulumi.x.yaml", extends="a.yaml", trust={"algorithm": "RSA"}, vms=[])
    engine = {EXTENDS: "a.yaml", "trust": '{"algorithm": "RSA"}', "vms": "[]", "meshVersion": "1.3"}

    found = layers.merged(engine, file, tmp_path)

    assert found.values["meshVersion"] == "1.3"
    assert found.place("ambientmesh:trust.algorithm") == "Pulumi.x.yaml:4"
    assert found.raw["trust"] == '{"algorithm": "RSA"}'
    assert found.raw["kubeconfig"] == "x"


def test_an_empty_value_is_the_empty_text_that_the_engine_makes_of_it(
    write: Write, tmp_path: Path
) -> None:
    found = layers.read(write("Pulumi.x.yaml", vms=None, trust={"algorithm": None}), tmp_path)

    assert found.raw == {"vms": "", "trust": '{"algorithm": null}'}


def test_merge_keys_of_yaml_have_the_line_of_their_anchor(write: Write, tmp_path: Path) -> None:
    text = "config:\n  ambientmesh:mesh: &m\n    hub: a\n  ambientmesh:cli:\n    <<: *m\n"

    found = layers.read(write("Pulumi.x.yaml", text), tmp_path)

    assert found.values == {"mesh": {"hub": "a"}, "cli": {"hub": "a"}}
    assert found.place("ambientmesh:cli.hub") == "Pulumi.x.yaml:3"


def _lists(model: Any, at: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    found = {}
    for name, field in model.model_fields.items():
        where = (*at, field.alias or name)
        for kind in models_in(field.annotation):
            if "tuple[" in str(field.annotation):
                found[where] = kind
            found |= _lists(kind, where)
    return found


def test_every_list_of_models_is_one_of_named_things() -> None:
    """A new list must say by what its entries are known, or be named here as replaced."""
    replaced = {("topology", "links")}
    lists = _lists(Settings)

    assert set(lists) - replaced == set(IDENTITIES)
    assert lists, "the settings have lists"
    for model in lists.values():
        keys = {field.alias or name for name, field in model.model_fields.items()}
        assert set(identity(model)) <= keys
        assert not {REMOVE, EXTENDS} & keys, "words of layers are no keys"
    assert set(BY) <= set(lists.values())


def test_scalars_are_the_keys_whose_value_is_text() -> None:
    fields = {field.alias or name: field for name, field in Settings.model_fields.items()}

    text = {key for key, field in fields.items() if not list(models_in(field.annotation))}
    assert text == set(SCALARS)


def _name(item: dict[str, Any]) -> str:
    return str(item["name"])


NAMES = st.sampled_from(["a", "b", "c"])
TEXT = st.sampled_from(["x", "y", "z"])
CLUSTER: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"name": NAMES},
    optional={
        "context": TEXT,
        "network": TEXT,
        "gke": st.dictionaries(NAMES, TEXT, max_size=2),
    },
)
SERVICES: st.SearchStrategy[list[dict[str, Any]]] = st.lists(
    st.fixed_dictionaries({"name": NAMES}, optional={"scope": TEXT}),
    max_size=3,
    unique_by=_name,
)
NAMESPACE: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"name": NAMES}, optional={"services": SERVICES, "clusters": st.lists(NAMES, max_size=2)}
)
FILE: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "kubeconfig": TEXT,
        "trust": st.dictionaries(NAMES, TEXT, max_size=3),
        "clusters": st.lists(CLUSTER, max_size=3, unique_by=_name),
        "namespaces": st.lists(NAMESPACE, max_size=3, unique_by=_name),
    },
)


@given(files=st.lists(FILE, min_size=1, max_size=5), cut=st.integers(0, 4))
def test_it_does_not_matter_which_files_are_merged_first(
    tmp_path_factory: pytest.TempPathFactory, files: list[dict[str, Any]], cut: int
) -> None:
    """A chain equals its files in a row, and any of its parts merged into one file before."""
    folder = tmp_path_factory.mktemp("files")

    def stack(parts: list[dict[str, Any]]) -> dict[str, Any]:
        for index, part in enumerate(parts):
            (folder / f"{index}.yaml").write_text(content({"distribution": "x", **part}))
        names = [f"{index}.yaml" for index in range(len(parts))]
        file = folder / "Pulumi.x.yaml"
        file.write_text(content({EXTENDS: names}))
        found = layers.read(file, folder)
        assert found.mistakes == ()
        return found.values

    in_a_row = stack(files)
    first = stack(files[: cut + 1])
    rest = stack(files[cut + 1 :])
    assert stack([first, rest]) == in_a_row

    for index, part in enumerate(files):
        below = {EXTENDS: f"{index - 1}.yaml"} if index else {}
        (folder / f"{index}.yaml").write_text(content({"distribution": "x", **below, **part}))
    (folder / "Pulumi.x.yaml").write_text(content({EXTENDS: f"{len(files) - 1}.yaml"}))
    chain = layers.read(folder / "Pulumi.x.yaml", folder)
    assert chain.values == in_a_row
