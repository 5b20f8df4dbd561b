#!/usr/bin/env bash
# A real Kubernetes with real Knative on this machine, and the tests that run in it. Nothing outside the machine is reached
# once it is built; no image registry is needed.
#
#   bash test/cluster/cluster.sh build   programs from Go modules and Debian's packages (about ten minutes on two idle cores; nothing to do when they are there)
#   bash test/cluster/cluster.sh up      starts the cluster (about 90 seconds)
#   bash test/cluster/cluster.sh down    ends everything that `up` started and removes its state; programs stay
#   bash test/cluster/cluster.sh test    all of it: build, up, the tests, down (also after a failure); one file or test: test <file> -g '<title>'
#   bash test/cluster/cluster.sh bench   the same with the measurements of bench/from-zero-in-cluster.ts: [--runs 10] [--load] [--one]
#
# It needs root, because a node needs network namespaces, cgroups and mounts. Without root `test` says so and is skipped; where the
# variable CI is set that is a failure.
set -euo pipefail
. "$(dirname "$0")/env.sh"

if [ "$(id -u)" != 0 ]; then
  echo 'skipped: the test cluster needs root (network namespaces, cgroups, mounts)'
  [ -z "${CI:-}" ] || { echo 'In CI nothing is skipped.' >&2; exit 1; }
  exit 0
fi

case ${1:-} in
  build) "$here/build.sh" ;;
  up) "$here/up.sh" ;;
  down) "$here/down.sh" ;;
  test | bench)
    what=$1
    "$here/build.sh"
    trap '"$here/down.sh"' EXIT
    "$here/down.sh"
    "$here/up.sh"
    shift
    # The stand-in for Gitea, which runs beside the tests, must find the cluster's Services by name as a Gitea elsewhere would.
    export cluster_hosts=$etc/hosts project
    if [ "$what" = bench ]; then
      command=(node --import tsx bench/from-zero-in-cluster.ts "$@")
    else
      # In the order of an installation's life.
      [ $# -gt 0 ] || set -- test/cluster/{installation,promotion,failure,access,console,api-server,serving,modes}.cluster.ts
      command=(npx mocha --no-parallel --bail --file test/cluster/report.ts "$@")
    fi
    unshare -m bash -c 'mount --make-rprivate / && mount --bind "$cluster_hosts" /etc/hosts && cd "$project" && exec "$@"' _ \
      "${command[@]}"
    ;;
  *)
    sed -n '2,13s/^# \{0,1\}//p' "$0"
    exit 2
    ;;
esac
