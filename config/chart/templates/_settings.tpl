{{/* Settings and files of functions. The names are those of config/settings/settings.ts; a test compares them. */}}

{{/* One setting with a value, unless the value is empty. Takes (list name value). */}}
{{- define "setting" -}}
{{- if index . 1 }}
- name: {{ index . 0 }}
  value: {{ index . 1 | toString | quote }}
{{- end }}
{{- end }}

{{/* Proxies for Git and the registry. */}}
{{- define "proxy-settings" -}}
{{- $proxy := .Values.proxy }}
{{- range $setting, $value := dict "HTTPS_PROXY" $proxy.https "HTTP_PROXY" $proxy.http }}
{{- if $proxy.existingSecret }}
- name: {{ $setting }}
  valueFrom:
    secretKeyRef:
      name: {{ $proxy.existingSecret }}
      key: {{ $setting }}
      optional: true
{{- else }}
{{- include "setting" (list $setting $value) }}
{{- end }}
{{- end }}
{{- include "setting" (list "NO_PROXY" $proxy.noProxy) }}
{{- end }}

{{/* Settings of one function, or of the page (console.yaml). Takes (list $ row), of the contract. */}}
{{- define "settings-of" -}}
{{- $ := index . 0 }}
{{- $row := index . 1 }}
{{- $function := $row.name }}
{{- with $.Values }}
{{- if eq $function "gitea-source" }}
{{- include "setting" (list "GITEA_REPOSITORIES" (include "gitea-repository" $)) }}
{{- include "setting" (list "GITEA_PULL_REQUESTS" .gitea.webhook.pullRequests) }}
{{- end }}
{{- if has "git" $row.needs }}
{{- include "setting" (list "GITEA_URL" (include "gitea-url" $)) }}
{{- include "setting" (list "GITEA_REPOSITORY" (include "gitea-repository" $)) }}
{{- include "setting" (list "GITEA_BRANCH" .gitea.branch) }}
{{- include "setting" (list "ENVIRONMENTS" .promotions.environments) }}
{{- end }}
{{- if $row.callsServers }}
{{- include "proxy-settings" $ }}
{{- end }}
{{- if has $function (list "parse" "console") }}
{{- include "setting" (list "DEPLOYMENT_FILES" .promotions.files) }}
{{- include "setting" (list "ARTIFACT_URI" .promotions.artifactUri) }}
{{- include "setting" (list "ARTIFACT_ENVIRONMENT" .promotions.artifactEnvironment) }}
{{- end }}
{{- if and (eq $function "parse") (not .gitea.existingSecret) }}
- name: GITEA_TOKEN
  valueFrom:
    secretKeyRef:
      name: {{ include "gitea-token-secret" $ }}
      key: token
      optional: true
{{- end }}
{{- $all := include "registries" $ | fromYamlArray }}
{{- if has "registry" $row.needs }}
{{- range $row.registries | default $all }}
{{- include "setting" (list (print "MODEL_REGISTRY" .ending) (.kind | default "kubeflow")) }}
{{- include "setting" (list (print "MODEL_REGISTRY_URL" .ending) .url) }}
{{- include "setting" (list (print "MODEL_REGISTRY_API" .ending) .api) }}
{{- include "setting" (list (print "MODEL_REGISTRY_USER" .ending) .user) }}
{{- include "setting" (list (print "MLFLOW_VERSION_TAG" .ending) .versionTag) }}
{{- include "setting" (list (print "MLFLOW_WORKSPACE" .ending) .workspace) }}
{{- end }}
{{- end }}
{{- $further := list }}
{{- range .furtherRegistries }}{{ $further = append $further .name }}{{ end }}
{{- if and $row.registries (ne $function "console") }}
{{- include "setting" (list "REGISTRY_NAME" (first $row.registries).name) }}
{{- else if has $function (list "registry-writer" "dead-letter" "commit-status" "console") }}
{{- include "setting" (list "FURTHER_REGISTRIES" (join "," $further)) }}
{{- end }}
{{- if has $function (list "registry-writer" "console") }}
{{- include "setting" (list "FLOATING_VERSIONS" .registry.floatingVersions) }}
{{- end }}
{{- if eq $function "registry-writer" }}
{{- include "setting" (list "EVENT_MAX_AGE_MINUTES" .registry.eventMaxAgeMinutes) }}
{{- end }}
{{- if has $function (list "commit-status" "console") }}
{{- range $all }}
{{- include "setting" (list (print "MODEL_REGISTRY_UI_URL" .ending) .uiUrl) }}
{{- end }}
{{- end }}
{{- if eq $function "notify" }}
{{- include "setting" (list "MODEL_REGISTRY_UI_URL" .registry.uiUrl) }}
{{- end }}
{{- if eq $function "rollout-observer" }}
{{- $namespaces := list }}
{{- range $environment, $namespace := include "rollout-namespaces" $ | fromYaml }}
{{- $namespaces = append $namespaces (printf "%s=%s" $environment $namespace) }}
{{- end }}
{{- include "setting" (list "SERVING_NAMESPACES" (join "," $namespaces)) }}
{{- include "setting" (list "SERVING_WORKLOAD" .rollout.workload) }}
{{- include "setting" (list "ARTIFACT_URI" .promotions.artifactUri) }}
{{- include "setting" (list "SERVED_URI" .rollout.servedUri) }}
{{- include "setting" (list "CLUSTER_NAME" .rollout.cluster) }}
{{- include "setting" (list "ARGOCD_NAMESPACE" .rollout.argoCdNamespace) }}
{{- end }}
{{- range include "files-of" (list $ $row) | fromYamlArray }}
{{- include "setting" (list .setting (printf "%s/%s" .folder .file)) }}
{{- end }}
{{- end }}
{{- end }}

{{/* Settings of every process. Takes (list $ grace), seconds from SIGTERM to the end. */}}
{{- define "common-settings" -}}
{{- $ := index . 0 }}
{{- include "setting" (list "TERMINATION_GRACE_PERIOD_SECONDS" (index . 1)) }}
{{- include "setting" (list "LOG_LEVEL" $.Values.logLevel) }}
{{- if $.Values.allowHttp }}
{{- include "setting" (list "ALLOW_HTTP" "true") }}
{{- end }}
{{- end }}

{{/* Files of one function: the setting that names each, its folder and name, and the Secret or ConfigMap from which it is mounted. Takes (list $ row), of the contract. */}}
{{- define "files-of" -}}
{{- $ := index . 0 }}
{{- $row := index . 1 }}
{{- $function := $row.name }}
{{- with $.Values }}
{{- if eq $function "gitea-source" }}
- {setting: GITEA_WEBHOOK_SECRET_FILE, folder: /etc/post-deployment/webhook, file: secret, secret: {{ include "webhook-secret" $ }}}
{{- end }}
{{- if ne $function "console" }}
{{- include "event-key-file" $ }}
{{- end }}
{{- if and (eq $function "parse") .gitea.existingSecret }}
- {setting: GITEA_TOKEN_FILE, folder: /etc/post-deployment/gitea, file: token, secret: {{ .gitea.existingSecret }}}
{{- end }}
{{- if and (has "git" $row.needs) .gitea.caConfigMap }}
- {setting: GITEA_CA_FILE, folder: /etc/post-deployment/gitea-ca, file: ca.crt, configMap: {{ .gitea.caConfigMap }}}
{{- end }}
{{- if has "registry" $row.needs }}
{{- range $row.registries | default (include "registries" $ | fromYamlArray) }}
{{- if .existingSecret }}
- {setting: MODEL_REGISTRY_TOKEN{{ .ending }}_FILE, folder: /etc/post-deployment/{{ .part }}, file: token, secret: {{ .existingSecret }}}
{{- end }}
{{- if .caConfigMap }}
- {setting: MODEL_REGISTRY_CA_FILE{{ .ending }}, folder: /etc/post-deployment/{{ .part }}-ca, file: ca.crt, configMap: {{ .caConfigMap }}}
{{- end }}
{{- end }}
{{- end }}
{{- if eq $function "commit-status" }}
- {setting: GITEA_STATUS_TOKEN_FILE, folder: /etc/post-deployment/status, file: token, secret: {{ .commitStatus.existingSecret }}}
{{- end }}
{{- if eq $function "notify" }}
- {setting: NOTIFY_CHANNELS_FILE, folder: /etc/post-deployment/notify, file: channels.json, secret: {{ .notify.existingSecret }}}
{{- end }}
{{- if and $row.callsServers .trustClusterCa }}
- {setting: NODE_EXTRA_CA_CERTS, folder: /etc/post-deployment/cluster-ca, file: ca.crt, configMap: kube-root-ca.crt}
{{- end }}
{{- end }}
{{- end }}

{{- define "event-key-file" }}
{{- if .Values.eventSigning.enabled }}
- {setting: EVENT_SIGNING_KEY_FILE, folder: /etc/post-deployment/event-key, file: key, secret: {{ include "event-key-secret" . }}}
{{- end }}
{{- end }}

{{/* Mounts and volumes for the files of "files-of". */}}
{{- define "mounts" -}}
{{- with . }}
volumeMounts:
  {{- range . }}
  - name: {{ base .folder }}
    mountPath: {{ .folder }}
    readOnly: true
  {{- end }}
{{- end }}
{{- end }}

{{- define "volumes" -}}
{{- with . }}
volumes:
  {{- range . }}
  - name: {{ base .folder }}
    {{- if .secret }}
    secret:
      secretName: {{ .secret }}
    {{- else }}
    configMap:
      name: {{ .configMap }}
    {{- end }}
  {{- end }}
{{- end }}
{{- end }}

{{/* "true" where one of these functions needs the token of the pod's service account: for the Kubernetes API, or for the registry where no other token is given. Takes (list $ rows), of the contract. */}}
{{- define "needs-pod-token" -}}
{{- $ := index . 0 }}
{{- $needed := false }}
{{- range index . 1 }}
{{- if has "kubernetes" .needs }}{{ $needed = true }}{{ end }}
{{- if has "registry" .needs }}
{{- range .registries | default (include "registries" $ | fromYamlArray) }}{{ if not .existingSecret }}{{ $needed = true }}{{ end }}{{ end }}
{{- end }}
{{- end }}
{{- if $needed }}true{{ end }}
{{- end }}

{{/* Files of all functions in one process, each once. */}}
{{- define "all-files" -}}
{{- $files := list }}
{{- $seen := dict }}
{{- range $row := include "functions" $ | fromYamlArray }}
{{- range include "files-of" (list $ $row) | fromYamlArray }}
{{- if not (hasKey $seen .setting) }}{{ $files = append $files . }}{{ $_ := set $seen .setting true }}{{ end }}
{{- end }}
{{- end }}
{{- toYaml $files }}
{{- end }}

{{/* Settings of all functions in one process, each once. */}}
{{- define "all-settings" -}}
{{- $seen := dict }}
{{- range $row := include "functions" $ | fromYamlArray }}
{{- range include "settings-of" (list $ $row) | fromYamlArray }}
{{- if not (hasKey $seen .name) }}
{{- $_ := set $seen .name true }}
- {{ toYaml . | nindent 2 | trim }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
