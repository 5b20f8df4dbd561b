#!/usr/bin/env bash
# The node: `node.sh containerd`, then `node.sh kubelet` (with kube-proxy).
set -euo pipefail
. "$(dirname "$0")/env.sh"

# kube-proxy ends when its configuration is written again, so all of it is written once.
write_configuration() {
mkdir -p "$etc/cni" "$(dirname "$cri")"
cat > $etc/cni/10-bridge.conflist <<CNI
{"cniVersion":"1.0.0","name":"pods","plugins":[
 {"type":"bridge","bridge":"cni0","isGateway":true,"ipMasq":true,"hairpinMode":true,"ipam":{"type":"host-local","ranges":[[{"subnet":"$pod_cidr"}]],"routes":[{"dst":"0.0.0.0/0"}]}},
 {"type":"portmap","capabilities":{"portMappings":true}}]}
CNI
cat > $etc/containerd.toml <<TOML
version = 2
root = "$run/containerd"
state = "$(dirname "$cri")"
[grpc]
  address = "$cri"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "dev.local/pause:1"
  disable_apparmor = true
  # Where root has no CAP_SYS_RESOURCE (a container), runc could not lower a score and would fail.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$etc/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
TOML
: > $etc/resolv.conf
cat > $etc/kubelet.yaml <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $node_ip
tlsCertFile: $pki/kubelet.crt
tlsPrivateKeyFile: $pki/kubelet.key
authentication: {x509: {clientCAFile: $pki/ca.crt}, webhook: {enabled: true}, anonymous: {enabled: false}}
authorization: {mode: Webhook}
clusterDNS: [$dns_ip]
clusterDomain: cluster.local
resolvConf: $etc/resolv.conf
containerRuntimeEndpoint: unix://$cri
cgroupDriver: cgroupfs
failCgroupV1: false
failSwapOn: false
maxPods: 200
podPidsLimit: -1
serializeImagePulls: false
# A changed Secret reaches its Pods after this; the default is a minute.
syncFrequency: 15s
imageGCHighThresholdPercent: 100
evictionHard: {memory.available: 100Mi, nodefs.available: 1%, imagefs.available: 1%}
registerNode: true
YAML
cat > $etc/kube-proxy.yaml <<YAML
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
clientConnection: {kubeconfig: $etc/kube-proxy.conf}
clusterCIDR: $pod_cidr
mode: iptables
bindAddress: 0.0.0.0
healthzBindAddress: 127.0.0.1:10256
metricsBindAddress: 127.0.0.1:10249
conntrack: {maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
hostnameOverride: node
nodePortAddresses: [$node_ip/32]
YAML
}

case $1 in
  containerd)
    write_configuration
    start containerd containerd --config "$etc/containerd.toml"
    wait_for 'containerd to answer' ctr_k8s version
    ;;
  kubelet)
    start kubelet kubelet --config "$etc/kubelet.yaml" --kubeconfig "$etc/kubelet.conf" --node-ip $node_ip --hostname-override node --root-dir "$run/kubelet"
    start kube-proxy kube-proxy --config "$etc/kube-proxy.yaml"
    ;;
esac
