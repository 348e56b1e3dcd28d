# Runs on a virtual machine: waits until its ztunnel is ready, then asks each URL through it.
#
#   DIGEST SECONDS [URL...]   prints `ready`, then a line `URL STATUS` for each
#
# DIGEST is of what runs: when that changes, so do the arguments, and everything is asked again.
# ztunnel answers for its readiness at port 15021, and is a SOCKS proxy at 15080 which resolves the
# mesh's names.
set -eu

ready=http://127.0.0.1:15021/healthz/ready
proxy=127.0.0.1:15080

fail() {
  printf '%s\n' "$1" >&2
  exit 1
}

# Ask until the time is up; the last answer is in `said`.
until_answered() {
  what=$1
  shift
  while ! said=$(curl -sS --fail --max-time 10 -o /dev/null -w '%{http_code}' "$@" 2>&1); do
    [ "$(date +%s)" -lt "$end" ] || fail "$what; the last answer: $(echo "$said" | tr '\n' ' '); gave up after $seconds s (timeouts.vm)"
    sleep 1
  done
}

main() {
  seconds=$2
  shift 2
  command -v curl >/dev/null 2>&1 || fail 'curl is missing on the machine: nothing can be asked through its ztunnel; fix: install curl'
  end=$(($(date +%s) + seconds))
  until_answered 'ztunnel is not ready; see the log of container ambientmesh-ztunnel on the machine' --noproxy '*' "$ready"
  echo ready
  for url in "$@"; do
    until_answered "$url is not reached through ztunnel" --noproxy '' --socks5-hostname "$proxy" "$url"
    echo "$url $said"
  done
}

main "$@" </dev/null
