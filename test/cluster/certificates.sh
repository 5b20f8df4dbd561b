#!/usr/bin/env bash
# One certificate authority, and a certificate and a kubeconfig for each of Kubernetes' components.
set -euo pipefail
. "$(dirname "$0")/env.sh"
mkdir -p "$pki"
cd "$pki"
openssl req -x509 -newkey rsa:2048 -nodes -days 30 -keyout ca.key -out ca.crt -subj /CN=kubernetes 2>/dev/null
openssl genrsa -out service-account.key 2048 2>/dev/null
openssl rsa -in service-account.key -pubout -out service-account.pub 2>/dev/null

issue() { # NAME SUBJECT [SUBJECT-ALTERNATIVE-NAMES]
  openssl req -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.csr" -subj "$2" 2>/dev/null
  printf 'extendedKeyUsage=serverAuth,clientAuth\n%s' "${3:+subjectAltName=$3}" >"$1.extensions"
  openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -out "$1.crt" -extfile "$1.extensions" 2>/dev/null
}
issue apiserver /CN=kube-apiserver "DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,IP:127.0.0.1,IP:10.96.0.1,IP:$node_ip"
issue admin /O=system:masters/CN=admin
issue kube-controller-manager /CN=system:kube-controller-manager
issue kube-scheduler /CN=system:kube-scheduler
issue kube-proxy /CN=system:kube-proxy
issue kubelet /O=system:nodes/CN=system:node:node "DNS:node,IP:$node_ip"
issue front-proxy /CN=front-proxy
# As OpenShift's router shows one: signed by what Pods find in the ConfigMap kube-root-ca.crt.
issue apps /CN=apps "DNS:*.apps.host.test"

for user in admin kube-controller-manager kube-scheduler kube-proxy kubelet; do
  cat >"$etc/$user.conf" <<CONF
apiVersion: v1
kind: Config
clusters: [{name: test, cluster: {server: "https://$node_ip:6443", certificate-authority: $pki/ca.crt}}]
users: [{name: test, user: {client-certificate: $pki/$user.crt, client-key: $pki/$user.key}}]
contexts: [{name: test, context: {cluster: test, user: test}}]
current-context: test
CONF
done
