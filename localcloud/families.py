"""What localcloud builds from source: one Go module a family, so that their versions never meet.

``tools/<family>/go.mod`` and ``go.sum`` pin every version; nothing here repeats one.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Final

from localcloud.paths import CHECKOUT, GO_MODULES

_REQUIREMENT: Final = re.compile(r"^(?:require )?\s*([\w.~/-]+\.[\w.~/-]+) (v\S+)", re.MULTILINE)


class Need(IntEnum):
    """Who runs a family's programs; each needs those of the ones before it, too."""

    ALWAYS = 0
    TEST = 1
    """What ``make test`` runs."""
    TEST_ALL = 2
    """What takes minutes to build, for tests that ``make test-all`` runs every night."""


@dataclass(frozen=True, kw_only=True)
class Family:
    """Programs that one Go module builds.

    Attributes:
        packages: import path of every program, by the name of its executable.
        seconds: of a first build on two cores, downloads included; shown until there is a last
            time.
        stamp: variables set at link time; ``{version}``, ``{major}`` and ``{minor}`` are those of
            the module ``stamped``.
        scripts: files of the module ``stamped`` that belong beside the executables.
        sources: modules whose files are read at run time; ``*`` is every direct requirement.
        pins: folder in ``tools/`` whose go.mod has the versions; empty: that of the family's name.
        need: the first that runs it; those after it build it, too.
    """

    name: str
    packages: Mapping[str, str] = field(default_factory=dict)
    seconds: int
    stamp: tuple[str, ...] = ()
    stamped: str = ""
    scripts: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    pins: str = ""
    need: Need = Need.ALWAYS

    @property
    def folder(self) -> Path:
        """Where the family's go.mod is."""
        return CHECKOUT / "tools" / (self.pins or self.name)


FAMILIES: Final = (
    Family(
        name="etcd",
        packages={"etcd": "go.etcd.io/etcd/server/v3"},
        seconds=50,
    ),
    Family(
        name="kubernetes",
        packages={
            name: f"k8s.io/kubernetes/cmd/{name}"
            for name in ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl")
        },
        seconds=300,
        stamp=(
            "k8s.io/component-base/version.gitVersion={version}",
            "k8s.io/component-base/version.gitMajor={major}",
            "k8s.io/component-base/version.gitMinor={minor}",
        ),
        stamped="k8s.io/kubernetes",
    ),
    Family(
        name="kwok",
        packages={"kwok": "sigs.k8s.io/kwok/cmd/kwok"},
        seconds=80,
        sources=("sigs.k8s.io/kwok",),
    ),
    Family(
        name="helm",
        packages={"helm": "helm.sh/helm/v3/cmd/helm"},
        seconds=60,
        stamp=("helm.sh/helm/v3/internal/version.version={version}",),
        stamped="helm.sh/helm/v3",
    ),
    Family(
        name="pulumi",
        packages={"pulumi": "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"},
        seconds=115,
        stamp=("github.com/pulumi/pulumi/sdk/v3/go/common/version.Version={version}",),
        stamped="github.com/pulumi/pulumi/sdk/v3",
        scripts=(
            "python/cmd/pulumi-language-python-exec",
            "python/dist/pulumi-analyzer-policy-python",
        ),
    ),
    Family(
        name="pulumi-language-python",
        packages={
            "pulumi-language-python": (
                "github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python"
            )
        },
        seconds=20,
    ),
    Family(
        name="actionlint",
        packages={"actionlint": "github.com/rhysd/actionlint/cmd/actionlint"},
        seconds=10,
        need=Need.TEST,
    ),
    Family(
        name="istio",
        # Never plain ``istioctl``: that is Solo's, which the program looks for on the PATH.
        packages={
            "upstream-istioctl": "istio.io/istio/istioctl/cmd/istioctl",
            "upstream-pilot-discovery": "istio.io/istio/pilot/cmd/pilot-discovery",
        },
        seconds=300,
        stamp=("istio.io/istio/pkg/version.buildVersion={version}",),
        stamped="istio.io/istio",
        need=Need.TEST_ALL,
    ),
    Family(
        # Its charts are read by day, and need no build.
        name="istio-charts",
        sources=("istio.io/istio",),
        seconds=10,
        pins="istio",
        need=Need.TEST,
    ),
    *(
        Family(name=folder.name, seconds=10, sources=("*",))
        for folder in sorted((CHECKOUT / "tools").glob("crds*"))
    ),
)


def requirements(go_mod: str) -> dict[str, str]:
    """Return the version of every module that a go.mod requires, indirect ones included."""
    return dict(_REQUIREMENT.findall(go_mod))


def direct(go_mod: str) -> dict[str, str]:
    """Return the version of every module that a go.mod requires for itself."""
    lines = (line for line in go_mod.splitlines() if not line.endswith("// indirect"))
    return requirements("\n".join(lines))


def module_folder(module: str, version: str, modules: Path = GO_MODULES) -> Path:
    """Return where Go's module cache has a module: capitals are written ``!lower`` there."""
    escaped = re.sub(r"[A-Z]", lambda capital: f"!{capital[0].lower()}", f"{module}@{version}")
    return modules / escaped


def sources(family: Family, modules: Path = GO_MODULES) -> Iterator[tuple[str, Path]]:
    """Yield the modules that are read at run time, as ``module@version`` and folder."""
    go_mod = (family.folder / "go.mod").read_text(encoding="utf-8")
    found = direct(go_mod) if family.sources == ("*",) else requirements(go_mod)
    for module, version in found.items():
        if module in family.sources or family.sources == ("*",):
            yield f"{module}@{version}", module_folder(module, version, modules)


def linker_flags(family: Family) -> str:
    """Return ``-ldflags``: no symbols, and the version that a release would carry."""
    go_mod = (family.folder / "go.mod").read_text(encoding="utf-8")
    version = requirements(go_mod).get(family.stamped, "v0.0.0")
    major, minor, *_ = version.removeprefix("v").split(".")
    values = (text.format(version=version, major=major, minor=minor) for text in family.stamp)
    return " ".join(["-s -w", *(f"-X {value}" for value in values)])
