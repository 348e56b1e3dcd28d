"""Every mistake that makes a link red, one at a time, and what is said of it."""

from dataclasses import replace

from localcloud.operator.sides import Side
from tests.localcloud.operator.links import (
    CLUSTER,
    HERE,
    NETWORK,
    OTHER_ROOT,
    OTHER_SHORT,
    OWN,
    REMOTE,
    SERVICE_ACCOUNT,
    SHORT,
    THERE,
    TRUST_DOMAIN,
    Wrong,
    moved,
    peer,
)

STALE = "127.65.9.9"
FOREIGN = replace(OWN, root=OTHER_ROOT, root_now=OTHER_ROOT)

WRONG = [
    Wrong(
        "own istiod",
        "IstiodNotRunning",
        "istiod is not available on plane-one",
        own=Side(plane="plane-one"),
    ),
    Wrong(
        "own network",
        "NetworkUnknown",
        f"one: istiod waits for the label {NETWORK} on its namespace",
        own=replace(OWN, network="", network_now=""),
    ),
    Wrong(
        "own network changed",
        "NetworkChanged",
        f"one: label {NETWORK} of istiod's namespace is 'late' now, but"
        " istiod started with 'one-net': set it back, or restart istiod",
        own=replace(OWN, network_now="late"),
    ),
    Wrong(
        "values of its own istiod",
        "IstiodMisconfigured",
        "one: platforms.peering.enabled is not true",
        own=replace(OWN, misconfigured="platforms.peering.enabled is not true"),
    ),
    Wrong(
        "values of the remote istiod",
        "IstiodMisconfigured",
        "two: ztunnel's network is 'x', and istiod says 'two-net'",
        remote=replace(REMOTE, misconfigured="ztunnel's network is 'x', and istiod says 'two-net'"),
    ),
    Wrong(
        "trust domains that are checked",
        "TrustDomainRefused",
        "one.td and two.td differ, and istiod of two takes its own only:"
        " PILOT_SKIP_VALIDATE_TRUST_DOMAIN is not true",
        remote=replace(REMOTE, any_trust_domain=False),
    ),
    Wrong("no network", "Invalid", f"a peer needs the label {NETWORK}", peer(labels={NETWORK: ""})),
    Wrong(
        "no address",
        "Invalid",
        "a peer needs an address: spec.addresses is empty",
        peer(address=""),
    ),
    Wrong(
        "own name",
        "SelfLoop",
        f"label {CLUSTER} names one, this cluster: peer ignored",
        peer(labels={CLUSTER: "one"}),
    ),
    Wrong(
        "own address",
        "SelfLoop",
        f"{HERE} is one's own east-west gateway: peer ignored",
        peer(HERE),
    ),
    Wrong(
        "stale address",
        "NoAnswer",
        f"nothing answers at {STALE}:15012; the gateway of network two-net is at {THERE} now",
        peer(STALE),
    ),
    Wrong(
        "nobody's address and network",
        "NoAnswer",
        f"nothing answers at {STALE}:15012",
        peer(STALE, labels={NETWORK: "no-net"}),
    ),
    Wrong(
        "remote istiod",
        "NoAnswer",
        f"nothing answers at {THERE}:15012",
        remote=Side(plane="plane-two"),
    ),
    Wrong(
        "port",
        "NoAnswer",
        f"nothing answers at {THERE}:9: {THERE} has no port 9 (it has 15021, 15008, 15012)",
        peer(listeners=[("hbone", 15008), ("xds-tls", 9)]),
    ),
    Wrong(
        "remote port",
        "NoAnswer",
        f"nothing answers at {THERE}:15012: {THERE} has no port 15012 (it has 15008)",
        peer(listeners=[("hbone", 15008)]),
        remote=moved(REMOTE, ports=(15008,)),
    ),
    Wrong(
        "remote control plane",
        "PeerUnreachable",
        "the control plane of two does not answer",
        remote=replace(REMOTE, reachable=False),
    ),
    Wrong(
        "remote network",
        "NetworkUnknown",
        f"two: istiod waits for the label {NETWORK} on its namespace",
        remote=replace(REMOTE, network="", network_now=""),
    ),
    Wrong(
        "remote network changed",
        "NetworkChanged",
        f"two: label {NETWORK} of istiod's namespace is '' now, but"
        " istiod started with 'two-net': set it back, or restart istiod",
        remote=replace(REMOTE, network_now=""),
    ),
    Wrong(
        "network",
        "NetworkMismatch",
        f"label {NETWORK} is 'three-net', but two has 'two-net'",
        peer(labels={NETWORK: "three-net"}),
    ),
    Wrong(
        "network of the remote gateway",
        "NetworkMismatch",
        f"label {NETWORK} of two's gateway east-west is missing, but two has 'two-net'",
        remote=moved(REMOTE, network=""),
    ),
    Wrong(
        "trust domain",
        "TrustDomainMismatch",
        f"annotation {TRUST_DOMAIN} is 'cluster.local', but two has 'two.td'",
        peer(annotations={TRUST_DOMAIN: "cluster.local"}),
    ),
    Wrong(
        "no trust domain",
        "TrustDomainMismatch",
        f"annotation {TRUST_DOMAIN} is missing, but two has 'two.td'",
        peer(annotations={TRUST_DOMAIN: ""}),
    ),
    Wrong(
        "cluster",
        "ClusterMismatch",
        f"label {CLUSTER} is 'three', but two has 'two'",
        peer(labels={CLUSTER: "three"}),
    ),
    Wrong(
        "service account",
        "ServiceAccountMismatch",
        f"annotation {SERVICE_ACCOUNT} is 'other', but two has 'east-west'",
        peer(annotations={SERVICE_ACCOUNT: "other"}),
    ),
    Wrong("own chain", "BrokenChain", "one: broken", own=replace(OWN, problem="broken")),
    Wrong("remote chain", "BrokenChain", "two: broken", remote=replace(REMOTE, problem="broken")),
    Wrong(
        "own root changed",
        "RootChanged",
        f"one: cacerts has the root {OTHER_SHORT} now, but istiod started with {SHORT}:"
        " put it back, or restart istiod",
        own=replace(OWN, root_now=OTHER_ROOT),
    ),
    Wrong(
        "remote root gone",
        "RootChanged",
        f"two: cacerts has the root none now, but istiod started with {SHORT}:"
        " put it back, or restart istiod",
        remote=replace(REMOTE, root_now=""),
    ),
    Wrong(
        "root",
        "RootMismatch",
        f"the root certificates differ: one trusts {OTHER_SHORT} and two trusts {SHORT}",
        own=FOREIGN,
    ),
    Wrong(
        "no cacerts",
        "RootMismatch",
        f"the root certificates differ: one trusts {OTHER_SHORT}, which istiod made itself for"
        f" want of cacerts and two trusts {SHORT}",
        own=replace(FOREIGN, self_signed=True),
    ),
]
