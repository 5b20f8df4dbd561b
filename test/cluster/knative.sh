#!/usr/bin/env bash
# Applies Knative's own manifests as they lie in its Go modules, but for three things: images have their local names; nothing that
# needs cert-manager or scales Knative's own Pods; Deployments are made for a busy machine (knative-deployments.mjs).
set -euo pipefail
. "$(dirname "$0")/env.sh"
# The folder of the module that has a package.
module() { go list -C "$here/.." -f '{{.Module.Dir}}' "knative.dev/$1"; }
serving=$(module serving/cmd/controller)/config/core
networking=$(module networking/config)/config
caching=$(module caching/config)/config
eventing=$(module eventing/cmd/controller)/config
# The Eventing controller reads ConfigMaps of its integrations, too.
integrations=$(module eventing/cmd/controller)/third_party/eventing-integrations-latest
out=$etc/knative
mkdir -p "$out"/{1,2,3,4}

# take PHASE PREFIX FILE...: copies manifests to a phase; ko's names of images become those of images.sh.
take() {
  local phase=$1 prefix=$2 file
  shift 2
  for file; do
    sed -E 's#ko://knative.dev/([a-z]+)/cmd/([a-z_]+)#dev.local/knative/\1-\2:1#; s#(dev.local/knative/[a-z]+-[a-z_]+):1/([a-z_]+)#\1-\2:1#' \
      "$file" >"$out/$phase/$prefix-$(echo "${file##*/config/}" | tr / -)"
  done
}
apply() { kubectl apply --server-side --force-conflicts "$@" 2>&1 | grep -v serverside-applied || true; }

take 1 serving "$serving"/100-namespace.yaml
take 1 eventing "$eventing"/core/100-namespace.yaml
take 2 serving "$serving"/{300-resources/*,200-serviceaccount,200-roles/*}.yaml
take 2 networking "$networking"/{certificate,domain-claim,ingress,serverlessservice}.yaml
take 2 caching "$caching"/image.yaml
broker=$eventing/brokers/mt-channel-broker channel=$eventing/channels/in-memory-channel
take 2 eventing "$eventing"/core/2*.yaml "$eventing"/core/{resources,roles}/*.yaml "$broker"/roles/*.yaml \
  "$channel"/*.yaml "$channel"/{resources,roles}/*.yaml
take 3 serving "$serving"/{300-knativecertificate,configmaps/*,999-cache,webhooks/*}.yaml \
  "$serving"/deployments/{activator,autoscaler,controller,webhook}.yaml
take 3 networking "$networking"/config-network.yaml
take 3 integrations "$integrations"/*.yaml
take 3 eventing "$eventing"/core/{configmaps,webhooks}/*.yaml \
  "$eventing"/core/deployments/{controller,job-sink,pingsource-mt-adapter,webhook}.yaml
take 4 eventing "$broker"/deployments/{broker-filter,broker-ingress,controller}.yaml \
  "$channel"/{configmaps,deployments,webhooks}/*.yaml

grep -l '^kind: Deployment' "$out"/*/* | xargs node "$here/knative-deployments.mjs"

apply -f "$out/1"
apply -f "$out/2"
kubectl wait --for condition=established crd --all --timeout=60s >/dev/null
apply -f "$out/3"
kubectl -n knative-serving patch configmap config-network --type merge -p '{"data":{"ingress-class":"small.ingress.networking.knative.dev"}}' >/dev/null
kubectl -n knative-serving patch configmap config-domain --type merge -p '{"data":{"kube.internal":""}}' >/dev/null
apply -f "$out/4"
