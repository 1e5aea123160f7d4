    let described = nickel eval $CLUSTER --field cluster
    {
        name: $CLUSTER_NAME
        version: $CLUSTER_VERSION
        type: cluster
        description: $described.description
        components: (list-components)
        required_resources: $described.resources
    }
