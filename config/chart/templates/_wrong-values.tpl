{{/* Values that cannot be right, a sentence each. What the functions would refuse at their start is refused here already. */}}

{{/* How each text must look. Texts that may be secrets are not repeated. */}}
{{- define "wrong-values" -}}
{{- range (include "contract" . | fromYaml).forms }}
{{- $form := . }}
{{- if .of }}
{{- range $i, $entry := index $.Values .of }}
{{- include "wrong-text" (list $entry (printf "%s[%d]." $form.of $i) $form) }}
{{- end }}
{{- else }}
{{- include "wrong-text" (list $.Values "" .) }}
{{- end }}
{{- end }}
{{- include "wrong-servers" . }}
{{- include "wrong-registries" . }}
{{- include "wrong-promotions" . }}
{{- include "wrong-broker-and-proxy" . }}
{{- include "wrong-extras" . }}
{{- end }}

{{/* One text. Takes (list values above form), where `above` is what stands before its path. */}}
{{- define "wrong-text" }}
{{- $form := index . 2 }}
{{- $value := index . 0 }}
{{- range splitList "." $form.path }}{{ $value = get ($value | default dict) . }}{{ end }}
{{- $isToken := and $form.hidden (regexMatch "^[0-9a-f]{40}$" $value) }}
{{- if and $value (or $isToken (not (regexMatch $form.pattern $value))) }}
{{- $came := or $form.hidden (regexMatch "[@?]|PRIVATE KEY" $value) | ternary (printf "a text of %d characters, which is not shown because it may be a secret" (len $value)) (printf "%q" $value) }}
{{ index . 1 }}{{ $form.path }}: expected {{ $form.expected }}; came {{ $came }}.
{{- end }}
{{- end }}

{{- define "wrong-servers" }}
{{- with .Values }}
{{- $page := "\\.git|/api/v1|/(settings|pulls|issues|explore)(/.*)?|/src/(branch|commit|tag)/.*|/user/login" }}
{{- $repository := printf "/%s(/.*)?" (include "gitea-repository" $ | replace "." "\\.") }}
{{- if regexMatch (printf "(?i)(%s|%s)/*$" $page $repository) .gitea.url }}
gitea.url: expected the address of the server, as https://gitea.example.com, and not of a repository, a page or the API; came {{ .gitea.url | quote }}. The repository is gitea.repository.
{{- end }}
{{- if regexMatch "(?i)(\\.git|/\\.{1,2}|^\\.{1,2}/.*)$" .gitea.repository }}
gitea.repository: expected owner/name as Gitea shows it, without .git; came {{ .gitea.repository | quote }}.
{{- end }}
{{- if regexMatch "(^refs/|\\.\\.|//|@\\{|\\.lock$|[/.]$)" .gitea.branch }}
gitea.branch: expected the short name of a branch, as main; came {{ .gitea.branch | quote }}.
{{- end }}
{{- if not .allowHttp }}
{{- $token := or .gitea.existingSecret .gitea.webhook.create .commitStatus.existingSecret .console.enabled }}
{{- if and $token (include "is-in-clear" .gitea.url) }}
gitea.url: expected https://, because a token goes there; came {{ .gitea.url | quote }}. If that network is trusted, set allowHttp: true.
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "wrong-registries" }}
{{- $contract := include "contract" . | fromYaml }}
{{- $names := list }}
{{- range $i, $registry := prepend .Values.furtherRegistries .Values.registry }}
{{- $above := eq $i 0 | ternary "registry" (printf "furtherRegistries[%d]" (sub $i 1)) }}
{{- $url := .url | default "" }}
{{- $kind := .kind | default "kubeflow" }}
{{- $ends := list "/modelRegistry(/.*)?" }}
{{- range $contract.registryKinds }}
{{- $ends = append $ends (trimSuffix "$" .end) }}
{{- if and (ne .kind $kind) (regexMatch .end ($registry.api | default "")) }}
{{ $above }}.api: expected the path of the API of {{ $kind }}; came {{ $registry.api | quote }}, that of {{ .kind }}.
{{- end }}
{{- end }}
{{- if regexMatch (printf "(?i)(%s)/*$" (join "|" $ends)) $url }}
{{ $above }}.url: expected the address of the REST API's server, to which {{ $above }}.api is added (the page for people is {{ $above }}.uiUrl); came {{ $url | quote }}.
{{- end }}
{{- if and (or .existingSecret $.Values.console.enabled) (not $.Values.allowHttp) (include "is-in-clear" $url) }}
{{ $above }}.url: expected https://, because a token goes there; came {{ $url | quote }}. If that network is trusted, set allowHttp: true.
{{- end }}
{{- if and .user (not .existingSecret) }}
{{ $above }}.existingSecret: expected the Secret whose key `token` is the password of {{ $above }}.user; it is empty.
{{- end }}
{{- if ne $kind "mlflow" }}
{{- range $key := list "versionTag" "workspace" }}
{{- if index $registry $key }}
{{ $above }}.{{ $key }}: expected {{ $above }}.kind: mlflow beside it; came {{ $kind }}.
{{- end }}
{{- end }}
{{- end }}
{{- if gt $i 0 }}
{{- if regexMatch $contract.reservedRegistries .name }}
{{ $above }}.name: expected a name with which no other setting or object ends (url, api, user, token, file, wake); came {{ .name | quote }}.
{{- end }}
{{- if has .name $names }}
{{ $above }}.name: expected names that differ; {{ .name | quote }} came twice.
{{- end }}
{{- if gt (add (len (include "prefix" $)) (len .name)) 41 }}
{{ $above }}.name: expected at most {{ sub 41 (len (include "prefix" $)) }} characters, because it follows {{ include "prefix" $ | quote }} in the names of objects; came {{ .name | quote }}. nameOverride can make these shorter.
{{- end }}
{{- $names = append $names .name }}
{{- end }}
{{- end }}
{{- end }}

{{/* "true" for plain HTTP to another machine: neither this one's loopback nor a Service of the cluster. Takes an address. */}}
{{- define "is-in-clear" -}}
{{- $private := "^http://(localhost|[^/:]+\\.localhost|127(\\.[0-9]+){3}|\\[::1\\]|[^./:][^/:]*\\.svc(\\.cluster\\.local)?)\\.?(:[0-9]+)?(/|$)" -}}
{{- if and (hasPrefix "http://" .) (not (regexMatch $private .)) }}true{{ end -}}
{{- end }}

{{- define "wrong-promotions" }}
{{- with .Values.promotions }}
{{- range $path := splitList "," .files | compact }}
{{- range list "{environment}" "{application}" }}
{{- if ne (len (splitList . $path)) 2 }}
promotions.files: expected {{ . }} exactly once in every path; came {{ $path | trim | quote }}.
{{- end }}
{{- end }}
{{- end }}
{{- $environments := list }}
{{- range splitList "," (.environments | default "prod") }}{{ $environments = append $environments (trim .) }}{{ end }}
{{- range $environments }}
{{- if has . (include "contract" $ | fromYaml).reservedEnvironments }}
promotions.environments: expected names that are no field of the registry; came {{ . | quote }}.
{{- end }}
{{- end }}
{{- if and .artifactEnvironment (not (has "*" $environments)) (not (has .artifactEnvironment $environments)) }}
promotions.artifactEnvironment: expected one of promotions.environments ({{ join ", " $environments }}); came {{ .artifactEnvironment | quote }}.
{{- end }}
{{- end }}
{{- end }}

{{- define "wrong-broker-and-proxy" }}
{{- with .Values.broker }}
{{- range $class := list "Kafka" "KafkaNamespaced" "MTChannelBasedBroker" "RabbitMQBroker" }}
{{- if and (eq (lower $class) (lower $.Values.broker.class)) (ne $class $.Values.broker.class) }}
broker.class: expected {{ $class }}, spelled so; came {{ $.Values.broker.class | quote }}. A Broker of an unknown class never becomes ready.
{{- end }}
{{- end }}
{{- if and .caCerts (not (hasPrefix "https://" .url)) }}
broker.caCerts: expected broker.url with https:// beside it; came {{ .url | quote }}. SinkBindings bring certificates by themselves.
{{- end }}
{{- end }}
{{- with .Values.proxy }}
{{- if and .existingSecret (or .https .http) }}
proxy.existingSecret: expected it, or proxy.https and proxy.http; came both.
{{- end }}
{{- end }}
{{- end }}

{{- define "wrong-extras" }}
{{- $settings := (include "contract" . | fromYaml).settings }}
{{- range .Values.extraEnv }}
{{- if or (has .name $settings) (hasPrefix "K_" .name) (and (eq .name "NODE_EXTRA_CA_CERTS") $.Values.trustClusterCa) }}
extraEnv: expected variables that the chart does not set; came {{ .name }}. Look for its value in the table of config/chart/README.md.
{{- end }}
{{- end }}
{{- $own := "^(app\\.kubernetes\\.io/(name|instance|version|component|part-of|managed-by)|networking\\.knative\\.dev/visibility|argocd\\.argoproj\\.io/sync-wave|autoscaling\\.knative\\.dev/(min|max)-scale|.*/(async-handler|broker\\.class|delivery\\.order))$" }}
{{- range $value := list "commonLabels" "commonAnnotations" "podLabels" "podAnnotations" }}
{{- range $key, $_ := index $.Values $value }}
{{- if regexMatch $own $key }}
{{ $value }}: expected keys that the chart does not set; came {{ $key }}.
{{- end }}
{{- end }}
{{- end }}
{{- end }}
