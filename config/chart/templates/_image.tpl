{{/* The image, and how it runs a bundle. */}}

{{- define "build-url" -}}
{{- .Values.build.gitUrl | default .Values.repo_url | default (printf "%s/%s/post-deployment-functions.git" (include "gitea-url" .) .Values.USER_NAME) -}}
{{- end }}

{{- define "build-ref" -}}
{{- .Values.build.gitRef | default .Values.target_revision -}}
{{- end }}

{{/* The name of a build. A change of any of these makes a new BuildConfig, which builds at once, and a new tag, which the Services use once it exists. */}}
{{- define "build-tag" -}}
{{- $what := list .Chart.AppVersion (include "build-url" .) (include "build-ref" .) (toJson .Values.build) -}}
{{- printf "%s-%s" .Chart.AppVersion (join "\n" $what | sha256sum | trunc 8) -}}
{{- end }}

{{- define "image" -}}
{{- .Values.image.reference | default (printf "image-registry.openshift-image-registry.svc:5000/%s/%s:%s" .Release.Namespace (include "prefix" .) (include "build-tag" .)) -}}
{{- end }}

{{/* The image and the command that runs a bundle. Takes (list $ bundle), and after these the arguments of the bundle. */}}
{{- define "runs" -}}
{{- $ := index . 0 -}}
{{- $given := not (empty $.Values.image.reference) -}}
{{- $folder := $given | ternary $.Values.image.folder "dist" -}}
image: {{ include "image" $ }}
command: {{ $given | ternary $.Values.image.command (list "node") | toJson }}
args: {{ prepend (slice . 2) (printf "%s/%s.cjs" $folder (index . 1)) | toJson }}
{{- end }}
