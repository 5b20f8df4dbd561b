{{/* What every Pod has, whatever it runs. */}}

{{/* Labels of Pods. Those of a selector are never among what a value adds. Takes (list $ component). */}}
{{- define "pod-labels" -}}
{{- $ := index . 0 -}}
app.kubernetes.io/instance: {{ $.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- with merge (deepCopy $.Values.podLabels) $.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Access to the image, and where Pods may run. */}}
{{- define "placement" -}}
{{- with .Values.image.pullSecret }}
imagePullSecrets:
  - name: {{ . }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- range $field := list "nodeSelector" "tolerations" "affinity" }}
{{- with index $.Values $field }}
{{ $field }}:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}

{{- define "extra-env" -}}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The restricted Pod Security Standard, any UID, a read-only file system. On the container, because Knative accepts it only there. */}}
{{- define "confined" -}}
securityContext:
  allowPrivilegeEscalation: false
  capabilities:
    drop: [ALL]
  readOnlyRootFilesystem: true
  runAsNonRoot: true
  seccompProfile:
    type: RuntimeDefault
{{- end }}
