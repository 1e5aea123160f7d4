# The tiers of the stack, and the order that follows from them.

# Each component is a group of servers: how many, and of which plan.
export const COMPONENTS = [
    {name: load-balancer type: infrastructure version: "1.0.0" dependencies: [web-servers] config: {plan: small replicas: 1}}
    {name: web-servers type: infrastructure version: "1.0.0" dependencies: [app-servers] config: {plan: medium replicas: 3}}
    {name: app-servers type: infrastructure version: "1.0.0" dependencies: [database] config: {plan: large replicas: 5}}
    {name: database type: infrastructure version: "1.0.0" dependencies: [] config: {plan: xlarge replicas: 2}}
    {name: monitoring type: infrastructure version: "1.0.0" dependencies: [] config: {plan: small replicas: 1}}
]

# What the stack needs of its provider: servers of its own, of at least this size.
export const RESOURCES = {min_nodes: 12 cpu_per_node: "1" memory_per_node: 2Gi storage_per_node: 20Gi}

# Components whose number of servers can be changed.
export const SCALABLE = [web-servers app-servers]

# Returns the components as a configuration has them: `config.components.<name>` goes over a
# component's own.
export def effective-components [config: record]: nothing -> list<record> {
    let overrides = $config.components? | default {}
    $COMPONENTS | each {|component|
        $component | update config ($component.config | merge ($overrides | get --optional $component.name | default {}))
    }
}

# Orders components for deployment, in waves: each wave holds those whose dependencies were all
# in earlier waves, in the order of their declaration.
@example "a component goes after what it needs" {
    resolve-component-dependencies [{name: app dependencies: [db]} {name: db}] | get name
} --result [db app]
export def resolve-component-dependencies [
    components: list<record> # Records with `name`, and optionally `dependencies`
]: nothing -> list<record> {
    let known = $components | get name
    let span = (metadata $components).span
    let faults = [
        ...($known | uniq --repeated | each {|name| $"Duplicate component: ($name)" })
        ...($components | each {|component|
            dependencies-of $component | where $it not-in $known
            | each {|name| $"Unknown dependency of ($component.name): ($name)" }
        } | flatten)
    ]
    if ($faults | is-not-empty) {
        error make {msg: ($faults | str join "; ") label: {text: "cannot be put in order" span: $span}}
    }

    mut sorted = []
    mut remaining = $components
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
