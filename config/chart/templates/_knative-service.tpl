{{/* A Knative Service. Defaults that Knative would fill in are written out, so that Argo CD sees no difference. Takes (list $ service), where service has name, component, rows (of the contract), bundle, settings, files, seconds (of a request), concurrency and resources, and may have args (of the bundle), sink, minScale, isPublic and isSingle. */}}
{{- define "knative-service" -}}
{{- $ := index . 0 }}
{{- $service := index . 1 -}}
apiVersion: serving.knative.dev/v1
kind: Service
metadata:
  name: {{ $service.name }}
  labels:
    {{- include "labels" $ | nindent 4 }}
    app.kubernetes.io/component: {{ $service.component }}
    {{- if not $service.isPublic }}
    networking.knative.dev/visibility: cluster-local
    {{- end }}
  annotations:
    {{- include "annotations" (list $ 1) | nindent 4 }}
spec:
  template:
    metadata:
      labels:
        {{- include "pod-labels" (list $ $service.component) | nindent 8 }}
      annotations:
        autoscaling.knative.dev/min-scale: {{ $service.minScale | default 0 | toString | quote }}
        {{- if $service.isSingle }}
        # One pod, because locks (for reading a head, writing a model, adding to a commit), the rollouts that are watched, and the pages that are open are held in the process.
        autoscaling.knative.dev/max-scale: "1"
        {{- end }}
        {{- with $.Values.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      serviceAccountName: {{ $service.name }}
      {{- if not (include "needs-pod-token" (list $ $service.rows)) }}
      automountServiceAccountToken: false
      {{- end }}
      {{- include "placement" $ | nindent 6 }}
      enableServiceLinks: false
      timeoutSeconds: {{ $service.seconds }}
      # The answer begins when the work is done; Knative's default would cut it off after 300 s.
      responseStartTimeoutSeconds: {{ $service.seconds }}
      # More requests wait in queue-proxy; it refuses those above ten times as many, to be sent again.
      containerConcurrency: {{ $service.concurrency }}
      containers:
        - name: user-container
          {{- include "runs" (concat (list $ $service.bundle) ($service.args | default list)) | nindent 10 }}
          ports:
            - containerPort: 8080
              protocol: TCP
          env:
            {{- $drain := (include "contract" $ | fromYaml).knativeDrain | int }}
            {{- include "common-settings" (list $ (sub $service.seconds $drain)) | nindent 12 }}
            {{- $service.settings | nindent 12 }}
            {{- include "extra-env" $ | nindent 12 }}
            {{- with $service.sink }}
            {{- . | nindent 12 }}
            {{- end }}
          readinessProbe:
            httpGet:
              path: /health/readiness
              port: 0
            successThreshold: 1
          livenessProbe:
            httpGet:
              path: /health/liveness
              port: 0
          resources:
            {{- toYaml $service.resources | nindent 12 }}
          {{- include "confined" $ | nindent 10 }}
          {{- include "mounts" $service.files | nindent 10 }}
      {{- include "volumes" $service.files | nindent 6 }}
  traffic:
    - latestRevision: true
      percent: 100
{{- end }}

{{/* Where a function sends events to. Takes (list $ row), of the contract. */}}
{{- define "sink-settings" }}
{{- $ := index . 0 }}
{{- if $.Values.broker.url }}
{{- include "setting" (list "K_SINK" $.Values.broker.url) }}
{{- include "setting" (list "K_CA_CERTS" $.Values.broker.caCerts) }}
{{- else if (index . 1).sendsEvents }}
# What the SinkBinding would add, in its order: with the same values there is no second revision after the installation.
{{- include "setting" (list "K_SINK" (include "broker-url" $)) }}
- name: K_CE_OVERRIDES
{{- end }}
{{- end }}
