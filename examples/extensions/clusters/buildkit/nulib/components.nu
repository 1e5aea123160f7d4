# What the cluster consists of, and the order that follows from it.

# The components, with the values of `buildkit_cluster` in schemas/cluster.ncl.
export const COMPONENTS = [
    {
        name: containerd
        type: taskserv
        version: "1.7.0"
        enabled: true
        dependencies: []
        config: {}
    }
    {
        name: buildkit
        type: taskserv
        version: "0.12.0"
        enabled: true
        dependencies: [containerd]
        config: {worker_count: 4 cache_size: 10Gi registry_mirrors: ["registry:5000"]}
    }
    {
        name: registry
        type: application
        version: "2.8.0"
        enabled: true
        dependencies: []
        config: {storage_driver: filesystem storage_path: /var/lib/registry auth_enabled: false}
        resources: {cpu: 500m memory: 1Gi storage: 50Gi replicas: 1}
    }
]

# What each node needs.
export const RESOURCES = {min_nodes: 1 cpu_per_node: "4" memory_per_node: 8Gi storage_per_node: 100Gi}

# Which version of each component makes up a version of the cluster.
export const RELEASES = {
    "1.0.0": {containerd: "1.7.0" buildkit: "0.12.0" registry: "2.8.0"}
}

# Returns the components as a configuration has them: `config.components.<name>` goes over a
# component's own configuration, and may set its `enabled` and `version`.
export def effective-components [config: record]: nothing -> list<record> {
    let overrides = $config.components? | default {}
    $COMPONENTS | each {|component|
        let override = $overrides | get --optional $component.name | default {}
        $component
        | update enabled ($override.enabled? | default $component.enabled)
        | update version ($override.version? | default $component.version)
        | update config ($component.config | merge ($override | reject --optional enabled version))
    }
}

# Orders components for deployment, in waves: each wave holds those whose dependencies were all
# in earlier waves, in the order of their declaration. Disabled components are left out.
@example "a component goes after what it needs" {
    resolve-component-dependencies [{name: app dependencies: [db]} {name: db}] | get name
} --result [db app]
export def resolve-component-dependencies [
    components: list<record> # Records with `name`, and optionally `dependencies` and `enabled`
]: nothing -> list<record> {
    let active = $components | where {|component| $component.enabled? | default true }
    let span = (metadata $components).span
    let errors = component-errors $components $active
    if ($errors | is-not-empty) {
        error make {msg: ($errors | str join "; ") label: {text: "cannot be put in order" span: $span}}
    }

    mut sorted = []
    mut remaining = $active
    while ($remaining | is-not-empty) {
        let done = $sorted | get name
        let ready = $remaining | where {|component| dependencies-of $component | all {|name| $name in $done } }
        if ($ready | is-empty) {
            error make {
                msg: $"Circular dependency detected in cluster components: (find-cycle $remaining | str join ' -> ')"
                label: {text: "cannot be put in order" span: $span}
            }
        }
        let names = $ready | get name
        $sorted = $sorted ++ $ready
        $remaining = $remaining | where {|component| $component.name not-in $names }
    }
    $sorted
}

# Returns what is wrong with the names: used twice, unknown, or of something switched off.
def component-errors [components: list<record>, active: list<record>]: nothing -> list<string> {
    let known = $components | get name
    let on = $active | get name
    [
        ...($known | uniq --repeated | each {|name| $"Duplicate component: ($name)" })
        ...($active | each {|component|
            dependencies-of $component | where $it not-in $on | each {|name|
                if $name in $known {
                    $"($component.name) depends on ($name), which is disabled"
                } else {
                    $"Unknown dependency of ($component.name): ($name) \(components: ($known | str join ', '))"
                }
            }
        } | flatten)
    ]
}

# Follows dependencies among components none of which is ready: this must lead round in a circle.
def find-cycle [stuck: list<record>]: nothing -> list<string> {
    let names = $stuck | get name
    mut path = []
    mut current = $names | first
    while $current not-in $path {
        $path = $path ++ [$current]
        let name = $current
        $current = dependencies-of ($stuck | where name == $name | first) | where $it in $names | first
    }
    let start = $current
    ($path | skip until {|name| $name == $start }) ++ [$start]
}

def dependencies-of [component: record]: nothing -> list<string> { $component.dependencies? | default [] }
