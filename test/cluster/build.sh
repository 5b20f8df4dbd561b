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

export GOFLAGS='-mod=mod -buildvcs=false'
# build NAME MODULE-FOLDER PACKAGE [flags]: a program without debug information, if it is not there.
build() {
  local out=$bin/$1 folder=$here/$2 package=$3
  shift 3
  [ -x "$out" ] || (cd "$folder" && go build -trimpath "$@" -o "$out" "$package")
}

version='-X k8s.io/component-base/version'
CGO_ENABLED=0 build kubernetes kubernetes . -ldflags \
  "-s -w $version.gitVersion=v1.34.4 $version.gitMajor=1 $version.gitMinor=34 $version.gitTreeState=clean $version.gitCommit=0"
for name in etcd kube-apiserver kube-controller-manager kube-scheduler kube-proxy kubelet kubectl; do
  ln -sf kubernetes "$bin/$name"
done

# Knative's own programs. Those of Eventing are built with Go's default settings, so that the packages compiled for test/knative
# are used again; they need a C library in their image.
knative() { # MODULE PROGRAM
  build "knative/$1-${2//\//-}" "knative-$1" "knative.dev/$1/cmd/$2" -trimpath=false -ldflags '-s -w'
}
for program in controller queue activator autoscaler webhook; do CGO_ENABLED=0 knative serving $program; done
for program in controller broker/filter broker/ingress in_memory/channel_controller in_memory/channel_dispatcher jobsink \
  mtchannel_broker mtping webhook; do
  knative eventing $program
done
for program in small-dns small-ingress small-policies; do
  CGO_ENABLED=0 build "knative/$program" knative-serving "./$program" -trimpath=false -ldflags '-s -w'
done
build threeway kubernetes ./threeway -ldflags '-s -w'
# The test of .ci/run that renders the chart needs the same version of Helm.
[ -x "${HELM:-$bin/helm}" ] || GOFLAGS= GOBIN=$bin go install helm.sh/helm/v3/cmd/helm@v3.22.0
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
