{{/* The configuration file of the server: what was given, and what the chart decides. */}}
{{- define "flyte-webhook.config" -}}
{{- $decided := include "flyte-webhook.decided" . | fromYaml }}
{{- $_ := set $decided "server" (dict "host" "0.0.0.0" "port" (int .Values.containerPort)) }}
{{- if eq .Values.inbox.store "sqlite" }}
{{- $_ := set $decided "inbox" (dict "path" "/var/lib/flyte-webhook/inbox.db") }}
{{- else if eq .Values.inbox.store "postgresql" }}
{{- $_ := set $decided "inbox" (dict "postgres_url_file" (printf "/etc/flyte-webhook/inbox/%s" .Values.inbox.postgresql.key)) }}
{{- end }}
{{- /* The connector is another pod, and what its section names is in that one's environment. */}}
{{- toYaml (mergeOverwrite (omit (deepCopy .Values.config) "connector") $decided) }}
{{- end }}

{{/* The connector's: it takes no deliveries and has no inbox. */}}
{{- define "flyte-webhook.connectorConfig" -}}
{{- $decided := include "flyte-webhook.decided" . | fromYaml }}
{{- $_ := set $decided "connector" (dict "host" "0.0.0.0" "port" (int .Values.connector.port)) }}
{{- /* It has no volume for a file; what the audit log of its tasks says goes to its output. */}}
{{- if hasPrefix "/" (dig "audit" "file" "" .Values.config) }}
{{- $_ := set $decided "audit" (dict "file" "stdout") }}
{{- end }}
{{- toYaml (mergeOverwrite (omit (deepCopy .Values.config) "hooks") $decided) }}
{{- end }}

{{/* What the chart decides for both. */}}
{{- define "flyte-webhook.decided" -}}
{{- $decided := dict }}
{{- if .Values.admin.enabled }}
{{- $_ := set $decided "admin" (include "flyte-webhook.adminConfig" . | fromYaml) }}
{{- end }}
{{- if and .Values.caBundle.existingConfigMap (not (dig "control_plane" "ca_file" "" .Values.config)) }}
{{- $_ := set $decided "control_plane" (dict "ca_file" (printf "/etc/flyte-webhook/ca/%s" .Values.caBundle.key)) }}
{{- end }}
{{- toYaml $decided }}
{{- end }}

{{- define "flyte-webhook.adminConfig" -}}
{{- $admin := dict "host" "0.0.0.0" "port" (int .Values.admin.port) }}
{{- if .Values.admin.existingSecret }}
{{- $file := printf "/etc/flyte-webhook/admin/%s" .Values.admin.hashKey }}
{{- $own := dict "id" "admin" "hash_file" $file }}
{{- $_ := set $admin "tokens" (append (dig "admin" "tokens" list .Values.config | default list) $own) }}
{{- end }}
{{- toYaml $admin }}
{{- end }}

{{/* http or https; call with (list . section). */}}
{{- define "flyte-webhook.scheme" -}}
{{- ternary "https" "http" (not (empty (dig (index . 1) "tls" "cert_file" "" (index . 0).Values.config))) }}
{{- end }}

{{- define "flyte-webhook.configMap" -}}
{{- default (include "flyte-webhook.fullname" .) .Values.existingConfigMap.name }}
{{- end }}

{{/* Mistakes that the schema of the values cannot see. */}}
{{- define "flyte-webhook.check" -}}
{{- $said := or .Values.existingConfigMap.name .Values.env .Values.envFrom }}
{{- if not $said }}
{{- range list "endpoint" "project" "domain" }}
{{- if not (dig "control_plane" . "" $.Values.config) }}
{{- fail (printf "config.control_plane.%s: say what it is, or the server will not start" .) }}
{{- end }}
{{- end }}
{{- end }}
{{- if eq .Values.service.appProtocol "h2c" }}
{{- if not (or $said (dig "server" "h2c" false .Values.config)) }}
{{- fail "service.appProtocol: the server speaks HTTP/2 with config.server.h2c alone" }}
{{- end }}
{{- if eq (include "flyte-webhook.scheme" (list . "server")) "https" }}
{{- fail "service.appProtocol: h2c is without TLS, and config.server.tls has it; write http" }}
{{- end }}
{{- end }}
{{- if and (eq .Values.workload "KnativeService") (eq (include "flyte-webhook.scheme" (list . "server")) "https") }}
{{- fail "config.server.tls: Knative speaks plain HTTP to the container, and ends TLS itself" }}
{{- end }}
{{- if .Values.admin.existingSecret }}
{{- range dig "admin" "tokens" list .Values.config }}
{{- if eq .id "admin" }}
{{- fail "config.admin.tokens: the token of admin.existingSecret is called admin; choose another id" }}
{{- end }}
{{- end }}
{{- end }}
{{- if and .Values.admin.enabled (eq (int .Values.admin.port) (int .Values.containerPort)) }}
{{- fail "admin.port: containerPort is the same; choose another" }}
{{- end }}
{{- if and .Values.admin.enabled .Values.connector.enabled (eq (int .Values.admin.port) (int .Values.connector.port)) }}
{{- fail "admin.port: connector.port is the same; choose another" }}
{{- end }}
{{- $name := include "flyte-webhook.fullname" . }}
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" $name) }}
{{- fail (printf "fullnameOverride: a service cannot be called %s, since its name has to begin with a letter and have letters, digits and - alone" $name) }}
{{- end }}
{{- end }}
