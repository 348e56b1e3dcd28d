"""A release's inputs as helm's flags; which input counts where follows pulumi-kubernetes 4.32."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from localcloud.plugins.kubernetes.helm import HelmError
from localcloud.plugins.kubernetes.release_inputs import DEFAULT_TIMEOUT_SECONDS

_BOTH: Final = {
    "atomic": "--atomic",
    "renderSubchartNotes": "--render-subchart-notes",
    "takeOwnership": "--take-ownership",
}
_INSTALL: Final = {
    **_BOTH,
    "createNamespace": "--create-namespace",
    "disableOpenapiValidation": "--disable-openapi-validation",
    "disableWebhooks": "--no-hooks",
    "replace": "--replace",
    "skipCrds": "--skip-crds",
}
_UPGRADE: Final = {
    **_BOTH,
    "cleanupOnFail": "--cleanup-on-fail",
    "disableCRDHooks": "--no-hooks",
    "forceUpdate": "--force",
    "recreatePods": "--recreate-pods",
    "resetValues": "--reset-values",
    "reuseValues": "--reuse-values",
}


def _timeout(release: Mapping[str, Any]) -> str:
    return f"{release.get('timeout') or DEFAULT_TIMEOUT_SECONDS}s"


def _common(release: Mapping[str, Any], known: Mapping[str, str]) -> list[str]:
    flags = ["--namespace", str(release["namespace"]), "--timeout", _timeout(release)]
    flags += [flag for name, flag in known.items() if release.get(name)]
    if not release.get("skipAwait"):
        flags.append("--wait")
        flags += ["--wait-for-jobs"] if release.get("waitForJobs") else []
    for name, flag in (("description", "--description"), ("postrender", "--post-renderer")):
        if release.get(name):
            flags += [flag, str(release[name])]
    return flags


def install(release: Mapping[str, Any]) -> list[str]:
    """Return the flags of ``helm install``."""
    return _common(release, _INSTALL)


def upgrade(release: Mapping[str, Any]) -> list[str]:
    """Return the flags of ``helm upgrade``; without ``maxHistory`` every revision is kept."""
    return [*_common(release, _UPGRADE), "--history-max", str(release.get("maxHistory") or 0)]


def uninstall(release: Mapping[str, Any]) -> list[str]:
    """Return the flags of ``helm uninstall``."""
    flags = ["--namespace", str(release["namespace"])]
    if release.get("atomic") or not release.get("skipAwait"):
        flags += ["--wait", "--timeout", _timeout(release)]
    return flags


# What helm says before it has recorded anything of its own.
_REFUSALS: Final = ("cannot re-use a name that is still in use",)


def is_refusal(error: HelmError, refusals: Iterable[str] = _REFUSALS) -> bool:
    """Tell whether a failed install left an older release of the same name alone."""
    return any(refusal in str(error) for refusal in refusals)
