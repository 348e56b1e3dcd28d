# Runs on a virtual machine, as root: makes its ztunnel run, or takes it away. Either may be repeated.
#
#   run OWNER IDENTITY IMAGE   BOOTSTRAP_TOKEN is in the environment; prints what runs, as a digest
#   remove OWNER IDENTITY      only a container that still has this identity
#
# OWNER is the stack, and refuses others. IDENTITY is the machine's in the mesh: one that has moved to
# another cluster has a new container before the old one's end is asked for.
#
# The token is inherited by the runtime (`-e NAME` without a value): it is in nobody's arguments and
# in no file but the runtime's own, which is root's.
set -eu

name=ambientmesh-ztunnel

fail() {
  printf '%s\n' "$1" >&2
  exit 1
}

have() {
  command -v "$1" >/dev/null 2>&1
}

label() {
  "$runtime" container inspect --format "{{index .Config.Labels \"ambientmesh.dev/$1\"}}" "$name"
}

exists() {
  "$runtime" container inspect "$name" >/dev/null 2>&1
}

find_runtime() {
  if have docker; then
    runtime=docker
  elif have podman; then
    runtime=podman
  else
    fail 'no container runtime: found neither docker nor podman; fix: install one of them'
  fi
  "$runtime" info >/dev/null 2>&1 || fail "$runtime does not answer (\`$runtime info\` fails); fix: start its service"
}

run() {
  owner=$1 identity=$2 image=$3
  [ -n "${BOOTSTRAP_TOKEN:-}" ] || fail 'no token came by standard input'
  have sha256sum || fail 'sha256sum is missing; fix: install coreutils'
  digest=$(printf '%s\n' "$owner" "$identity" "$image" "$BOOTSTRAP_TOKEN" | sha256sum)
  digest=${digest%% *}
  if exists; then
    holder=$(label owner)
    [ "$holder" = "$owner" ] || fail "container $name exists and belongs to ${holder:-somebody else}; allowed: a machine without one, or with one of $owner; fix: remove it"
    if [ "$(label digest)" = "$digest" ]; then
      "$runtime" start "$name" >/dev/null
      echo "$digest"
      return
    fi
  fi
  # Before the old one goes: a pull is what takes long, and what fails.
  "$runtime" image inspect "$image" >/dev/null 2>&1 || "$runtime" pull -q "$image" >/dev/null || fail "image $image cannot be pulled"
  ! exists || "$runtime" rm -f "$name" >/dev/null
  "$runtime" run -d --name "$name" --network=host --restart=unless-stopped \
    --label "ambientmesh.dev/owner=$owner" --label "ambientmesh.dev/identity=$identity" \
    --label "ambientmesh.dev/digest=$digest" \
    -e BOOTSTRAP_TOKEN -e ALWAYS_TRAVERSE_NETWORK_GATEWAY=true "$image" >/dev/null || {
    ! exists || "$runtime" rm -f "$name" >/dev/null
    fail "container $name does not start"
  }
  echo "$digest"
}

remove() {
  owner=$1 identity=$2
  exists || return 0
  if [ "$(label owner) $(label identity)" != "$owner $identity" ]; then
    echo "container $name stays: it is not that of $identity of stack $owner"
    return
  fi
  "$runtime" rm -f "$name" >/dev/null
}

main() {
  verb=$1
  shift
  find_runtime
  "$verb" "$@"
}

main "$@" </dev/null
