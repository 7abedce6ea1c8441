{{/* The configuration file: what was given, and what the chart decides. */}}
{{- define "flyte-webhook.config" -}}
{{- $decided := dict "server" (dict "host" "0.0.0.0" "port" (int .Values.containerPort)) }}
{{- if .Values.admin.enabled }}
{{- $_ := set $decided "admin" (include "flyte-webhook.adminConfig" . | fromYaml) }}
{{- end }}
{{- if eq .Values.inbox.store "sqlite" }}
{{- $_ := set $decided "inbox" (dict "path" "/var/lib/flyte-webhook/inbox.db") }}
{{- else if eq .Values.inbox.store "postgresql" }}
{{- $_ := set $decided "inbox" (dict "postgres_url_file" (printf "/etc/flyte-webhook/inbox/%s" .Values.inbox.postgresql.key)) }}
{{- end }}
{{- toYaml (mergeOverwrite (deepCopy .Values.config) $decided) }}
{{- end }}

{{/* Section admin, of the server and of the connector. */}}
{{- define "flyte-webhook.adminConfig" -}}
{{- $admin := dict "host" "0.0.0.0" "port" (int .Values.admin.port) }}
{{- if .Values.admin.existingSecret }}
{{- $file := printf "/etc/flyte-webhook/admin/%s" .Values.admin.hashKey }}
{{- $_ := set $admin "tokens" (list (dict "id" "admin" "hash_file" $file)) }}
{{- end }}
{{- toYaml $admin }}
{{- end }}

{{/* Without hooks: the connector takes no deliveries and has no inbox. */}}
{{- define "flyte-webhook.connectorConfig" -}}
{{- $decided := dict "connector" (dict "host" "0.0.0.0" "port" (int .Values.connector.port)) }}
{{- if .Values.admin.enabled }}
{{- $_ := set $decided "admin" (include "flyte-webhook.adminConfig" . | fromYaml) }}
{{- end }}
{{- toYaml (mergeOverwrite (omit (deepCopy .Values.config) "hooks") $decided) }}
{{- end }}

{{- define "flyte-webhook.configMap" -}}
{{- default (include "flyte-webhook.fullname" .) .Values.existingConfigMap.name }}
{{- end }}

{{/* Mistakes that the schema of the values cannot see. */}}
{{- define "flyte-webhook.check" -}}
{{- $endpoint := dig "control_plane" "endpoint" "" .Values.config }}
{{- if not (or $endpoint .Values.existingConfigMap.name .Values.env .Values.envFrom) }}
{{- fail "config.control_plane.endpoint: say where the control plane is, or the server will not start" }}
{{- end }}
{{- end }}
