{{/*
What the standard "restricted" of pod security asks for, but for what a container
has to say itself. Knative takes the latter alone.
*/}}
{{- define "flyte-webhook.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "flyte-webhook.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
capabilities:
  drop: [ALL]
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "flyte-webhook.podAnnotations" -}}
checksum/config: {{ . | sha256sum }}
{{- end }}

{{- define "flyte-webhook.env" -}}
- name: FLYTE_WEBHOOK_CONFIG
  value: /etc/flyte-webhook/config/config.yaml
{{- end }}

{{/*
Where files come from. Any user of the container may read secrets: it has one, and Knative
gives files to no group of it.
*/}}
{{- define "flyte-webhook.sharedVolumes" -}}
{{- with .Values.secretFiles.existingSecret }}
- name: secrets
  secret:
    secretName: {{ . }}
    defaultMode: 0444
{{- end }}
{{- with .Values.caBundle.existingConfigMap }}
- name: ca
  configMap:
    name: {{ . }}
{{- end }}
{{- if and .Values.admin.enabled .Values.admin.existingSecret }}
- name: admin
  secret:
    secretName: {{ .Values.admin.existingSecret }}
    defaultMode: 0444
    items:
      - key: {{ .Values.admin.hashKey }}
        path: {{ .Values.admin.hashKey }}
{{- end }}
{{- end }}

{{/* A directory, not a file: a single mounted file does not follow changes. */}}
{{- define "flyte-webhook.sharedMounts" -}}
- name: config
  mountPath: /etc/flyte-webhook/config
  readOnly: true
{{- if .Values.secretFiles.existingSecret }}
- name: secrets
  mountPath: {{ .Values.secretFiles.mountPath }}
  readOnly: true
{{- end }}
{{- if .Values.caBundle.existingConfigMap }}
- name: ca
  mountPath: /etc/flyte-webhook/ca
  readOnly: true
{{- end }}
{{- if and .Values.admin.enabled .Values.admin.existingSecret }}
- name: admin
  mountPath: /etc/flyte-webhook/admin
  readOnly: true
{{- end }}
{{- end }}

{{- define "flyte-webhook.serverVolumes" -}}
- name: config
  configMap:
    name: {{ include "flyte-webhook.configMap" . }}
    items:
      - key: {{ if .Values.existingConfigMap.name }}{{ .Values.existingConfigMap.key }}{{ else }}config.yaml{{ end }}
        path: config.yaml
{{ include "flyte-webhook.sharedVolumes" . }}
{{- if eq .Values.inbox.store "postgresql" }}
- name: inbox
  secret:
    secretName: {{ .Values.inbox.postgresql.existingSecret }}
    defaultMode: 0444
    items:
      - key: {{ .Values.inbox.postgresql.key }}
        path: {{ .Values.inbox.postgresql.key }}
{{- end }}
{{- end }}

{{- define "flyte-webhook.serverMounts" -}}
{{ include "flyte-webhook.sharedMounts" . }}
{{- if eq .Values.inbox.store "postgresql" }}
- name: inbox
  mountPath: /etc/flyte-webhook/inbox
  readOnly: true
{{- end }}
{{- if eq .Values.inbox.store "sqlite" }}
- name: data
  mountPath: /var/lib/flyte-webhook
{{- end }}
{{- end }}

{{/* Where pods may run and what they are called; call with (list . component config). */}}
{{- define "flyte-webhook.podMetadata" -}}
{{- $root := index . 0 -}}
labels:
  {{- include "flyte-webhook.labels" (list $root (index . 1)) | nindent 2 }}
  {{- with $root.Values.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
annotations:
  {{- include "flyte-webhook.podAnnotations" (index . 2) | nindent 2 }}
  {{- with $root.Values.podAnnotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{/* What Deployment, StatefulSet and connector have alike; call with (list . component). */}}
{{- define "flyte-webhook.podBase" -}}
{{- $root := index . 0 -}}
{{- $component := index . 1 -}}
serviceAccountName: {{ include "flyte-webhook.serviceAccount" $root }}
automountServiceAccountToken: false
# No variable for every service of the namespace.
enableServiceLinks: false
{{- with $root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- include "flyte-webhook.podSecurity" $root | nindent 2 }}
terminationGracePeriodSeconds: {{ $root.Values.terminationGracePeriodSeconds }}
{{- with $root.Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $root.Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $root.Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $root.Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if $root.Values.topologySpread.enabled }}
topologySpreadConstraints:
  - maxSkew: {{ $root.Values.topologySpread.maxSkew }}
    topologyKey: {{ $root.Values.topologySpread.topologyKey }}
    whenUnsatisfiable: {{ $root.Values.topologySpread.whenUnsatisfiable }}
    labelSelector:
      matchLabels:
        {{- include "flyte-webhook.selector" (list $root $component) | nindent 8 }}
{{- end }}
{{- end }}

{{- define "flyte-webhook.server" -}}
name: server
image: {{ include "flyte-webhook.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
args: [serve]
env:
  {{- include "flyte-webhook.env" . | nindent 2 }}
  {{- with .Values.env }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .Values.envFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
resources:
  {{- toYaml .Values.resources | nindent 2 }}
securityContext:
  {{- include "flyte-webhook.containerSecurity" . | nindent 2 }}
volumeMounts:
  {{- include "flyte-webhook.serverMounts" . | nindent 2 }}
{{- end }}

{{/* A probe over HTTP; call with (list . path "http") or (list . path "admin"). */}}
{{- define "flyte-webhook.httpGet" -}}
{{- $port := index . 2 -}}
{{- $section := ternary "server" "admin" (eq $port "http") -}}
httpGet:
  path: {{ index . 1 }}
  port: {{ $port }}
  scheme: {{ include "flyte-webhook.scheme" (list (index . 0) $section) | upper }}
{{- end }}

{{/* Clients can take all connections of the other port, which is no reason to restart it. */}}
{{- define "flyte-webhook.livePort" -}}
{{- ternary "admin" "http" .Values.admin.enabled }}
{{- end }}

{{/*
Without its volume a replica cannot keep what it accepts, and another one can. All have the
same database: without that, none is better than the others, and the API goes on.
*/}}
{{- define "flyte-webhook.readyPath" -}}
{{- ternary "/livez" "/readyz" (eq .Values.inbox.store "postgresql") }}
{{- end }}

{{/* The pod of Deployment and StatefulSet. */}}
{{- define "flyte-webhook.serverPod" -}}
metadata:
  {{- include "flyte-webhook.podMetadata" (list . "server" (include "flyte-webhook.config" .)) | nindent 2 }}
spec:
  {{- include "flyte-webhook.podBase" (list . "server") | nindent 2 }}
  containers:
    - {{- include "flyte-webhook.server" . | nindent 6 }}
      ports:
        - name: http
          containerPort: {{ .Values.containerPort }}
        {{- if .Values.admin.enabled }}
        - name: admin
          containerPort: {{ .Values.admin.port }}
        {{- end }}
      # It answers at once or not at all: nothing is waited for at the start.
      startupProbe:
        {{- include "flyte-webhook.httpGet" (list . "/livez" (include "flyte-webhook.livePort" .)) | nindent 8 }}
        periodSeconds: 1
        failureThreshold: 30
      livenessProbe:
        {{- include "flyte-webhook.httpGet" (list . "/livez" (include "flyte-webhook.livePort" .)) | nindent 8 }}
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      readinessProbe:
        {{- include "flyte-webhook.httpGet" (list . (include "flyte-webhook.readyPath" .) "http") | nindent 8 }}
        periodSeconds: 2
        timeoutSeconds: 2
        failureThreshold: 3
  volumes:
    {{- include "flyte-webhook.serverVolumes" . | nindent 4 }}
{{- end }}

{{/*
How the connector is; call with (list . path). The administration port says it over HTTP; without
it gRPC does, for which Kubernetes has no TLS.
*/}}
{{- define "flyte-webhook.connectorProbe" -}}
{{- $root := index . 0 -}}
{{- if $root.Values.admin.enabled -}}
{{ include "flyte-webhook.httpGet" (list $root (index . 1) "admin") }}
{{- else if eq (include "flyte-webhook.scheme" (list $root "connector")) "https" -}}
tcpSocket:
  port: grpc
{{- else -}}
grpc:
  port: {{ $root.Values.connector.port }}
{{- end }}
{{- end }}
