#!/usr/bin/env bash
# Makes the images (Knative, the small DNS server and ingress, this project as it is built in dist/) and puts them into containerd.
set -euo pipefail
. "$(dirname "$0")/env.sh"
programs=$bin/knative

# image ARCHIVE LAYERS IMAGES: folders as a JSON list become the layers of the images, a JSON object of name to configuration.
image() {
  node "$here/make-image.mjs" "$images/$1.tar" "{\"layers\":$2,\"images\":$3}"
  ctr_k8s images import "$images/$1.tar" >/dev/null
  rm "$images/$1.tar"
}
# layer NAME FOLDER PROGRAM...: a folder with these programs.
layer() {
  local root=$images/$1 folder=$images/$1/$2 program
  shift 2
  rm -rf "$root" && mkdir -p "$folder"
  for program; do ln "$programs/$program" "$folder/$program"; done
}
# One image for each program of Knative: {"dev.local/knative/<program>:1": {...}}
knative_images() {
  local program list=()
  for program; do
    list+=("\"dev.local/knative/$program:1\":{\"Entrypoint\":[\"/ko-app/$program\"],\"User\":\"65532\",\"Env\":[\"KO_DATA_PATH=/var/run/ko\"]}")
  done
  (IFS=, && echo "{${list[*]}}")
}

layer small . small-dns small-ingress
image small "[\"$images/small\"]" '{"dev.local/small-dns:1":{"Entrypoint":["/small-dns"]},"dev.local/small-ingress:1":{"Entrypoint":["/small-ingress"],"User":"65532"}}'
serving=(serving-controller serving-activator serving-autoscaler serving-webhook)
layer serving ko-app "${serving[@]}"
image serving "[\"$images/serving\"]" "$(knative_images "${serving[@]}")"
# A program of its own image: it goes into every function's Pod.
layer queue ko-app serving-queue
image queue "[\"$images/queue\"]" "$(knative_images serving-queue)"
eventing=($(cd "$programs" && ls -d eventing-*))
layer eventing ko-app "${eventing[@]}"
image eventing "[\"$images/eventing\"]" "$(knative_images "${eventing[@]}")"

# The project's image, as its Containerfile makes it.
[ -f "$project/dist/index.cjs" ] || { echo "expected $project/dist: run npm ci && npm run build first" >&2; exit 1; }
rm -rf "$images/app" && mkdir -p "$images/app/app"
cp -r "$project/dist/." "$project/LICENSE" "$images/app/app/"
chmod -R a+rX "$images/app"
image project "[\"$images/base\",\"$images/node\",\"$images/app\"]" '{"dev.local/post-deployment-functions:test":{"Entrypoint":["node","/app/index.cjs"],"User":"1001:0","WorkingDir":"/app","Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","NODE_ENV=production"],"ExposedPorts":{"8080/tcp":{}}}}'
