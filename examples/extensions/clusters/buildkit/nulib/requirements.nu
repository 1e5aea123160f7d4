# What has to be so before the cluster can be created.

use components.nu *
use operator.nu *

const CONFIG_KEYS = [components extensions wait_timeout]

# Checks everything that creating the cluster depends on, and reports all of it.
# `issues` stand in the way; `warnings` do not.
export def check-cluster-requirements [
    config: record = {} # Cluster configuration
]: nothing -> record<met: bool, issues: list<string>, warnings: list<string>> {
    let names = $COMPONENTS | get name
    let stray = $config | columns | where $it not-in $CONFIG_KEYS
        | each {|key| $"unknown configuration key: ($key) \(known: ($CONFIG_KEYS | str join ', '))" }
    let unknown = [components extensions] | each {|key|
        $config | get --optional $key | default {} | columns | where $it not-in $names
            | each {|name| $"($key): no such component: ($name) \(components: ($names | str join ', '))" }
    } | flatten
    let timeout = $config.wait_timeout? | default 0
    let waiting = if ($timeout | describe) in [int float] { [] } else { ["wait_timeout must be a number of seconds"] }
    let components = effective-components $config
    let order = try { {value: (resolve-component-dependencies $components)} } catch {|e| {failure: $e.msg} }

    let issues = $stray ++ $unknown ++ $waiting ++ (
        if $order.failure? != null { [$order.failure] } else {
            $order.value | par-each --keep-order {|component| component-issues $component $config ($order.value | get name) } | flatten
        }
    )
    {met: ($issues | is-empty) issues: $issues warnings: (resource-warnings)}
}

# Asks a component's extension for its plan, which names what it lacks.
def component-issues [component: record, config: record, provided: list<string>]: nothing -> list<string> {
    if $component.type not-in [taskserv application] {
        return [$"($component.name): Unknown component type: ($component.type)"]
    }
    let extension = find-extension $component.name $config
    if $extension == null {
        return [$"($component.name): extension not registered \(`extension register PATH`)"]
    }
    if not ($extension | path join nulib mod.nu | path exists) {
        return [$"($component.name): no extension in ($extension)"]
    }
    let plan = try { {value: (call-component $component.name $extension plan (install-config $component))} } catch {|e| {failure: $e.msg} }
    if $plan.failure? != null { return [$plan.failure] }
    # what another component brings along will be there by the time it is needed
    let missing = $plan.value.requirements_met.missing | where {|need| ($need | split row ' ' | first) not-in $provided }
    [
        ...($plan.value.errors? | default [] | each {|error| $"($component.name): ($error)" })
        # one that is installed already lacks nothing
        ...(if ($plan.value.would_install? | default true) { $missing } else { [] } | each {|need| $"($component.name): missing ($need)" })
    ]
}

# Returns what a component's `install` is given.
export def install-config [component: record]: nothing -> record {
    $component.config | merge {version: $component.version}
}

# Compares this machine, the only node, with what a node should have.
def resource-warnings []: nothing -> list<string> {
    let cpus = sys cpu | length
    let memory = sys mem | get total
    [
        (if $cpus < ($RESOURCES.cpu_per_node | into int) { $"a node should have ($RESOURCES.cpu_per_node) CPUs, this one has ($cpus)" })
        (if $memory < ($"($RESOURCES.memory_per_node)B" | into filesize) {
            $"a node should have ($RESOURCES.memory_per_node) of memory, this one has ($memory)"
        })
    ] | compact
}
