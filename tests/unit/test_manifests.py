"""What users have edited under ``manifests/`` is read, or refused in lines with their places."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from components import bookinfo, estimate, ingress, manifests, ownership, waypoint
from components.bookinfo import planned
from components.manifest_models import model_of
from components.settings import ConfigurationError, parse
from tests import corpus
from tests.unit.mutations import mutated
from tests.unit.test_mistakes import LINE, told

FILES: Final = ("bookinfo", "ingress", "reviews")
EVERYTHING: Final = corpus.raw(corpus.mesh("everything"))

Edit = Callable[[str, str, str], None]


@pytest.fixture
def edit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Edit]:
    """Return what replaces a text in a copy of a file; an empty one is the whole file."""
    for path in manifests.FOLDER.glob("*.yaml"):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"))
    monkeypatch.setattr(manifests, "FOLDER", tmp_path)

    def change(name: str, old: str, new: str) -> None:
        file = tmp_path / f"{name}.yaml"
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1) if old else new)
        manifests._parsed.cache_clear()

    yield change
    manifests._parsed.cache_clear()


TOLD: Final = {
    "a list for a map": (
        "ingress", "spec:\n  gatewayClassName: istio\n  listeners:\n  - name: http\n    port: 80",
        "spec:\n  gatewayClassName: istio\n  listeners:\n  - name: http\n    port: http",
        ("AM406 manifests/ingress.yaml:11: Gateway bookinfo-gateway: spec.listeners[0].port: found"
        " 'http'; allowed: a whole number; fix: write a whole number")),
    "nothing for listeners": (
        "ingress", "  listeners:", "  ears:",
        ("AM406 manifests/ingress.yaml:7: Gateway bookinfo-gateway: spec.listeners: found nothing;"
        " allowed: a value, it has no default; fix: add the key")),
    "a document without a kind": (
        "reviews", "kind: HTTPRoute\n", "",
        ("AM406 manifests/reviews.yaml:4: document 1: kind: found nothing; allowed: a value, it has"
        " no default; fix: add the key")),
    "a word": (
        "ingress", "---\n", "---\nword\n---\n",
        ("AM406 manifests/ingress.yaml:17: document 2: found 'word'; allowed: a map of keys;"
        " fix: write a map of keys")),
    "no YAML": (
        "reviews", "kind: HTTPRoute\n", "kind: {HTTPRoute\n",
        ("AM406 manifests/reviews.yaml: the file: found what cannot be read (expected …, line"
        " 6); allowed: documents of YAML, with '---' between them; fix: mend it")),
    "a kind that nobody asks clusters for": (
        "ingress", "kind: HTTPRoute", "kind: GRPCRoute",
        ("AM406 manifests/ingress.yaml:18: GRPCRoute bookinfo: kind: found 'GRPCRoute'; allowed:"
        " 'Gateway', 'HTTPRoute', 'AuthorizationPolicy', 'DestinationRule', 'ServiceEntry',"
        " 'Service' or 'Deployment'; fix: write one of them")),
    "a Deployment of nothing": (
        "bookinfo", "  template:", "  mould:",
        ("AM406 manifests/bookinfo.yaml:33: Deployment details-v1: spec.template: found nothing;"
        " allowed: a value, it has no default; fix: add the key")),
}  # fmt: skip


@pytest.mark.parametrize("case", TOLD)
def test_a_mistake_is_one_line_that_names_file_document_and_key(case: str, edit: Edit) -> None:
    name, old, new, line = TOLD[case]

    edit(name, old, new)

    assert told(EVERYTHING) == [line]


def test_a_file_that_is_gone_is_told_where_it_is_used(edit: Edit) -> None:
    edit("ingress", "", "x")
    (manifests.FOLDER / "ingress.yaml").unlink()

    [line] = told(EVERYTHING)

    assert line.startswith("AM406 manifests/ingress.yaml: the file: found what cannot be read (No ")
    assert told(corpus.raw({**corpus.mesh("everything"), "ingress": None})) == []


RIGHT: Final = {
    "a backend of another namespace": (
        "ingress", "backendRefs:\n",
        "backendRefs:\n    - {name: shop, namespace: shop, port: 80}\n"),
    "a parent of another namespace": (
        "ingress", "parentRefs:\n", "parentRefs:\n  - {name: shared, namespace: infra}\n"),
    "a parent of another kind": (
        "ingress", "parentRefs:\n", "parentRefs:\n  - {kind: XListenerSet, name: shared}\n"),
    "all ports of a Service": (
        "reviews", "name: reviews\n    port: 9080", "name: reviews"),
    "a Service without ports": (
        "bookinfo", "apiVersion", ("apiVersion: v1\nkind: Service\nmetadata: {name: out}\nspec:"
        " {type: ExternalName, externalName: example.com}\n---\napiVersion")),
    "a document of comments": ("ingress", "---\n", "---\n# nothing\n---\n"),
    "no rules": ("reviews", "  rules:", "  hostnames: []\n  mates:"),
}  # fmt: skip


@pytest.mark.parametrize("case", RIGHT)
def test_what_kubernetes_takes_is_left_alone(case: str, edit: Edit) -> None:
    edit(*RIGHT[case])

    assert told(EVERYTHING) == []


def test_every_kind_of_a_route_can_be_asked_for() -> None:
    for file in ("ingress", "bookinfo"):
        kinds = model_of(file, "other").model_fields["kind"].annotation.__args__  # type: ignore[union-attr]

        assert set(kinds) <= set(ownership.KINDS)
    assert set(kinds) == set(bookinfo._KINDS)


def test_files_that_chance_has_edited_are_read_or_refused_in_lines(edit: Edit) -> None:
    chance = random.Random(20261127)  # noqa: S311 the same files every time, and no secret
    refused = 0
    for _ in range(90):
        name = chance.choice(FILES)
        file = manifests.FOLDER / f"{name}.yaml"
        sound = file.read_text(encoding="utf-8")
        documents: Any = mutated({"all": list(yaml.safe_load_all(sound))}, chance).get("all")
        listed = documents if isinstance(documents, list) else [documents]
        edit(name, "", yaml.safe_dump_all(listed, allow_unicode=True))
        lines = told(EVERYTHING)
        assert all(LINE.fullmatch(line) for line in lines), "\n".join(lines)
        refused += bool(lines)
        if not lines:
            _read_as_the_program_does()
        edit(name, "", sound)

    assert 20 < refused < 90


def _read_as_the_program_does() -> None:
    try:
        settings = parse(EVERYTHING)
    except ConfigurationError:  # pragma: no cover
        raise AssertionError from None
    objects = manifests.load("ingress")
    assert ingress.url("192.0.2.1", objects).startswith("http://192.0.2.1")
    kinds = planned(settings) | ingress.planned(settings, "cluster1")
    kinds |= waypoint.planned(settings, "cluster1")
    assert all(ownership.collection(kind, namespace) for kind, namespace, _ in kinds)
    assert estimate.resources(settings) > 0
