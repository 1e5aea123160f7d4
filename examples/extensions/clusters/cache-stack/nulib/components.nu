# What the cluster consists of, as schemas/cluster.ncl says.

const CLUSTER = path self ../schemas/cluster.ncl

# Returns the cluster: {name, version, components, resources, ...}.
export def cluster []: nothing -> record { nickel eval $CLUSTER --field cache_stack_cluster }

# Returns the components in the order in which they are deployed, with settings of a configuration in the place of their own, and
# each knowing where those before it are.
export def effective-components [
    config: record = {} # See ClusterInput in schemas/contracts.ncl
]: nothing -> list<any> {
    let given = $config.components? | default {}
    let components = cluster | get components | each {|component|
        $component | update config ($component.config | merge ($given | get --optional $component.name | default {}))
    }
    let where_is = {|name|
        let own = $components | where name == $name | get --optional 0.config | default {}
        $"($own.host? | default '127.0.0.1'):($own.port? | default 0)"
    }
    let wires = {
        docker-registry: {redis: (do $where_is redis)}
        nginx: {proxies: [{path: "/v2/" url: $"http://(do $where_is docker-registry)"}]}
    }
    $components
    | each {|component| $component | update config (($wires | get --optional $component.name | default {}) | merge $component.config) }
    | cluster resolve-deps
}
