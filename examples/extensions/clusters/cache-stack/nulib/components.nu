# What the cluster consists of, as schemas/cluster.ncl says.

const CLUSTER = path self ../schemas/cluster.ncl

# Returns the cluster: {name, version, components, resources, ...}. What components are told of each other follows from their
# settings.
@example "nginx is told where the registry is" { cluster {components: {docker-registry: {port: 5001}}} | get components.2.config.proxies }
export def cluster [
    config: record = {} # See ClusterInput in schemas/contracts.ncl
    --span: any # What to underline; the configuration unless given
]: nothing -> record {
    # An empty record would take the place of what stands there.
    let settings = $config.components? | default {} | transpose name own | where {|one| $one.own | is-not-empty }
    let overrides = $settings | reduce --fold {} {|one, all|
        $all | merge deep {cache_stack_cluster: {settings: ({} | insert $one.name $one.own)}}
    }
    let cluster = nickel eval $CLUSTER --field cache_stack_cluster --override $overrides
    let names = $cluster.components.name
    let unknown = ($config | columns | where $it != components) ++ ($config.components? | default {} | columns | where $it not-in $names)
    if ($unknown | is-not-empty) {
        error make {
            msg: $"Unknown in the configuration of ($cluster.name): ($unknown | str join ', ')"
            label: {text: "this configuration" span: ($span | default (metadata $config).span)}
            help: $"`components`, by component: ($names | str join ', ')"
        }
    }
    $cluster
}
