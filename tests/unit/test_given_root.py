"""A root of the user's own: what it must be, and when it may be used."""

import asyncio
import dataclasses
import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from components import given_root, known_keys, root_checks
from components.naming import OWNER_ANNOTATION, ROOT_ANNOTATION
from components.ownership import Inventory
from components.settings import ConfigurationError, Settings, parse
from components.trust import fingerprint
from tests.mesh import OWNER, access, settings
from tests.roots import make_root, private_pem

ROOT, KEY = make_root()
OTHER, OTHER_KEY = make_root()
SHORT = 1024


def told(pem: str, **trust: Any) -> str:
    """Return what a stack file with this root is told."""
    given = {
        "clusters": json.dumps([{"name": "alpha", "context": "a"}]),
        "trust": json.dumps({"rootCertificate": pem, **trust}),
    }
    with pytest.raises(ConfigurationError) as caught:
        parse(given)
    (line,) = caught.value.lines
    return line


def given(pem: str = ROOT, **trust: Any) -> Settings:
    return settings(["alpha", "beta"], trust={"rootCertificate": pem, **trust})


WRONG = {
    "no certificate": ("hello", "a certificate in PEM format"),
    "a broken one": (ROOT.replace("MII", "AAA"), "a certificate in PEM format"),
    "several": (ROOT + OTHER, "one certificate, the root's"),
    "of a server": (make_root(authority=False)[0], "CA:TRUE"),
    "with no room for intermediates": (make_root(path_length=0)[0], "no path length, or at least"),
    "that may not sign": (make_root(signs=False)[0], "keyCertSign"),
    "of an intermediate": (
        make_root(signer=ec.generate_private_key(ec.SECP256R1()))[0],
        "signed by its own key",
    ),
    "on a curve that FIPS builds lack": (
        make_root(key=ed25519.Ed25519PrivateKey.generate())[0],
        "RSA of at least 2048 bits",
    ),
    "with a short key": (make_root(key=rsa.generate_private_key(65537, SHORT))[0], "2048 bits"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_root_that_could_not_sign_is_refused(name: str) -> None:
    pem, allowed = WRONG[name]

    line = told(pem)

    assert line.split(" ")[-1]
    assert "trust.rootCertificate: found '" in line
    assert allowed in line
    assert "fix: " in line


def test_a_private_key_in_place_of_the_certificate_is_not_printed() -> None:
    line = told(KEY)

    assert "found a private key" in line
    assert KEY.splitlines()[1][:20] not in line


def test_a_root_whose_key_is_published_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    digest = given_root.public_key_digest(ROOT)
    monkeypatch.setitem(known_keys.KNOWN, digest, "the workshop's")

    assert "the workshop's, and published" in told(ROOT)


def test_the_published_keys_are_digests() -> None:
    assert len(known_keys.KNOWN) == 12
    assert all(len(bytes.fromhex(digest)) == 32 for digest in known_keys.KNOWN)


def test_a_validity_beside_a_root_that_has_one_is_refused() -> None:
    assert "no rootValidityDays beside rootCertificate" in told(ROOT, rootValidityDays=4000)


def test_one_root_is_one_text_however_it_was_written() -> None:
    written = "subject=CN = Test Root\r\n" + ROOT.replace("\n", "\r\n") + "\r\n\r\n"

    assert given(written).trust.root_certificate == ROOT


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (KEY, ""),
        (OTHER_KEY, "the key of another certificate"),
        ("hello", "found no private key"),
        (ROOT, "found no private key"),
        (private_pem(ec.generate_private_key(ec.SECP256R1()), b"secret"), "behind a password"),
    ],
)
def test_the_key_must_be_that_of_the_root(key: str, expected: str) -> None:
    problem = given_root.key_problem(ROOT, key)

    assert (expected in problem) if expected else not problem
    assert key.splitlines()[0] not in problem


def test_a_root_needs_its_key_and_a_key_its_root() -> None:
    plain = settings(["alpha"])

    assert root_checks.key_problems(given(), KEY) == []
    assert root_checks.key_problems(plain, None) == []
    assert "AM501 rootKey: found nothing" in root_checks.key_problems(given(), None)[0]
    assert "AM501 rootKey: found a secret" in root_checks.key_problems(plain, KEY)[0]
    assert root_checks.key_problems(given(), OTHER_KEY)[0].startswith("AM502 rootKey: found the")


@pytest.mark.parametrize(
    ("made", "trust", "signs", "expected"),
    [
        ({}, {}, True, ""),
        ({"days": 0}, {}, False, "one that is valid now"),
        ({"begins": 2}, {}, False, "one that is valid now"),
        ({"days": 1800}, {}, True, "intermediateValidityDays to at most 1799"),
        ({"days": 1800}, {}, False, ""),
        ({"days": 1800}, {"intermediateValidityDays": 1799}, True, ""),
    ],
)
def test_a_root_outlives_what_it_signs(
    made: dict[str, Any], trust: dict[str, Any], *, signs: bool, expected: str
) -> None:
    pem, _ = make_root(**made)

    lines = root_checks.time_problems(given(pem, **trust), signs=signs, now=dt.datetime.now(dt.UTC))

    assert [expected in line for line in lines] == ([True] if expected else [])


def test_intermediates_may_be_longer_than_a_root_of_the_stack_would_be() -> None:
    assert given(intermediateValidityDays=4000).trust.intermediate_validity_days == 4000


def under(root: str | None, owner: str = OWNER) -> Mapping[str, str]:
    mark = {ROOT_ANNOTATION: root} if root else {}
    return {OWNER_ANNOTATION: owner, **mark}


@pytest.mark.parametrize(
    ("runs", "wanted", "refused"),
    [
        (None, None, False),
        (ROOT, ROOT, False),
        (None, ROOT, True),
        (ROOT, None, True),
        (OTHER, ROOT, True),
    ],
)
def test_a_running_mesh_keeps_its_root(
    runs: str | None, wanted: str | None, *, refused: bool
) -> None:
    config = given(wanted) if wanted else settings(["alpha", "beta"])
    found = access(config)
    secret = {"annotations": under(fingerprint(runs) if runs else None)}
    there = Inventory(cluster="alpha", owner=OWNER, found={root_checks.CACERTS: secret})
    found["alpha"] = dataclasses.replace(found["alpha"], inventory=there)

    lines = asyncio.run(root_checks.check(config, found))

    assert [line[:28] for line in lines] == (["AM504 trust.rootCertificate:"] if refused else [])
    assert all("the mesh in alpha runs under" in line for line in lines)


def test_a_secret_of_somebody_else_says_nothing_of_this_mesh() -> None:
    found = access(given())
    secret = {"annotations": under(None, owner="organization/ambientmesh/other")}
    there = Inventory(cluster="alpha", owner=OWNER, found={root_checks.CACERTS: secret})
    found["alpha"] = dataclasses.replace(found["alpha"], inventory=there)

    assert asyncio.run(root_checks.check(given(), found)) == []
