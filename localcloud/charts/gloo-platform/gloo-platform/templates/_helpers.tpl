{{- define "labels" -}}
app: {{ .name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- end -}}

{{- define "pod" -}}
selector:
  matchLabels:
    app: {{ .name }}
    app.kubernetes.io/instance: {{ .root.Release.Name }}
template:
  metadata:
    labels: {{- include "labels" . | nindent 6 }}
  spec:
    serviceAccountName: {{ .account | default .name }}
    containers:
    {{- range $container, $image := .containers }}
    - name: {{ $container }}
      image: {{ $image }}
      {{- with $.env }}
      env:
      {{- range $key, $value := . }}
      - name: {{ $key }}
        value: {{ $value | quote }}
      {{- end }}
      {{- end }}
      {{- with $.secretEnv }}
      envFrom:
      - secretRef: {name: {{ . }}}
      {{- end }}
    {{- end }}
{{- end -}}

{{- define "workload" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .name }}
  labels: {{- include "labels" . | nindent 4 }}
---
apiVersion: apps/v1
kind: {{ .kind | default "Deployment" }}
metadata:
  name: {{ .name }}
  labels: {{- include "labels" . | nindent 4 }}
spec:
  {{- include "pod" . | nindent 2 }}
{{- end -}}

{{- define "service" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ .name }}
  labels: {{- include "labels" . | nindent 4 }}
spec:
  type: {{ .type | default "ClusterIP" }}
  selector:
    app: {{ .name }}
    app.kubernetes.io/instance: {{ .root.Release.Name }}
  ports:
  {{- range $port, $number := .ports }}
  - {name: {{ $port }}, port: {{ $number }}, protocol: TCP}
  {{- end }}
{{- end -}}
