"""The CRDs of the Gateway API: pinned, put together, and only from files that are what they say."""

import hashlib
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from components import gateway_crds, versions
from components.gateway_crds import CrdError
from localcloud.families import direct, module_folder
from localcloud.istio_charts import MADE
from localcloud.paths import CHECKOUT, GO_MODULES

VERSION = "v9.1.2"


def crd(plural: str, version: str = VERSION) -> str:
    return (
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n"
        f"  annotations:\n    gateway.networking.k8s.io/bundle-version: {version}\n"
        f"  name: {plural}.gateway.networking.k8s.io\nspec: {{}}\n"
    )


def fill(folder: Path, version: str = VERSION, plurals: tuple[str, ...] = ("as", "bs")) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for plural in plurals:
        name = f"gateway.networking.k8s.io_{plural}.yaml"
        (folder / name).write_text(crd(plural, version), encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def _checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    digests = {p: hashlib.sha256(crd(p).encode()).hexdigest() for p in ("as", "bs")}
    monkeypatch.setattr(gateway_crds, "CHECKSUMS", {VERSION: digests})


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[str]:
    """Return the address of a mirror on loopback."""
    fill(tmp_path / "mirror" / VERSION / "config/crd/standard")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: object) -> None:
            super().__init__(*args, directory=str(tmp_path / "mirror"))  # type: ignore[arg-type]

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


def test_a_chart_has_every_file_and_the_bundles_version(tmp_path: Path) -> None:
    gateway_crds.ensure(VERSION, str(fill(tmp_path / "own")))

    chart = tmp_path / gateway_crds.chart(VERSION)
    assert yaml.safe_load((chart / "Chart.yaml").read_text())["version"] == "9.1.2"
    assert sorted(path.name for path in (chart / "files").iterdir()) == [
        "gateway.networking.k8s.io_as.yaml",
        "gateway.networking.k8s.io_bs.yaml",
    ]
    assert sorted(p.name for p in chart.parent.iterdir()) == [VERSION], "a scratch folder is left"


def test_files_are_downloaded_once_and_checked(tmp_path: Path, mirror: str) -> None:
    gateway_crds.ensure(VERSION, mirror)
    gateway_crds.ensure(VERSION, "http://127.0.0.1:1/nobody-answers-here")

    assert (tmp_path / gateway_crds.chart(VERSION) / "Chart.yaml").is_file()


def test_files_of_a_folder_are_not_taken_for_the_pinned_ones(tmp_path: Path, mirror: str) -> None:
    own = fill(tmp_path / "own", "v9.2.0")
    gateway_crds.ensure(VERSION, str(own))
    gateway_crds.ensure(VERSION, mirror)

    chart = tmp_path / gateway_crds.chart(VERSION)
    assert yaml.safe_load((chart / "Chart.yaml").read_text())["version"] == "9.1.2"


def test_a_file_with_another_checksum_is_refused(tmp_path: Path, mirror: str) -> None:
    fill(tmp_path / "mirror" / VERSION / "config/crd/standard", "v9.1.3", ("bs",))

    with pytest.raises(CrdError, match=r"_bs\.yaml has the SHA-256 \w+, and \w+ is expected"):
        gateway_crds.ensure(VERSION, mirror)
    assert not (tmp_path / gateway_crds.chart(VERSION)).exists()


def test_what_cannot_be_downloaded_is_told_with_its_address(mirror: str) -> None:
    with pytest.raises(CrdError, match=r"cannot download http://127\.0\.0\.1.*/none/v9\.1\.2/"):
        gateway_crds.ensure(VERSION, f"{mirror}none")


def test_a_folder_without_a_file_is_told_with_its_path(tmp_path: Path) -> None:
    own = fill(tmp_path / "own", plurals=("as",))

    with pytest.raises(CrdError, match=r"cannot read '.*_bs\.yaml': No such file"):
        gateway_crds.ensure(VERSION, str(own))


@pytest.mark.parametrize("version", ["v9.0.5", "v8.3.0"])
def test_an_older_bundle_is_refused(tmp_path: Path, version: str) -> None:
    with pytest.raises(CrdError, match=rf"has {version}, and this mesh version needs v9\.1\.2"):
        gateway_crds.ensure(VERSION, str(fill(tmp_path / "own", version)))


def test_two_bundles_are_not_mixed(tmp_path: Path) -> None:
    own = fill(tmp_path / "own")
    fill(own, "v9.3.0", ("bs",))

    with pytest.raises(CrdError, match=r"mixes v9\.1\.2 and v9\.3\.0"):
        gateway_crds.ensure(VERSION, str(own))


@pytest.mark.parametrize("text", ["", "<html>not found</html>", crd("cs"), "\x00"])
def test_what_is_no_such_crd_is_refused(tmp_path: Path, text: str) -> None:
    own = fill(tmp_path / "own")
    (own / "gateway.networking.k8s.io_bs.yaml").write_text(text)

    with pytest.raises(CrdError, match=r"_bs\.yaml is not the CRD bs\.gateway"):
        gateway_crds.ensure(VERSION, str(own))


def test_every_known_mesh_version_has_pinned_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    for version, row in versions.RELEASES.items():
        plurals = gateway_crds.CHECKSUMS[row.gateway_api]
        assert {"gatewayclasses", "gateways", "httproutes"} <= set(plurals), version
        assert all(len(digest) == 64 for digest in plurals.values())


@pytest.mark.planes
def test_the_pins_are_those_of_the_go_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    """go.sum vouches for the modules; a tag's files are the same wherever they are had."""
    monkeypatch.undo()
    for version, plurals in gateway_crds.CHECKSUMS.items():
        folder = GO_MODULES / f"sigs.k8s.io/gateway-api@{version}" / "config/crd/standard"
        found = {
            path.stem.partition("_")[2]: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in folder.glob("gateway.networking.k8s.io_*.yaml")
        }
        assert found == plurals, version


def test_the_local_stack_names_the_files_that_localcloud_downloads() -> None:
    stack = yaml.safe_load((CHECKOUT / "Pulumi.local-helm.yaml").read_text(encoding="utf-8"))
    go_mod = (CHECKOUT / "tools" / "crds" / "go.mod").read_text(encoding="utf-8")
    module = "sigs.k8s.io/gateway-api"
    folder = module_folder(module, direct(go_mod)[module], GO_MODULES) / "config/crd/standard"

    charts = stack["config"]["ambientmesh:charts"]
    assert CHECKOUT / charts["gatewayApi"] == folder
    assert CHECKOUT / charts["istio"] == MADE
