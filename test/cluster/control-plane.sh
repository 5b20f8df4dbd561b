#!/usr/bin/env bash
# etcd and Kubernetes' control plane, as processes.
set -euo pipefail
. "$(dirname "$0")/env.sh"
start etcd etcd --data-dir $run/etcd --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
  --listen-peer-urls http://127.0.0.1:2380 --initial-advertise-peer-urls http://127.0.0.1:2380 --initial-cluster default=http://127.0.0.1:2380 \
  --log-level warn --unsafe-no-fsync
start kube-apiserver kube-apiserver --etcd-servers http://127.0.0.1:2379 --bind-address $node_ip --advertise-address $node_ip --secure-port 6443 \
  --tls-cert-file $pki/apiserver.crt --tls-private-key-file $pki/apiserver.key --client-ca-file $pki/ca.crt \
  --kubelet-client-certificate $pki/admin.crt --kubelet-client-key $pki/admin.key --kubelet-certificate-authority $pki/ca.crt \
  --service-account-key-file $pki/service-account.pub --service-account-signing-key-file $pki/service-account.key --service-account-issuer https://kubernetes.default.svc.cluster.local \
  --service-cluster-ip-range $service_cidr --authorization-mode Node,RBAC --enable-admission-plugins NodeRestriction \
  --requestheader-client-ca-file $pki/ca.crt --requestheader-allowed-names front-proxy --requestheader-username-headers X-Remote-User \
  --requestheader-group-headers X-Remote-Group --requestheader-extra-headers-prefix X-Remote-Extra- \
  --kubelet-preferred-address-types InternalIP --proxy-client-cert-file $pki/front-proxy.crt --proxy-client-key-file $pki/front-proxy.key --allow-privileged=true
wait_for 'the API server to be ready' kubectl get --raw /readyz
start kube-controller-manager kube-controller-manager --kubeconfig $etc/kube-controller-manager.conf --use-service-account-credentials \
  --authentication-kubeconfig $etc/kube-controller-manager.conf --authorization-kubeconfig $etc/kube-controller-manager.conf \
  --service-account-private-key-file $pki/service-account.key --root-ca-file $pki/ca.crt --cluster-signing-cert-file $pki/ca.crt --cluster-signing-key-file $pki/ca.key \
  --bind-address 127.0.0.1 --leader-elect=false --service-cluster-ip-range $service_cidr
start kube-scheduler kube-scheduler --kubeconfig $etc/kube-scheduler.conf --bind-address 127.0.0.1 --leader-elect=false \
  --authentication-kubeconfig $etc/kube-scheduler.conf --authorization-kubeconfig $etc/kube-scheduler.conf
