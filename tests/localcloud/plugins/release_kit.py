"""A chart small enough to read, with a Pod that never gets ready on request."""

from pathlib import Path

import yaml

CONFIG_MAP = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: "{{ .Release.Name }}-words"}
data:
  greeting: {{ .Values.greeting | quote }}
  license: {{ .Values.license | default "none" | quote }}
"""
NEVER_READY = """\
{{- if .Values.slow }}
apiVersion: v1
kind: Pod
metadata: {name: "{{ .Release.Name }}-slow"}
spec:
  nodeSelector: {nowhere: "true"}
  containers: [{name: main, image: nothing}]
{{- end }}
"""


def write_chart(folder: Path, version: str = "1.2.3") -> Path:
    templates = folder / "templates"
    templates.mkdir(parents=True, exist_ok=True)
    metadata = {"apiVersion": "v2", "name": "demo", "version": version, "appVersion": "9"}
    (folder / "Chart.yaml").write_text(yaml.safe_dump(metadata))
    (folder / "values.yaml").write_text("greeting: hello\nslow: false\n")
    (templates / "words.yaml").write_text(CONFIG_MAP)
    (templates / "slow.yaml").write_text(NEVER_READY)
    return folder
