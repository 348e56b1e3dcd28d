"""The longest chain of a scenario's delays through the graph: no program can be quicker."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from components import topology
from components.models import Settings
from localcloud.scenario import Delay, Scenario, draw

SAMPLE = ("details", "ratings", "reviews", "productpage")
GATEWAYS = "istio-gateways"


@dataclass(frozen=True)
class Step:
    """One delay: how long it is, and what must be over before it begins."""

    seconds: float
    after: tuple[str, ...] = ()


def longest(steps: Mapping[str, Step]) -> tuple[float, tuple[str, ...]]:
    """Return the seconds of the longest chain, and its steps from first to last."""

    @cache
    def until(name: str) -> tuple[float, tuple[str, ...]]:
        step = steps[name]
        seconds, chain = max((until(before) for before in step.after), default=(0.0, ()))
        return seconds + step.seconds, (*chain, name)

    return max(until(name) for name in steps)


class _Delays:
    """What a scenario picks, by what it is picked for."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._pods = scenario.pod_delays()

    def pods(self, *apps: str) -> float:
        """Return the seconds until the slowest of these apps is ready."""
        return max(self._pods.get(app, 0.0) for app in apps)

    def _pick(self, delay: Delay, *key: str) -> float:
        return delay.pick(draw(self._scenario.seed, *key))

    def balancer(self, plane: str, namespace: str, name: str) -> float:
        """Return the seconds until a Service has an address."""
        return self._pick(self._scenario.delays.load_balancer, plane, "lb", namespace, name)

    def peer(self, plane: str, name: str) -> float:
        """Return the seconds until a peer Gateway is connected."""
        return self._pick(self._scenario.delays.peer_connect, plane, "peer", GATEWAYS, name)

    def agent(self, plane: str) -> float:
        """Return the seconds until an agent of the management plane has its certificate."""
        return self._pick(self._scenario.delays.agent_connect, plane, "agent")


def _cluster(delays: _Delays, name: str) -> dict[str, Step]:
    proxy = delays.pods("istio-gateway")
    mesh = (f"{name} istiod", f"{name} data plane")
    front = delays.balancer(name, GATEWAYS, "istio-eastwest")
    return {
        f"{name} Bookinfo": Step(delays.pods(*SAMPLE)),
        f"{name} operator": Step(delays.pods("gloo-operator")),
        f"{name} istiod": Step(delays.pods("istiod"), (f"{name} operator",)),
        f"{name} data plane": Step(delays.pods("istio-cni-node", "ztunnel"), (f"{name} operator",)),
        f"{name} east-west proxy": Step(proxy, mesh),
        f"{name} east-west address": Step(front, mesh),
    }


def _ingress(delays: _Delays, name: str) -> dict[str, Step]:
    mesh = (f"{name} istiod", f"{name} data plane")
    front = delays.balancer(name, "bookinfo", "bookinfo-gateway-istio")
    return {
        f"{name} ingress proxy": Step(delays.pods("istio-gateway"), mesh),
        f"{name} ingress address": Step(front, mesh),
    }


def _proxy(delays: _Delays, name: str, what: str) -> dict[str, Step]:
    mesh = (f"{name} istiod", f"{name} data plane")
    return {f"{name} {what}": Step(delays.pods("istio-gateway"), mesh)}


def _links(delays: _Delays, found: Settings) -> dict[str, Step]:
    return {
        f"link {name} -> {target.name}": Step(
            delays.peer(name, target.peer),
            (f"{target.name} east-west proxy", f"{target.name} east-west address"),
        )
        for name in found.names
        for target in topology.targets(found, name)
    }


PLANE_APPS = (
    "gloo-mesh-mgmt-server",
    "gloo-mesh-redis",
    "gloo-mesh-ui",
    "gloo-telemetry-gateway",
    "prometheus-server",
)
AGENT_APPS = ("gloo-mesh-agent", "gloo-telemetry-collector-agent")


def _management(delays: _Delays, names: Sequence[str], home: str) -> dict[str, Step]:
    """Return the delays of a management plane on a member; every chart of it waits for the mesh."""
    mesh = (f"{home} istiod", f"{home} data plane")
    front = [
        delays.balancer(home, "gloo-mesh", name)
        for name in ("gloo-mesh-mgmt-server", "gloo-telemetry-gateway")
    ]
    steps = {
        "management plane": Step(delays.pods(*PLANE_APPS, *AGENT_APPS), mesh),
        "management addresses": Step(max(front), mesh),
    }
    for name in names:
        own = (f"{name} istiod", f"{name} data plane")
        before = "management plane"
        if name != home:
            before = f"{name} agent"
            plane = ("management plane", "management addresses", *own)
            steps[before] = Step(delays.pods(*AGENT_APPS), plane)
        steps[f"{name} agent's certificate"] = Step(delays.agent(name), (before,))
    return steps


def workshop(
    scenario: Scenario,
    found: Settings,
    *,
    ingress: Sequence[str],
    proxies: Mapping[str, Sequence[str]],
    drills: Sequence[str],
    management: str = "",
) -> dict[str, Step]:
    """Return every delay of the workshop's content.

    Args:
        scenario: whose delays are picked as the planes pick them.
        found: clusters, whose names are their planes' too, and the links between them.
        ingress: clusters that expose the product page.
        proxies: clusters by what more there is in them: a waypoint, an egress gateway.
        drills: services that are taken away, one after the other, and start again.
        management: the member with the management plane, if there is one.
    """
    delays, names = _Delays(scenario), found.names
    steps: dict[str, Step] = {}
    for name in names:
        steps |= _cluster(delays, name)
    for name in ingress:
        steps |= _ingress(delays, name)
    for what, clusters in proxies.items():
        for name in clusters:
            steps |= _proxy(delays, name, what)
    steps |= _management(delays, names, management) if management else {}
    links = _links(delays, found)
    steps |= links
    before = (*links, *(f"{name} Bookinfo" for name in names))
    for service in drills:
        steps[f"drill of {service}"] = Step(delays.pods(service), before)
        before = (f"drill of {service}",)
    return steps
