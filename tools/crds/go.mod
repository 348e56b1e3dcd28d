// Files that are read at run time (localcloud/crds.py): nothing here is compiled.
module ambientmesh.dev/tools/crds

go 1.25.0

require (
	istio.io/api v1.31.4
	sigs.k8s.io/gateway-api v1.4.1
)
