module ambientmesh.dev/tools/crds

go 1.25.0
