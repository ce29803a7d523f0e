{{- /* Printed by scripts/generate.ts from scripts/generate/deploy: change the template, then `npm run generate`. */}}
{{- define "tallystick.name" -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{- define "tallystick.labels" -}}
app.kubernetes.io/name: tallystick
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "tallystick.selector" -}}
app.kubernetes.io/name: tallystick
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- /* Where a node is found inside: release, ordinal. */}}
{{- define "tallystick.host" -}}
{{- $name := include "tallystick.name" .root -}}
{{ $name }}-{{ .ordinal }}.{{ $name }}-nodes.{{ .root.Release.Namespace }}.svc
{{- end }}

{{- /* Where clients find the nodes, in their order. */}}
{{- define "tallystick.addresses" -}}
{{- $root := . -}}
{{- $inside := list -}}
{{- range $ordinal := until (int .Values.replicas) -}}
{{- $inside = append $inside (printf "tcps://%s:3000" (include "tallystick.host" (dict "root" $root "ordinal" $ordinal))) -}}
{{- end -}}
{{- $outside := list -}}
{{- range .Values.addresses -}}
{{- $outside = append $outside (printf "tcps://%s" .) -}}
{{- end -}}
{{ join "," ($outside | default $inside) }}
{{- end }}
