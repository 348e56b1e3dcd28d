"""Translation between the protocol's messages and the requests of `provider.py`."""

from typing import Final

import grpc
from google.protobuf import any_pb2
from google.rpc import status_pb2  # type: ignore[import-untyped]
from pulumi.runtime.proto import provider_pb2

from localcloud.plugins.provider import (
    Autonaming,
    Change,
    Check,
    Checked,
    Diff,
    DiffKind,
    PartialFailure,
)
from localcloud.plugins.values import from_struct, to_struct

_KINDS: Final = {
    DiffKind.ADD: provider_pb2.PropertyDiff.ADD,
    DiffKind.ADD_REPLACE: provider_pb2.PropertyDiff.ADD_REPLACE,
    DiffKind.DELETE: provider_pb2.PropertyDiff.DELETE,
    DiffKind.DELETE_REPLACE: provider_pb2.PropertyDiff.DELETE_REPLACE,
    DiffKind.UPDATE: provider_pb2.PropertyDiff.UPDATE,
    DiffKind.UPDATE_REPLACE: provider_pb2.PropertyDiff.UPDATE_REPLACE,
}
_AUTONAMING_MODES: Final = {0: "propose", 1: "enforce", 2: "disable"}


def partial_trailer(failure: PartialFailure) -> bytes:
    """Return the trailer by which a gRPC error carries the object that exists nevertheless."""
    detail = provider_pb2.ErrorResourceInitFailed(
        id=failure.id,
        properties=to_struct(failure.properties),
        reasons=failure.reasons,
        inputs=None if failure.inputs is None else to_struct(failure.inputs),
    )
    packed = any_pb2.Any()
    packed.Pack(detail)
    status = status_pb2.Status(
        code=grpc.StatusCode.UNKNOWN.value[0], message=str(failure), details=[packed]
    )
    return bytes(status.SerializeToString())


def check(request: provider_pb2.CheckRequest) -> Check:
    """Return a check request."""
    naming = None
    if request.HasField("autonaming"):
        mode = _AUTONAMING_MODES.get(request.autonaming.mode, "propose")
        naming = Autonaming(mode=mode, proposed=request.autonaming.proposed_name)
    return Check(
        urn=request.urn,
        old=from_struct(request.olds),
        new=from_struct(request.news),
        random_seed=request.randomSeed,
        autonaming=naming,
    )


def checked(checked: Checked) -> provider_pb2.CheckResponse:
    """Return what a check found."""
    return provider_pb2.CheckResponse(
        inputs=to_struct(checked.inputs),
        failures=[
            provider_pb2.CheckFailure(property=failure.property, reason=failure.reason)
            for failure in checked.failures
        ],
    )


def diff(diff: Diff) -> provider_pb2.DiffResponse:
    """Return what a diff found."""
    some = diff.changes or bool(diff.detailed)
    kind = provider_pb2.DiffResponse.DIFF_SOME if some else provider_pb2.DiffResponse.DIFF_NONE
    detailed = {
        path: provider_pb2.PropertyDiff(
            kind=_KINDS[change.kind],
            inputDiff=change.input_diff,
        )
        for path, change in (diff.detailed or {}).items()
    }
    return provider_pb2.DiffResponse(
        changes=kind,
        diffs=list(diff.diffs),
        replaces=list(diff.replaces),
        deleteBeforeReplace=diff.delete_before_replace,
        detailedDiff=detailed,
        hasDetailedDiff=diff.detailed is not None,
    )


def change(request: provider_pb2.DiffRequest | provider_pb2.UpdateRequest) -> Change:
    """Return a diff or update request."""
    timeout, preview = 0.0, False
    if isinstance(request, provider_pb2.UpdateRequest):
        timeout, preview = request.timeout, request.preview
    return Change(
        urn=request.urn,
        id=request.id,
        timeout=timeout,
        preview=preview,
        old=from_struct(request.olds),
        old_inputs=from_struct(request.old_inputs),
        new=from_struct(request.news),
        ignore_changes=tuple(request.ignoreChanges),
    )
