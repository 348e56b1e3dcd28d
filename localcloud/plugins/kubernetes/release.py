"""``kubernetes:helm.sh/v3:Release``: a chart installed, upgraded, found and removed by helm.

Follows ``helm_release.go`` of pulumi-kubernetes 4.32, with the helm binary for the Helm library.
Values and credentials reach helm by standard input and short-lived files, never as arguments.
"""

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from localcloud.plugins.engine import Engine
from localcloud.plugins.kubernetes import charts, release_flags, release_inputs, release_state
from localcloud.plugins.kubernetes.helm import Helm, HelmError
from localcloud.plugins.provider import (
    Change,
    Check,
    Checked,
    Created,
    Diff,
    Failure,
    Live,
    PartialFailure,
    Properties,
    ProviderError,
    State,
)
from localcloud.plugins.values import has_unknown, reveal


class Releases:
    """The Release resource of one provider.

    Args:
        engine: where warnings go.
        cancelled: set when everything must stop.
        kubeconfig: the kubeconfig's content; empty when the cluster cannot be reached.
        context: the context in it; empty means the current one.
        namespace: the namespace of releases that name none.
        unreachable: why the cluster cannot be reached; empty when it can.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        cancelled: threading.Event,
        kubeconfig: str,
        context: str = "",
        namespace: str = "default",
        unreachable: str = "",
    ) -> None:
        self._engine = engine
        self._helm = Helm(kubeconfig=kubeconfig, context=context, cancelled=cancelled)
        self._namespace = namespace
        self._unreachable = unreachable

    def check(self, request: Check) -> Checked:
        """Complete the inputs and look the chart up; its exact version becomes the input."""
        new = dict(request.new)
        if request.old and new.get("name") is None:
            new["name"] = request.old.get("name")
        name = release_inputs.autoname(request.name)
        try:
            inputs = release_inputs.complete(new, name=name, namespace=self._namespace)
        except (ValueError, OSError) as error:
            return Checked(
                inputs=new, failures=[Failure(property="valueYamlFiles", reason=str(error))]
            )
        if has_unknown(request.new):
            return Checked(inputs=inputs)
        try:
            chart = charts.load(self._helm, reveal(inputs))
        except HelmError as error:
            advice = "check the chart name and repository configuration."
            failure = Failure(property="chart", reason=f"{error}; {advice}")
            return Checked(inputs=inputs, failures=[failure])
        return Checked(inputs={**inputs, "version": str(chart["version"])})

    def diff(self, request: Change) -> Diff:
        """Compare; only another name or namespace makes another release."""
        return release_state.diff(request.old, request.new, request.ignore_changes)

    def create(self, request: State) -> Created:
        """Install the chart."""
        inputs = request.properties
        if request.preview:
            return Created(id="", properties=release_state.planned(inputs))
        self._require_cluster("create")
        plain = reveal(inputs)
        identifier = release_state.resource_id(plain)
        try:
            live = self._apply("install", plain, release_flags.install(plain))
        except HelmError as error:
            failed = None if release_flags.is_refusal(error) else self._find(plain)
            if failed is None:
                raise
            self._engine.warning(
                request.urn,
                f'Helm release "{plain["name"]}" was created but has a failed status. Use the '
                f"`helm` command to investigate the error, correct it, then retry. Reason: {error}",
            )
            start = f'Helm release "{identifier}" was created, but failed'
            raise self._partial(start, inputs, failed, error) from None
        return Created(id=identifier, properties=release_state.outputs(inputs, live))

    def update(self, request: Change) -> Properties:
        """Upgrade the release."""
        if request.preview:
            return release_state.planned(request.new)
        self._require_cluster("update")
        plain = reveal(request.new)
        if plain.get("lint"):
            self._lint(plain)
        before = self._find(plain)
        try:
            live = self._apply("upgrade", plain, release_flags.upgrade(plain))
        except HelmError as error:
            failed = self._find(plain)
            if failed is None or before is None or failed["version"] == before["version"]:
                raise
            start = f'Helm release "{release_state.resource_id(plain)}" failed'
            raise self._partial(start, request.new, failed, error) from None
        return release_state.outputs(request.new, live)

    def read(self, request: State) -> Live:
        """Return the release as helm has it, with inputs made up for an import."""
        state = reveal(request.properties)
        namespace, _, name = request.id.rpartition("/")
        sought = {
            "name": state.get("name") or name,
            "namespace": state.get("namespace") or namespace or self._namespace,
        }
        self._require_cluster("read")
        live = self._find(sought)
        if live is None:
            return Live(id="")
        inputs = release_state.recorded_inputs(request.properties)
        if inputs is None:
            inputs = self._imported(sought, live)
        found = release_state.outputs(inputs, live)
        return Live(id=request.id, properties=found, inputs=inputs)

    def delete(self, request: State) -> None:
        """Uninstall the release, waiting unless the program said ``skipAwait``."""
        plain = reveal(request.properties)
        self._require_cluster("delete")
        try:
            self._helm.run("uninstall", plain["name"], *release_flags.uninstall(plain))
        except HelmError as error:
            if not error.not_found:
                raise

    def _require_cluster(self, verb: str) -> None:
        if self._unreachable:
            why = self._unreachable
            raise ProviderError(f"can't {verb} Helm Release with unreachable cluster: {why}")

    def _apply(self, verb: str, plain: Properties, flags: list[str]) -> dict[str, Any]:
        """Install or upgrade and return helm's account of the release."""
        with charts.reference(plain) as ref:
            if ref.index:
                self._helm.run("repo", "update", ref.index, environment=ref.environment)
            text = self._helm.run(
                *(verb, plain["name"], ref.chart, *ref.flags, *flags),
                *("--values", "-", "--output", "json"),
                stdin=json.dumps(plain.get("values") or {}),
                environment=ref.environment,
            )
        # Charts may print through helm before the document.
        account: dict[str, Any] = json.loads(text[text.index("{") :])
        return account

    def _find(self, sought: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return helm's account of a release with its chart's metadata, None when it is gone."""
        where = (str(sought["name"]), "--namespace", str(sought["namespace"]), "--output", "json")
        try:
            account: dict[str, Any] = json.loads(self._helm.run("status", *where))
            metadata = json.loads(self._helm.run("get", "metadata", *where))
        except HelmError as error:
            if error.not_found:
                return None
            raise
        chart = {key: metadata.get(key) for key in ("version", "appVersion")}
        return {**account, "chart": {"metadata": {**chart, "name": metadata["chart"]}}}

    def _lint(self, plain: Properties) -> None:
        with charts.reference(plain) as ref:
            values = json.dumps(plain.get("values") or {})
            self._helm.run("lint", ref.chart, "--values", "-", stdin=values)

    @staticmethod
    def _partial(
        start: str, inputs: Properties, live: Mapping[str, Any], error: HelmError
    ) -> PartialFailure:
        where = release_state.resource_id(live)
        reason = (
            f"{start} to initialize completely. Use Helm CLI to investigate: failed to become "
            f"available within allocated timeout. Error: Helm Release {where}: {error}"
        )
        properties = release_state.outputs(inputs, live)
        return PartialFailure([reason], id=where, properties=properties)

    def _imported(self, sought: Mapping[str, Any], live: Mapping[str, Any]) -> Properties:
        """Return inputs that would make the release that is there."""
        chart = live["chart"]["metadata"]
        name, version = str(chart["name"]), str(chart["version"])
        given = {
            **sought,
            "chart": _in_program_folder(name, version) or name,
            "values": live.get("config") or {},
            "version": version,
            "timeout": 0,  # the default is one of the program's inputs, not of the release
        }
        return release_inputs.complete(given, name=name, namespace=self._namespace)


def _in_program_folder(name: str, version: str) -> str:
    """Return the chart's folder or archive beside the program, empty when there is none."""
    for stem in (f"{name}-{version}", name):
        if (Path(stem) / "Chart.yaml").is_file():
            return stem
        if Path(f"{stem}.tgz").is_file():
            return f"{stem}.tgz"
    return ""
