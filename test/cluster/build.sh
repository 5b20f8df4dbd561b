#!/usr/bin/env bash
# Builds whatever of the cluster's programs is not there yet: Kubernetes and etcd (one program), Knative Serving and Eventing, a small
# DNS server, a small ingress, NetworkPolicies, and the files of the images.
set -euo pipefail
. "$(dirname "$0")/env.sh"
mkdir -p "$bin/knative" "$images"

packages=(containerd runc containernetworking-plugins iptables ipset iproute2 openssl gcc busybox-static)
if ! dpkg -s "${packages[@]}" >/dev/null 2>&1; then
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${packages[@]}"; } >/dev/null
fi

# All of them are of one Go module (test/go.mod) and built with the same settings, so that what they share, Kubernetes' client
# first of all, is compiled once, also for the programs of other tests (.ci/run). Without inlining the compiler takes a third less.
export CGO_ENABLED=0 GOFLAGS=-gcflags=all=-l
# build PROGRAM PACKAGE [FLAGS OF THE LINKER]: a program without debug information, if it is not there.
build() { [ -x "$bin/$1" ] || go build -C "$here/.." -ldflags "-s -w ${3:-}" -o "$bin/$1" "$2"; }

version='-X k8s.io/component-base/version'
build kubernetes ./cluster/kubernetes \
  "$version.gitVersion=v1.35.4 $version.gitMajor=1 $version.gitMinor=35 $version.gitTreeState=clean $version.gitCommit=0"
for name in etcd kube-apiserver kube-controller-manager kube-scheduler kube-proxy kubelet kubectl; do
  ln -sf kubernetes "$bin/$name"
done
for program in controller queue activator autoscaler webhook; do
  build knative/serving-$program knative.dev/serving/cmd/$program
done
for program in controller broker/filter broker/ingress in_memory/channel_controller in_memory/channel_dispatcher jobsink \
  mtchannel_broker mtping webhook; do
  build knative/eventing-${program//\//-} knative.dev/eventing/cmd/$program
done
for program in small-dns small-ingress small-policies; do build knative/$program ./cluster/$program; done
build threeway ./cluster/threeway
# The test of .ci/run that renders the chart needs the same version of Helm.
[ -x "${HELM:-$bin/helm}" ] || build helm helm.sh/helm/v3/cmd/helm
[ -x "$bin/helm" ] || ln -sf "$HELM" "$bin/helm"

# The process that holds a Pod's namespaces, as an image of its own.
[ -x "$images/pause/pause" ] || { mkdir -p "$images/pause" && gcc -O2 -static -o "$images/pause/pause" "$here/pause.c"; }

# What a program that is linked to glibc needs, from Debian's packages.
if [ ! -d "$images/base/etc" ]; then
  rm -rf "$images/base" && mkdir -p "$images/base/debs" && cd "$images/base/debs"
  apt-get download -qq base-files netbase libc6 libgcc-s1 libstdc++6 ca-certificates busybox-static >/dev/null
  for package in *.deb; do dpkg -x "$package" ..; done
  cd ..
  rm -rf debs usr/share/doc usr/share/man usr/share/lintian
  mkdir -p etc/ssl/certs tmp bin home/nonroot proc sys dev && chmod 1777 tmp
  cat usr/share/ca-certificates/mozilla/*.crt >etc/ssl/certs/ca-certificates.crt
  for program in sh wget cat ls id ps nslookup; do ln -sf busybox bin/$program; done
  printf 'root:x:0:0:root:/root:/bin/sh\nnonroot:x:65532:65532:nonroot:/home/nonroot:/bin/sh\n' >etc/passwd
  printf 'root:x:0:\nnonroot:x:65532:\n' >etc/group
fi

# Node for the project's image: the version that its Containerfile uses.
[ -x "$images/node/usr/local/bin/node" ] || {
  npm install --silent --no-save --prefix "$images/npm" node@22
  mkdir -p "$images/node/usr/local/bin"
  cp "$images/npm/node_modules/node/bin/node" "$images/node/usr/local/bin/node"
  rm -rf "$images/npm"
}
