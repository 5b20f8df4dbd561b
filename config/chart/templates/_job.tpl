{{/* A Job: runs one bundle until it succeeds. Its image may not be built yet. */}}

{{/* The pod of a Job or CronJob. Takes (list $ job), where job has bundle and settings, and may have files, token, proxied. */}}
{{- define "job-pod" -}}
{{- $ := index . 0 }}
{{- $job := index . 1 }}
{{- $files := $job.files | default list }}
metadata:
  labels:
    {{- include "pod-labels" (list $ $job.bundle) | nindent 4 }}
  {{- with $.Values.podAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  restartPolicy: OnFailure
  serviceAccountName: {{ include "name" (list $ $job.bundle) }}
  automountServiceAccountToken: {{ $job.token | default false }}
  {{- include "placement" $ | nindent 2 }}
  containers:
    - name: {{ $job.bundle }}
      {{- include "runs" (list $ $job.bundle) | nindent 6 }}
      env:
        {{- include "setting" (list "LOG_LEVEL" $.Values.logLevel) | nindent 8 }}
        {{- range $name, $value := $job.settings }}
        {{- include "setting" (list $name $value) | nindent 8 }}
        {{- end }}
        {{- if $job.proxied }}
        {{- include "proxy-settings" $ | nindent 8 }}
        {{- end }}
        {{- range $files }}
        {{- include "setting" (list .setting (printf "%s/%s" .folder .file)) | nindent 8 }}
        {{- end }}
        {{- include "extra-env" $ | nindent 8 }}
      resources:
        requests: { cpu: 50m, memory: 64Mi }
        limits: { memory: 128Mi }
      {{- include "confined" $ | nindent 6 }}
      {{- include "mounts" $files | nindent 6 }}
  {{- include "volumes" $files | nindent 2 }}
{{- end }}

{{/* A Job cannot be changed, so its name holds a hash of what it does: a change makes another Job. Takes (list $ job), where job also has wave. */}}
{{- define "job" -}}
{{- $ := index . 0 }}
{{- $job := index . 1 }}
{{- $pod := include "job-pod" . }}
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ include "name" (list $ (printf "%s-%s" $job.bundle ($pod | sha256sum | trunc 8))) }}
  labels:
    {{- include "labels" $ | nindent 4 }}
    app.kubernetes.io/component: {{ $job.bundle }}
  annotations:
    {{- include "annotations" (list $ $job.wave) | nindent 4 }}
spec:
  # What it needs (network, API server, Gitea) may be unavailable for a while.
  backoffLimit: 10
  template:
    {{- $pod | nindent 4 }}
{{- end }}
