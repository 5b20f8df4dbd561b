# Where the programs, images and state of the test cluster lie, and its addresses. Every script here sources this file.
# CLUSTER_DIR: a folder of its own (about 3 GB). The node is a network namespace of this machine.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
project=$(cd "$here/../.." && pwd)
export CLUSTER_DIR=${CLUSTER_DIR:-${TMPDIR:-/tmp}/post-deployment-cluster}
bin=$CLUSTER_DIR/bin images=$CLUSTER_DIR/images etc=$CLUSTER_DIR/etc run=$CLUSTER_DIR/run log=$CLUSTER_DIR/log pki=$CLUSTER_DIR/etc/pki
export PATH=$bin:$PATH KUBECONFIG=$etc/admin.conf
namespace=post-deployment node_ip=10.99.0.2 host_ip=10.99.0.1
service_cidr=10.96.0.0/16 dns_ip=10.96.0.10 pod_cidr=10.244.0.0/24
cri=/run/post-deployment-containerd/containerd.sock

# Runs a command in the node's network. `ip netns exec` would also mount another /sys, in which the cgroups are missing.
in_node() { nsenter --net=/run/netns/$namespace -- "$@"; }

# Starts a process in the node's network that outlives this script, and notes its process id: start NAME COMMAND...
# (The command is not started by in_node, because $! would then be the process id of a shell.)
start() {
  local name=$1
  shift
  setsid nohup nsenter --net=/run/netns/$namespace -- "$@" >>"$log/$name.log" 2>&1 </dev/null &
  echo $! >"$run/$name.pid"
}

# Asks every half second, 120 times at most: wait_for DESCRIPTION COMMAND...
wait_for() {
  local description=$1
  shift
  for _ in $(seq 120); do
    if "$@" >/dev/null 2>&1; then return 0; fi
    sleep 0.5
  done
  echo "expected $description within a minute; the logs are in $log" >&2
  return 1
}

ctr_k8s() { ctr -a "$cri" -n k8s.io "$@"; }
