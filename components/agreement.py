"""Whether what other stacks publish is what this one expects; every difference is a line. Pure."""

from collections.abc import Iterator, Mapping

from components import remote_links, versions
from components.models.remotes import same_stack
from components.published import CONTRACT, Facts, Published, Remotes
from components.remote_links import RemoteLink
from components.settings import Settings
from components.trust import fingerprint


def _own(settings: Settings, own: str) -> Iterator[str]:
    for index, remote in enumerate(settings.remotes):
        if same_stack(remote.stack, own):
            yield (
                f"AM520 remotes[{index}].stack: found {remote.stack!r}, this stack; allowed:"
                " another one; fix: its clusters are linked by themselves, remove the entry"
            )


def _differs(key: str, code: str, what: str, found: object, expected: str, fix: str) -> str:
    if found == expected:
        return ""
    return (
        f"{code} {key}: found {expected!r}, but its stack publishes {what} {found!r};"
        f" allowed: what is so on both sides; fix: {fix}"
    )


def _minor(version: str) -> tuple[int, int]:
    major, minor = versions.minor(version).split(".")
    return int(major), int(minor)


def _skew(key: str, ours: str, theirs: object) -> str:
    try:
        (a, b), (c, d) = _minor(ours), _minor(str(theirs))
    except ValueError:
        a, b, c, d = 0, 0, 1, 0
    if a == c and abs(b - d) <= 1:
        return ""
    return (
        f"AM534 {key}: found mesh version {theirs!r} there and {ours!r} here; allowed: the same"
        " minor version, or the one beside it; fix: bring the older mesh up to date first"
    )


def _disagreements(settings: Settings, link: RemoteLink, said: object) -> Iterator[str]:
    key, target = link.key, link.target
    certificate = settings.trust.root_certificate
    root = fingerprint(certificate) if certificate else ""
    # Another program's stack may publish anything under the name.
    facts: Facts = said if isinstance(said, Mapping) else {}
    address = facts.get("eastWestAddress")
    if not isinstance(address, str) or not address:
        yield (
            f"AM535 {key}: found no eastWestAddress in what stack {link.stack} publishes; allowed:"
            " a stack of this program; fix: write its name, or run pulumi up there"
        )
        return
    yield _differs(
        f"{key}.network", "AM531", "network", facts.get("network"), target.network, "write it"
    )
    yield _differs(
        f"{key}.trustDomain",
        "AM532",
        "trust domain",
        facts.get("trustDomain"),
        target.trust_domain,
        "write it",
    )
    yield _differs(
        "trust.rootCertificate",
        "AM533",
        f"of {target.name} the root",
        facts.get("rootFingerprint"),
        root,
        "set one root in both stacks (certs/README.md)",
    )
    yield _skew(key, settings.mesh_version, facts.get("meshVersion"))


def _shape(index: int, stack: str, found: Published) -> str:
    contract = found.outputs.get("contract", CONTRACT)
    if found.outputs and not isinstance(found.outputs.get("clusters"), Mapping):
        return (
            f"AM530 remotes[{index}].stack: found {stack!r}, which publishes no clusters; allowed:"
            " a stack of this program; fix: write its name"
        )
    if not isinstance(contract, int | float) or contract > CONTRACT:
        return (
            f"AM530 remotes[{index}].stack: found {stack!r}, which publishes contract"
            f" {contract!r}; allowed: at most {CONTRACT}; fix: bring this program up to date"
        )
    return ""


def problems(settings: Settings, remotes: Remotes, own: str) -> list[str]:
    """Return a line for everything in which the stacks do not agree.

    Args:
        settings: the stack's configuration.
        remotes: what the others publish.
        own: this stack's full name.
    """
    lines = list(_own(settings, own))
    lines += [
        _shape(index, remote.stack, remotes[remote.stack])
        for index, remote in enumerate(settings.remotes)
    ]
    for link in remote_links.links(settings):
        clusters = remotes[link.stack].clusters
        if link.target.name in clusters:
            lines += _disagreements(settings, link, clusters[link.target.name])
    return [line for line in dict.fromkeys(lines) if line]
