#!/usr/bin/env bash
# The node's network: a namespace with one wire to this machine.
set -euo pipefail
. "$(dirname "$0")/env.sh"
ip netns add $namespace
ip link add kube-host type veth peer name eth0 netns $namespace
ip addr add $host_ip/24 dev kube-host
ip link set kube-host up
# A server on this machine reaches Services as one on a cluster's network does.
ip route add $service_cidr via $node_ip
ip -n $namespace link set lo up
ip -n $namespace addr add $node_ip/24 dev eth0
ip -n $namespace link set eth0 up
# Without a default route a call from the node to a Service is "network is unreachable" before kube-proxy's rules see it.
ip -n $namespace route add default via $host_ip
in_node sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
in_node sysctl -qw net.bridge.bridge-nf-call-iptables=1 2>/dev/null ||
  echo 'net.bridge.bridge-nf-call-iptables cannot be set: NetworkPolicies between Pods of one node may not hold'
