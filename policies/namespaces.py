"""Namespaces that a stack would delete, with all that is in them."""

from collections.abc import Iterator
from typing import Final

from components.naming import OWNER_ANNOTATION
from policies.policy import Context, Finding, Policy
from policies.resource import Resource
from policies.values import UNKNOWN

NAMESPACE: Final = "kubernetes:core/v1:Namespace"
CLUSTER: Final = "ambientmesh:index:Cluster"
_KUBERNETES: Final = "kube-"


def not_ours(resource: Resource, context: Context) -> Iterator[Finding]:
    """Refuse a namespace as a resource of the stack, if it is not the stack's alone.

    Whoever deletes a namespace deletes what everybody has in it.
    """
    if resource.type != NAMESPACE:
        return
    name = resource.at("metadata", "name")
    if isinstance(name, str) and (name == "default" or name.startswith(_KUBERNETES)):
        yield Finding(
            f"{resource.title} is Kubernetes' own, and a destroy would delete it.",
            "patch it: NamespacePatch, or an entry of namespaces without create.",
        )
    elif resource.at("metadata", "annotations", OWNER_ANNOTATION) not in (context.owner, UNKNOWN):
        yield Finding(
            f"{resource.title} does not carry this stack's mark, and a destroy would delete it.",
            f"set annotation {OWNER_ANNOTATION}: {context.owner}, or patch it with NamespacePatch.",
        )


def foreign_loss(resource: Resource, context: Context) -> Iterator[Finding]:
    """Refuse to take a namespace away that others have something in.

    The program looks (``components.leaving``) and says it of the cluster, whose resource comes
    before all others in it: where this is mandatory, nothing is deleted.
    """
    del context
    if resource.type != CLUSTER:
        return
    for namespace, objects in sorted(resource.map_at("leaving").items()):
        yield Finding(
            f"Namespace {namespace} of {resource.name} would go, and with it {', '.join(objects)}.",
            "move them, or keep the namespace: an entry of namespaces with create: true;"
            " what may go, delete first.",
        )


POLICIES: Final = (
    Policy(
        name="namespace-owned",
        says="A namespace that a destroy would empty carries the stack's mark.",
        of_resource=not_ours,
    ),
    Policy(
        name="no-foreign-loss",
        says="A namespace that leaves the plan holds nothing of anybody else.",
        of_resource=foreign_loss,
    ),
)
