# The operations on the stack. Its servers are found by their tags: nothing is kept elsewhere.

use std/log
use ../providers/api.nu [connection]
use ../providers/custom_cloud.nu *
use ../providers/catalog.nu [calculate-server-cost]
use components.nu *

const STACK = "custom-stack"
const VERSION = "1.0.0"
const CONFIG_KEYS = [app_name zone components]
const DEFAULTS = {app_name: custom-stack zone: us-west-1a}

# Creates the stack: its servers, tier by tier. When one fails, all that were created are deleted.
@example "see what would happen" { create {app_name: shop} --check }
export def create [
    config: record = {} # See StackInput in schemas/cluster.ncl
    --check # Return the plan and change nothing
    --wait # Return only when every server runs
]: nothing -> record {
    let requirements = check-cluster-requirements $config
    let span = (metadata $config).span
    let settings = $DEFAULTS | merge $config
    let components = resolve-component-dependencies (effective-components $config)
    if $check {
        return {
            action: create-cluster
            cluster: $STACK
            app_name: $settings.app_name
            check_mode: true
            would_create: true
            components: $components
            requirements_check: $requirements
            estimated_cost: (try { calculate-cluster-cost $config } catch { null })
        }
    }
    if not $requirements.met {
        error make {
            msg: $"Cluster requirements not met: ($requirements.issues | str join ', ')"
            label: {text: "does not have what the cluster needs" span: $span}
            help: "`create CONFIG --check | get requirements_check.issues` lists them one by one"
        }
    }
    let existing = stack-servers
    if ($existing | is-not-empty) {
        error make {
            msg: $"Cluster already exists: ($existing | length) servers are tagged ($STACK)"
            label: {text: "would be a second one" span: $span}
            help: "`delete` it first, or change it with `scale` and `upgrade`"
        }
    }

    log info $"Creating cluster: ($STACK)"
    mut deployed = []
    for component in $components {
        log info $"Deploying component: ($component.name)"
        for index in 1..($component.config.replicas) {
            let server = server-of $component $index $settings $VERSION
            let outcome = try { {id: (create-server $server --wait=$wait | get server_id)} } catch {|e| {failure: $e.msg} }
            if $outcome.failure? != null {
                log error $"Failed to deploy ($server.hostname): ($outcome.failure)"
                for id in ($deployed | get server_id | reverse) {
                    try { delete-server $id } catch {|e| log error $"Failed to roll back ($id): ($e.msg)" }
                }
                error make {
                    msg: $"Cluster deployment failed at component: ($component.name)"
                    label: {text: "could not be deployed" span: $span}
                    help: $outcome.failure
                }
            }
            $deployed = $deployed ++ [{component: $component.name hostname: $server.hostname server_id: $outcome.id status: deployed}]
        }
    }
    let now = status
    {
        success: true
        cluster: $STACK
        app_name: $settings.app_name
        components: $deployed
        endpoints: (stack-servers | where component == load-balancer | each {|server| $server.ip_addresses } | flatten)
        status: $now.status
    }
}

# Deletes the stack's servers, each tier before what it depends on.
export def delete [
    config: record = {} # Not used: the stack is found by its tags
    --force # Go on when a server cannot be deleted
    --keep-data # Leave the servers of the database
    --check # Log what would be deleted and change nothing
]: nothing -> nothing {
    let servers = stack-servers
    let order = resolve-component-dependencies $COMPONENTS | get name | reverse
        | where {|name| not ($keep_data and $name == database) }
    let doomed = $order | each {|name| $servers | where component == $name } | flatten
    if $check {
        log info $"Would delete: ($doomed | get hostname | str join ', ')"
        return
    }
    log info $"Deleting cluster: ($STACK)"
    for server in $doomed {
        let failure = try { delete-server $server.id; null } catch {|e| $e.msg }
        if $failure != null {
            log error $"Failed to delete ($server.hostname): ($failure)"
            if not $force {
                error make {
                    msg: $"Component removal failed: ($server.component)"
                    label: {text: "stopped here" span: (metadata $config).span}
                    help: $"($failure); --force goes on to the next server"
                }
            }
        }
    }
}

# Tells what is really so, as the provider sees it.
export def status []: nothing -> record {
    let servers = stack-servers
    let components = $COMPONENTS | get name | each {|name| summary $name $servers }
    let wanted = $servers | is-not-empty
    let state = if not $wanted { "absent" } else if ($components | all {|it| $it.status == running }) { "running" } else { "degraded" }
    {cluster: $STACK status: $state healthy: ($state == running) components: $components last_check: (date now)}
}

# Changes how many servers a component has.
export def scale [
    replicas: int # How many servers
    --component: string = "web-servers" # Which component
    --check # Return the plan and change nothing
]: nothing -> record {
    assert-known $component (metadata $component).span
    if $component not-in $SCALABLE {
        error make {
            msg: $"Cannot scale ($component)"
            label: {text: "has a fixed number of servers" span: (metadata $component).span}
            help: $"can be scaled: ($SCALABLE | str join ', ')"
        }
    }
    if $replicas < 1 {
        error make {msg: $"Cannot scale to ($replicas)" label: {text: "must be at least 1" span: (metadata $replicas).span}}
    }
    let servers = stack-servers | where component == $component | sort-by hostname
    if ($servers | is-empty) { error make {msg: $"Cannot scale ($component): it is not deployed" help: "`create` the cluster first"} }
    let change = $replicas - ($servers | length)
    let report = {action: scale cluster: $STACK component: $component from: ($servers | length) to: $replicas}
    if $check { return ($report | merge {check_mode: true would_scale: ($change != 0)}) }

    if $change < 0 {
        for server in ($servers | last ($change | math abs) | reverse) { delete-server $server.id }
    } else if $change > 0 {
        let model = $servers | first
        let description = $COMPONENTS | where name == $component | first | update config.plan $model.plan
        # the names go on from the highest number, which need not be how many there are
        let last = $servers | last | get hostname | parse --regex '-(?<n>\d+)$' | get --optional 0.n | default 0 | into int
        for index in 1..$change {
            create-server (server-of $description ($last + $index) {app_name: $model.tags.app zone: $model.zone} $model.tags.version)
        }
    }
    $report | insert success true
}

# Rolls a version out: marks and reboots the application's servers one by one, then the web's.
# A server installs the version in its tag when it boots.
export def upgrade [
    version: string # Version of the application
    --check # Return the plan and change nothing
]: nothing -> record {
    let order = resolve-component-dependencies $COMPONENTS | get name | where $it in $SCALABLE
    let servers = stack-servers
    let steps = $order | each {|name| $servers | where component == $name | sort-by hostname } | flatten
        | where {|server| $server.tags.version? != $version }
    let report = {action: upgrade cluster: $STACK version: $version servers: ($steps | get hostname)}
    if $check { return ($report | merge {check_mode: true would_upgrade: ($steps | is-not-empty)}) }
    if ($servers | is-empty) { error make {msg: "Cannot upgrade: the cluster is not deployed" help: "`create` it first"} }
    for server in $steps {
        log info $"Upgrading ($server.hostname)"
        set-server-tags $server.id ($server.tags | upsert version $version)
        reboot-server $server.id
    }
    $report | insert success true
}

# Lists the components in the order in which they are deployed.
export def list-components []: nothing -> list<record> { resolve-component-dependencies $COMPONENTS }

# Describes one component and its servers.
export def component-status [
    name: string # Component
]: nothing -> record {
    assert-known $name (metadata $name).span
    let servers = stack-servers
    summary $name $servers | insert members ($servers | where component == $name | select id hostname status ip_addresses)
}

# Reboots the servers of one component, one after the other.
export def restart-component [
    name: string # Component
]: nothing -> nothing {
    assert-known $name (metadata $name).span
    let servers = stack-servers | where component == $name
    if ($servers | is-empty) {
        error make {
            msg: $"Cannot restart ($name): it is not deployed"
            label: {text: "has no servers" span: (metadata $name).span}
            help: "`create` the cluster first"
        }
    }
    for server in $servers { reboot-server $server.id }
}

# Checks what creating the stack depends on, without going to the network.
export def check-cluster-requirements [
    config: record = {} # Cluster configuration
]: nothing -> record<met: bool, issues: list<string>> {
    let settings = $DEFAULTS | merge $config
    let names = $COMPONENTS | get name
    let account = try { connection | ignore; [] } catch {|e| [$e.msg] }
    let issues = $account ++ (
        $config | columns | where $it not-in $CONFIG_KEYS
        | each {|key| $"unknown configuration key: ($key) \(known: ($CONFIG_KEYS | str join ', '))" }
    ) ++ (
        $config.components? | default {} | columns | where $it not-in $names
        | each {|name| $"no such component: ($name)" }
    ) ++ (
        effective-components $config | each {|component|
            let faults = (validate-server-config (server-of $component 1 $settings $VERSION)).errors
            let replicas = $component.config.replicas
            let count = if ($replicas | describe) == int and $replicas >= 1 { [] } else { ["replicas must be at least 1"] }
            $faults ++ $count | each {|fault| $"($component.name): ($fault)" }
        } | flatten
    )
    {met: ($issues | is-empty) issues: $issues}
}

# Returns what an hour of the stack costs, in USD.
export def calculate-cluster-cost [
    config: record = {} # Cluster configuration
]: nothing -> float {
    effective-components $config | each {|component| (calculate-server-cost $component.config) * $component.config.replicas } | math sum
}

# Describes the server number `index` of a component.
def server-of [component: record, index: int, settings: record, version: string]: nothing -> record {
    let number = $index | fill --alignment right --width 2 --character '0'
    {
        hostname: $"($settings.app_name)-($component.name)-($number)"
        plan: $component.config.plan
        zone: $settings.zone
        tags: {cluster: $STACK app: $settings.app_name component: $component.name version: $version}
    }
}

# Returns the stack's servers, each with its component.
def stack-servers []: nothing -> list<record> {
    list-servers | where {|server| $server.tags.cluster? == $STACK }
    | each {|server| $server | insert component $server.tags.component? }
}

def summary [name: string, servers: list<record>]: nothing -> record {
    let own = $servers | where component == $name
    let running = $own | where status == running
    {
        component: $name
        servers: ($own | length)
        running: ($running | length)
        status: (if ($own | is-empty) { "absent" } else if ($running | length) == ($own | length) { "running" } else { "degraded" })
    }
}

def assert-known [name: string, span: any]: nothing -> nothing {
    let names = $COMPONENTS | get name
    if $name not-in $names {
        error make {
            msg: $"Unknown component: ($name)"
            label: {text: "not part of this cluster" span: $span}
            help: $"components: ($names | str join ', ')"
        }
    }
}
