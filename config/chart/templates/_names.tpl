{{/* Names of objects, and which functions are installed. */}}

{{/* The beginning of every name. */}}
{{- define "prefix" -}}
{{- .Values.nameOverride | default .Release.Name -}}
{{- end }}

{{/* "prefix-part". Takes (list $ part). */}}
{{- define "name" -}}
{{- printf "%s-%s" (include "prefix" (index . 0)) (index . 1) -}}
{{- end }}

{{/* The Service before a Deployment. It must not have the name of the Knative Service that stands in its place in another mode: Knative makes a Service of that name, which Helm would take over when the mode changes, and which Knative would then remove. Takes the name of the Deployment. */}}
{{- define "deployment-service" -}}
{{- . }}-http
{{- end }}

{{/* To what a ping is sent that is to start a reconcile: the functions themselves, which needs neither the address of the broker nor the right to send to it. */}}
{{- define "ping-address" -}}
{{- $host := include "name" (list . "parse") }}
{{- if eq .Values.mode "knative-one" }}{{ $host = include "prefix" . }}{{ end }}
{{- if eq .Values.mode "deployment" }}{{ $host = include "deployment-service" (include "prefix" .) }}{{ end }}
{{- printf "http://%s.%s.svc.cluster.local%s/" $host .Release.Namespace (eq .Values.mode "deployment" | ternary ":8081" "") }}
{{- end }}

{{/* Labels of every object. What the Jobs create does not have them: Argo CD would take it for its own and prune it. */}}
{{- define "labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: post-deployment
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Annotations of every object. Argo CD applies a wave when all before it are healthy. -2: identities, -1: the build, 0: Secrets and Broker, 1: functions, 2: what calls the functions. Takes (list $ wave). */}}
{{- define "annotations" -}}
argocd.argoproj.io/sync-wave: {{ index . 1 | quote }}
{{- with (index . 0).Values.commonAnnotations }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* What the chart knows about the code, as a mapping. */}}
{{- define "contract" -}}
{{- .Files.Get "files/contract.yaml" -}}
{{- end }}

{{/* The functions that are installed, each its own Knative Service: their rows in the contract. */}}
{{- define "functions" -}}
{{- $installed := list }}
{{- range $row := (include "contract" . | fromYaml).functions }}
{{- $given := $.Values }}
{{- range $key := splitList "." ($row.onlyWith | default "") }}
{{- if $key }}{{ $given = index $given $key }}{{ end }}
{{- end }}
{{- if $given }}{{ $installed = append $installed $row }}{{ end }}
{{- end }}
{{- toYaml $installed }}
{{- end }}

{{/* All registries, the first one with what it has by default. `ending` is that of the settings of a further one, where several are set for one process; `part` tells its files apart. */}}
{{- define "registries" -}}
{{- $first := merge (dict "url" (include "registry-url" .) "name" "" "ending" "" "part" "registry") .Values.registry }}
{{- $all := list $first }}
{{- range .Values.furtherRegistries }}
{{- $all = append $all (merge (dict "ending" (printf "_%s" (.name | upper | replace "-" "_")) "part" (printf "further-%s" .name)) .) }}
{{- end }}
{{- toYaml $all }}
{{- end }}

{{/* What is a Knative Service of its own in mode knative: the functions, and of registry-writer one for each registry. Rows as of "functions", with `service`, its name, and `registries`, those that it calls. */}}
{{- define "services" -}}
{{- $services := list }}
{{- range $row := include "functions" . | fromYamlArray }}
{{- if eq $row.name "registry-writer" }}
{{- range $registry := include "registries" $ | fromYamlArray }}
{{- $name := list $row.name $registry.name | compact | join "-" }}
{{- $_ := set $registry "ending" "" }}
{{- $_ := set $registry "part" "registry" }}
{{- $services = append $services (merge (dict "service" $name "registries" (list $registry)) $row) }}
{{- end }}
{{- else }}
{{- $services = append $services (merge (dict "service" $row.name) $row) }}
{{- end }}
{{- end }}
{{- toYaml $services }}
{{- end }}

{{/* The values of one function. Takes (list $ function). */}}
{{- define "values-of" -}}
{{- index (index . 0).Values (index . 1 | replace "-" " " | title | nospace | untitle) | toYaml -}}
{{- end }}

{{- define "broker" -}}
{{- .Values.broker.name | default (include "prefix" .) -}}
{{- end }}

{{/* The broker's address: as the value says, else that of Knative's own brokers. A SinkBinding corrects what is another. */}}
{{- define "broker-url" -}}
{{- $ingress := eq .Values.broker.class "Kafka" | ternary "kafka-broker-ingress" "broker-ingress" -}}
{{- .Values.broker.url | default (printf "http://%s.knative-eventing.svc.cluster.local/%s/%s" $ingress .Release.Namespace (include "broker" .)) -}}
{{- end }}

{{/* Addresses: as the values say, else those of the workshop. */}}
{{- define "gitea-url" -}}
{{- .Values.gitea.url | default (printf "https://gitea-gitea.%s" .Values.cluster_domain) -}}
{{- end }}

{{- define "gitea-repository" -}}
{{- .Values.gitea.repository | default (printf "%s/mlops-gitops" .Values.USER_NAME) -}}
{{- end }}

{{- define "registry-url" -}}
{{- .Values.registry.url | default (printf "https://%s-prod-registry-rest.%s" .Values.USER_NAME .Values.cluster_domain) -}}
{{- end }}

{{/* Names of Secrets: as the values say, else those that the chart expects or generates. */}}
{{- define "webhook-secret" -}}
{{- .Values.gitea.webhook.existingSecret | default (include "name" (list . "webhook")) -}}
{{- end }}

{{- define "event-key-secret" -}}
{{- .Values.eventSigning.existingSecret | default (include "name" (list . "event-key")) -}}
{{- end }}

{{- define "gitea-token-secret" -}}
{{- .Values.gitea.existingSecret | default (include "name" (list . "gitea")) -}}
{{- end }}

{{- define "gitea-admin-secret" -}}
{{- .Values.gitea.webhook.existingTokenSecret | default (include "name" (list . "gitea-admin")) -}}
{{- end }}

{{/* The Knative Service that Gitea calls. */}}
{{- define "webhook-service" -}}
{{- eq .Values.mode "knative" | ternary (include "name" (list . "gitea-source")) (include "prefix" .) -}}
{{- end }}

{{/* In mode deployment: route, ingress or none. */}}
{{- define "exposed-by" -}}
{{- $auto := .Capabilities.APIVersions.Has "route.openshift.io/v1" | ternary "route" "ingress" -}}
{{- eq .Values.deployment.expose "auto" | ternary $auto .Values.deployment.expose -}}
{{- end }}

{{/* Secrets that a Job generates, as secret/key: all that no value names. */}}
{{- define "generated-secrets" -}}
{{- $secrets := list -}}
{{- if not .Values.gitea.webhook.existingSecret }}{{ $secrets = append $secrets (printf "%s/secret" (include "webhook-secret" .)) }}{{ end -}}
{{- if and .Values.eventSigning.enabled (not .Values.eventSigning.existingSecret) }}{{ $secrets = append $secrets (printf "%s/key" (include "event-key-secret" .)) }}{{ end -}}
{{- join "," $secrets -}}
{{- end }}

{{/* One command that prints the webhook's address and secret. Takes (list $ command). */}}
{{- define "show-webhook" -}}
{{- $ := index . 0 -}}
{{- $knative := ne $.Values.mode "deployment" -}}
{{- $place := $knative | ternary (printf "ksvc/%s" (include "webhook-service" $)) (printf "route/%s" (include "prefix" $)) -}}
{{- $address := $knative | ternary "{{with .status}}{{.url}}{{end}}" "{{with .spec}}https://{{.host}}{{end}}" -}}
{{- printf "%s -n %s get %s secret/%s -o go-template='{{range .items}}%s{{with .data}}{{.secret | base64decode}}{{end}}{{\"\\n\"}}{{end}}'" (index . 1) $.Release.Namespace $place (include "webhook-secret" $) $address -}}
{{- end }}

{{/* Every half hour, at minutes that depend on namespace and release: many installations do not call one Gitea at the same time. */}}
{{- define "schedule" -}}
{{- $minute := mod (atoi (adler32sum (print .Release.Namespace "/" .Release.Name))) 30 -}}
{{- .Values.reconcile.schedule | default (printf "%d,%d * * * *" $minute (add $minute 30)) -}}
{{- end -}}
