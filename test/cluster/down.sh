#!/usr/bin/env bash
# Ends everything that up.sh started (by the process ids it noted), the containers, mounts and networks, and removes the state.
# Nothing to do when nothing runs.
. "$(dirname "$0")/env.sh"
end() {
  local name pid
  for name; do
    [ -f "$run/$name.pid" ] || continue
    pid=$(cat "$run/$name.pid")
    kill $(pgrep -P "$pid") "$pid" 2>/dev/null
    for _ in $(seq 20); do
      kill -0 "$pid" 2>/dev/null || break
      sleep 0.5
    done
    rm -f "$run/$name.pid"
  done
}
end kubelet kube-proxy policies kube-scheduler kube-controller-manager
if [ -S "$cri" ]; then
  sleep 1
  for task in $(ctr_k8s tasks ls -q 2>/dev/null); do ctr_k8s tasks kill -s KILL "$task" 2>/dev/null; done
  sleep 1
  for task in $(ctr_k8s tasks ls -q 2>/dev/null); do ctr_k8s tasks rm -f "$task" >/dev/null 2>&1; done
  containers=$(ctr_k8s containers ls -q 2>/dev/null)
  [ -z "$containers" ] || ctr_k8s containers rm $containers >/dev/null 2>&1
fi
end kube-apiserver etcd containerd
grep -E " ($run|$(dirname "$cri"))" /proc/mounts | awk '{print $2}' | sort -r | xargs -r umount -l 2>/dev/null
for name in $(ls /run/netns 2>/dev/null | grep '^cni-'); do ip netns del "$name" 2>/dev/null; done
ip netns del $namespace 2>/dev/null
ip link del kube-host 2>/dev/null
rm -rf /var/lib/cni/networks/pods /var/lib/cni/results "$run" "$etc" "$(dirname "$cri")"
exit 0
