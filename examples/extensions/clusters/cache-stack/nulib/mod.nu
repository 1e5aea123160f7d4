# The cluster `cache-stack`: an image registry behind a web server, with a cache. It is data, and what walks over it.

use provisioning/log.nu
use components.nu *
use operator.nu *

export const CLUSTER_NAME = "cache-stack"
export const CLUSTER_VERSION = "1.0.0"

# Describes the cluster.
export def cluster-info []: nothing -> record {
    let cluster = cluster
    {
        name: $CLUSTER_NAME
        version: $CLUSTER_VERSION
        type: cluster
        category: registry
        description: $cluster.description
        components: (list-components)
        required_resources: $cluster.resources
    }
}

# Creates the cluster: each component when those serve that it depends on. When one fails, what this call has installed is removed
# again. What is so already is left alone.
@example "see what would happen" { create {components: {nginx: {port: 8081}}} --check }
export def create [
    config: record = {} # See ClusterInput in schemas/contracts.ncl
    --check # Return the plan and change nothing
    --wait # Accepted for the interface: components always serve when they are installed
]: nothing -> record {
    let span = (metadata $config).span
    check-names $config $span
    let components = effective-components $config
    let extensions = $components | reduce --fold {} {|component, all| $all | insert $component.name (extension-of $component.name $config) }
    let plans = $components | each {|component| plan-of $component ($extensions | get $component.name) }
    let issues = $plans | get issues | flatten
    if $check {
        return {
            action: create-cluster
            cluster: $CLUSTER_NAME
            check_mode: true
            would_create: ($plans | any {|plan| $plan.pending })
            components: $components
            requirements_check: {met: ($issues | is-empty) issues: $issues}
        }
    }
    if ($issues | is-not-empty) {
        error make {
            msg: $"Cluster requirements not met: ($issues | str join ', ')"
            label: {text: "does not have what the cluster needs" span: $span}
            help: "`create CONFIG --check | get requirements_check.issues` lists them one by one"
        }
    }
    let before = deployment
    remember-deployment {
        cluster: $CLUSTER_NAME version: $CLUSTER_VERSION created_at: ($before.created_at? | default (date now)) extensions: $extensions
    }
    mut done = []
    for component in $components {
        log info $"Deploying component: ($component.name)"
        let extension = $extensions | get $component.name
        let outcome = try { {result: (call-component $component.name $extension install $component.config)} } catch {|e| {failure: $e.msg} }
        if $outcome.failure? != null {
            log error $"Failed to deploy ($component.name)"
            let installed = $plans | where was_installed == false | get name
            take-back ($done | get name | where {|name| $name in $installed }) $extensions
            remember-deployment $before
            error make {
                msg: $"Cluster deployment failed at component: ($component.name)"
                label: {text: "could not be deployed" span: $span}
                help: $outcome.failure
            }
        }
        $done = $done ++ [{name: $component.name version: $outcome.result.version status: $outcome.result.status changed: $outcome.result.changed}]
    }
    {success: true cluster: $CLUSTER_NAME changed: ($done | any {|one| $one.changed }) components: $done endpoints: (endpoints-of $components) status: (status | get status)}
}

# Removes the cluster's components, each before what it depends on.
export def delete [
    config: record = {} # May say where extensions are
    --force # Give components a second to end, and go on when one cannot be removed
    --keep-data # Leave the components' data in place
    --check # Log what would be removed and change nothing
]: nothing -> nothing {
    if (deployment) == null {
        log info $"($CLUSTER_NAME) is not deployed"
        return
    }
    let names = list-components | get name | reverse
    if $check {
        log info $"Would remove: ($names | str join ', ')"
        return
    }
    for name in $names {
        log info $"Removing component: ($name)"
        let failure = try {
            call-component $name (extension-of $name $config) uninstall {force: $force keep_data: $keep_data} | ignore
            null
        } catch {|e| $e.msg }
        if $failure != null {
            log error $"Failed to remove ($name)"
            if not $force {
                error make {
                    msg: $"Component removal failed: ($name)"
                    label: {text: "stopped here" span: (metadata $config).span}
                    help: $"($failure); --force goes on to the next component"
                }
            }
        }
    }
    remember-deployment null
}

# Tells what is so, component by component.
export def status []: nothing -> record {
    let created = deployment
    let components = if $created == null { [] } else { list-components | get name | each {|name| observe $name } }
    let running = $components | where running | length
    {
        cluster: $CLUSTER_NAME
        version: $created.version?
        status: (if $created == null { "absent" } else if $running == ($components | length) { "running" } else if $running == 0 { "stopped" } else { "degraded" })
        healthy: ($created != null and ($components | all {|component| $component.healthy }))
        created_at: $created.created_at?
        components: $components
        last_check: (date now)
    }
}

# Sets how many processes a component has. Only nginx has such a number: its workers.
export def scale [
    replicas: int # How many
    --component: string = "nginx" # Which component
    --check # Return the plan and change nothing
]: nothing -> record {
    assert-known $component (metadata $component).span
    if $component != nginx {
        error make {
            msg: $"Cannot scale ($component): there is one"
            label: {text: "has no replicas" span: (metadata $component).span}
            help: "only nginx can be scaled"
        }
    }
    if $replicas < 1 {
        error make {msg: $"Cannot scale to ($replicas)" label: {text: "must be at least 1" span: (metadata $replicas).span}}
    }
    let report = {action: scale cluster: $CLUSTER_NAME component: $component replicas: $replicas}
    if $check { return ($report | merge {check_mode: true would_scale: true}) }
    call-component $component (extension-of $component) configure {workers: $replicas} | ignore
    $report | insert success true
}

# Has every component go on with the version that the system's packages have now.
export def upgrade [
    version: string # Version of the cluster
    --check # Return the plan and change nothing
]: nothing -> record {
    if $version != $CLUSTER_VERSION {
        error make {
            msg: $"Unknown version of the cluster ($CLUSTER_NAME): ($version)"
            label: {text: "no such release" span: (metadata $version).span}
            help: $"releases: ($CLUSTER_VERSION)"
        }
    }
    let report = {action: upgrade cluster: $CLUSTER_NAME version: $version}
    if $check { return ($report | merge {check_mode: true components: (list-components | get name)}) }
    let steps = list-components | get name | each {|name| call-component $name (extension-of $name) upgrade | select service from to changed }
    $report | merge {success: true components: $steps}
}

# Lists the components in the order in which they are deployed.
export def list-components []: nothing -> list<record> { effective-components {} }

# Describes one component as its extension sees it.
export def component-status [
    name: string # Component
]: nothing -> record {
    assert-known $name (metadata $name).span
    {component: $name} | merge (call-component $name (extension-of $name) status)
}

# Restarts one component.
export def restart-component [
    name: string # Component
]: nothing -> nothing {
    assert-known $name (metadata $name).span
    call-component $name (extension-of $name) restart | ignore
}

# Returns what is in the way of a component, and whether there is anything to do for it.
def plan-of [component: record, extension: string]: nothing -> record {
    let plan = try { call-component $component.name $extension plan $component.config } catch {|e| {failure: $e.msg} }
    {
        name: $component.name
        was_installed: ($plan.installed? | default false)
        pending: ($plan.would_install? | default false)
        issues: (if $plan.failure? != null { [$plan.failure] } else {
            ($plan.errors ++ ($plan.requirements_met.missing | each { $"missing ($in)" })) | each {|issue| $"($component.name): ($issue)" }
        })
    }
}

def take-back [names: list<string>, extensions: record]: nothing -> nothing {
    for name in ($names | reverse) {
        log info $"Rolling back component: ($name)"
        try { call-component $name ($extensions | get $name) uninstall {force: true keep_data: false} | ignore } catch {|e|
            log error $"Failed to roll back ($name): ($e.msg)"
        }
    }
}

def observe [name: string]: nothing -> record {
    let answer = try { {value: (call-component $name (extension-of $name) status)} } catch {|e| {failure: $e.msg} }
    {
        component: $name
        installed: ($answer.value?.installed? | default false)
        version: $answer.value?.version?
        running: ($answer.value?.running? | default false)
        healthy: ($answer.value?.health?.healthy? | default false)
        error: ($answer.failure? | default $answer.value?.health?.error?)
    }
}

def endpoints-of [components: list<any>]: nothing -> record {
    $components | reduce --fold {} {|component, all|
        let scheme = if $component.name == redis { "redis" } else { "http" }
        $all | insert $component.name $"($scheme)://($component.config.host? | default 127.0.0.1):($component.config.port)"
    }
}

def check-names [config: record, span: any]: nothing -> nothing {
    let names = cluster | get components.name
    let unknown = ($config | columns | where $it not-in [components extensions]) ++ (
        [components extensions] | each {|key| $config | get --optional $key | default {} | columns | where $it not-in $names } | flatten
    )
    if ($unknown | is-not-empty) {
        error make {
            msg: $"Unknown in the configuration of ($CLUSTER_NAME): ($unknown | str join ', ')"
            label: {text: "this configuration" span: $span}
            help: $"`components` and `extensions`, by component: ($names | str join ', ')"
        }
    }
}

def assert-known [name: string, span: any]: nothing -> nothing {
    let names = cluster | get components.name
    if $name not-in $names {
        error make {
            msg: $"Unknown component: ($name)"
            label: {text: "not a part of this cluster" span: $span}
            help: $"components: ($names | str join ', ')"
        }
    }
}
