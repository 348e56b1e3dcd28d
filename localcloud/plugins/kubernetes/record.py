"""What an operation records of an object, also when it fails half-way."""

from dataclasses import dataclass

from localcloud.plugins.kubernetes import checkpoint, objects
from localcloud.plugins.kubernetes.objects import Object
from localcloud.plugins.kubernetes.waiting import NotReady
from localcloud.plugins.provider import PartialFailure, Properties, ProviderError


@dataclass(frozen=True)
class Record:
    """What does not change between the outcomes of one operation.

    Args:
        inputs: the object as the program wants it.
        given: the property values it came from, with their secrecy.
        initial_api_version: the apiVersion the object was first made with.
        manager: the field manager.
    """

    inputs: Object
    given: Properties
    initial_api_version: str
    manager: str

    def outputs(self, live: Object) -> Properties:
        """Return the outputs to record for the live object."""
        return checkpoint.build(
            inputs=self.inputs,
            live=live,
            given=self.given,
            initial_api_version=self.initial_api_version,
            manager=self.manager,
        )

    def partial(self, error: NotReady, message: str) -> PartialFailure:
        """Return the failure that keeps the object in the state."""
        return PartialFailure(
            [message, *error.reasons],
            id=objects.identifier(error.live),
            properties=self.outputs(error.live),
        )


def not_live(live: Object, error: ProviderError) -> str:
    """Return the message for an object that was written and is not live."""
    return (
        f'the Kubernetes API server reported that "{objects.identifier(live)}" failed to fully '
        f"initialize or become live: {error}"
    )
