# The cluster `custom-stack`.

use components.nu [COMPONENTS RESOURCES]

export use components.nu [resolve-component-dependencies]
export use custom_stack.nu *

export const CLUSTER_NAME = "custom-stack"
export const CLUSTER_VERSION = "1.0.0"

# Describes the cluster.
export def cluster-info []: nothing -> record {
    {
        name: $CLUSTER_NAME
        version: $CLUSTER_VERSION
        type: cluster
        category: web
        description: "Web application in tiers, on servers of Custom Cloud"
        components: $COMPONENTS
        required_resources: $RESOURCES
    }
}
