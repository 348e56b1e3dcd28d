"""What the machines of a stack file must say together. Pure; each rule returns a line a mistake."""

from components import gke_plan, membership
from components.config_errors import shown
from components.models import Settings
from components.naming import BOOKINFO_NAMESPACE
from components.rule import Rule


def identities(settings: Settings) -> list[str]:
    """Refuse identities that are everybody's, the mesh's own, or those of two machines."""
    own, samples = membership.mesh_namespaces(settings), membership.sample_accounts(settings)
    lines, seen = [], dict[tuple[str, str, str], int]()
    for index, vm in enumerate(settings.vms):
        key = f"vms[{index}]"
        if vm.account == "default":
            lines.append(
                f"{key}.serviceAccount: found 'default'; allowed: an account of the machine's own,"
                " because every pod of a namespace has that one; fix: give the machine its own"
            )
        if vm.home == BOOKINFO_NAMESPACE and vm.account in samples:
            lines.append(
                f"{key}.serviceAccount: found {shown(vm.account)} of {vm.home}, that of Bookinfo's"
                " own pods; allowed: an account of the machine's own; fix: give the machine its own"
            )
        if vm.home in own:
            lines.append(
                f"{key}.namespace: found {shown(vm.home)}; allowed: a namespace that is not the"
                f" mesh's own ({', '.join(own)}); fix: write another"
            )
        if (first := seen.setdefault((vm.cluster, vm.home, vm.account), index)) != index:
            lines.append(
                f"{key}.serviceAccount: found {shown(vm.account)} of {vm.home}, that of"
                f" vms[{first}]; allowed: an account of its own, because a token is one machine's;"
                " fix: give each machine its own"
            )
    return lines


def names_of_instances(settings: Settings) -> list[str]:
    """Refuse names that Compute Engine has no instance of."""
    return [
        f"vms[{index}].name: found {shown(vm.name)}; allowed: a name that begins with a letter,"
        f" because a Compute Engine instance is called so; fix: write {shown(f'vm-{vm.name}'[:40])}"
        for index, vm in enumerate(settings.vms)
        if vm.gce and vm.name[0].isdigit()
    ]


def places_of_instances(settings: Settings) -> list[str]:
    """Refuse what is no project's id, and what is no zone."""
    made = [(f"vms[{index}].gce", vm.gce) for index, vm in enumerate(settings.vms) if vm.gce]
    lines = [
        f"{key}.project: found {shown(gce.project)}; allowed: a project's number, or its id of 6 to"
        " 30 characters that begins with a letter; fix: write one that `gcloud projects list` shows"
        for key, gce in made
        if not (gce.project.isdecimal() or gke_plan.PROJECT_ID.fullmatch(gce.project))
    ]
    return lines + [
        f"{key}.zone: found {shown(gce.zone)}; allowed: a zone such as europe-west4-a; fix: write"
        " one that `gcloud compute zones list` shows"
        for key, gce in made
        if not (gke_plan.LOCATION.fullmatch(gce.zone) and gke_plan.is_zone(gce.zone))
    ]


def hosts(settings: Settings) -> list[str]:
    """Refuse two entries for one machine: their containers would take each other's place."""
    found = [f"{vm.ssh.host}:{vm.ssh.port}" for vm in settings.vms if vm.ssh]
    return [
        f"vms: found host {shown(host)} {found.count(host)} times; allowed: once, because a machine"
        " runs one ztunnel; fix: merge the entries"
        for host in dict.fromkeys(found)
        if found.count(host) > 1
    ]


RULES: tuple[Rule, ...] = (
    Rule("AM421", identities, needs=("bookinfo", "vms[].namespace", "vms[].serviceAccount")),
    Rule("AM422", names_of_instances, needs=()),
    Rule("AM423", hosts, needs=("vms[].ssh",)),
    Rule("AM424", places_of_instances, needs=("vms[].gce",)),
)
