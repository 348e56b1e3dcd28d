// The Gateway API of Istio 1.26 and 1.27; a go.mod can require one version of a module.
module ambientmesh.dev/tools/crds-gateway-api-1.3

go 1.25.0

require sigs.k8s.io/gateway-api v1.3.0
