#!/usr/bin/env bash
# From built programs to a cluster with Knative in which everything is ready.
set -euo pipefail
. "$(dirname "$0")/env.sh"
mkdir -p "$etc" "$run" "$log"
say() { echo "$SECONDS s: $*"; }

# What servers and readers beside the cluster find by name: the public addresses of gitea-source and the page in the tests' installations.
printf '127.0.0.1 localhost\n%s git.host.test registry.host.test\n%s promotions-gitea-source.mlops.kube.internal promotions-console.mlops.kube.internal promotions.mlops.kube.internal post-deployment-pipeline-gitea-source.user1-toolings.kube.internal promotions.one-process.kube.internal\n' \
  "$host_ip" "$node_ip" >"$etc/hosts"
"$here/certificates.sh"
"$here/network.sh"
"$here/node.sh" containerd
say 'containerd runs'
node "$here/make-image.mjs" "$images/pause.tar" "{\"layers\":[\"$images/pause\"],\"images\":{\"dev.local/pause:1\":{\"Entrypoint\":[\"/pause\"],\"User\":\"65535\"}}}"
ctr_k8s images import "$images/pause.tar" >/dev/null
"$here/control-plane.sh"
say 'the API server answers'
"$here/images.sh"
say 'the images are there'
"$here/node.sh" kubelet
wait_for 'a node' kubectl get node node
start policies "$bin/knative/small-policies" --kubeconfig "$KUBECONFIG" --services "$service_cidr"
kubectl apply -f "$here/addons.yaml" >/dev/null
"$here/knative.sh"
say 'Knative is applied'
kubectl wait --for=condition=Available deployment --all -A --timeout=300s >/dev/null
say 'everything is available'
