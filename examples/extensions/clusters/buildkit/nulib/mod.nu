# The cluster `buildkit`: builds container images, and keeps them in a registry of its own.

use std/log
use components.nu *
use memory.nu *
use operator.nu *
use requirements.nu *
use rollout.nu *

export use components.nu [resolve-component-dependencies]
export use requirements.nu [check-cluster-requirements]

export const CLUSTER_NAME = "buildkit"
export const CLUSTER_VERSION = "1.0.0"

# Seconds that `create --wait` waits unless told otherwise.
const WAIT_TIMEOUT = 60

# Describes the cluster.
export def cluster-info []: nothing -> record {
    {
        name: $CLUSTER_NAME
        version: $CLUSTER_VERSION
        type: cluster
        category: build
        description: "Container build cluster with BuildKit and registry"
        components: (list-components)
        required_resources: $RESOURCES
    }
}

# Creates the cluster: installs its components in the order of their dependencies. When one
# fails, those installed before it are removed again.
@example "see what would happen" { create {components: {containerd: {archive: ./containerd.tar.gz}}} --check }
export def create [
    config: record = {} # See ClusterInput in schemas/contracts.ncl
    --check # Return the plan and change nothing
    --wait # Return only when every component runs
]: nothing -> record {
    let requirements = check-cluster-requirements $config
    let span = (metadata $config).span
    let components = effective-components $config
    if $check {
        return {
            action: create-cluster
            cluster: $CLUSTER_NAME
            check_mode: true
            would_create: true
            # an order that cannot be found is among the issues
            components: (try { resolve-component-dependencies $components } catch { $components })
            requirements_check: ($requirements | select met issues)
            warnings: $requirements.warnings
        }
    }
    if not $requirements.met {
        error make {
            msg: $"Cluster requirements not met: ($requirements.issues | str join ', ')"
            label: {text: "does not have what the cluster needs" span: $span}
            help: "`create CONFIG --check | get requirements_check.issues` lists them one by one"
        }
    }
    for warning in $requirements.warnings { log warning $warning }
    log info $"Creating cluster: ($CLUSTER_NAME)"

    let plan = resolve-component-dependencies $components
        | each {|component| $component | insert extension (extension-of $component.name $config) }
    let deployed = deploy $plan $span
    remember-deployment {
        cluster: $CLUSTER_NAME
        version: $CLUSTER_VERSION
        created_at: (date now)
        components: ($plan | select name version extension)
    }
    if $wait { wait-until-running ($plan | get name) ($config.wait_timeout? | default $WAIT_TIMEOUT | into duration --unit sec) }
    {
        success: true
        cluster: $CLUSTER_NAME
        components: $deployed
        endpoints: (endpoints-of $plan)
        status: (if $wait { "running" } else { $deployed | each {|entry| $entry.result.status? == running } | state-of })
    }
}

# Removes the cluster's components, each before what it depends on.
export def delete [
    config: record = {} # May say where extensions are, see ClusterInput in schemas/contracts.ncl
    --force # Stop what runs, and go on when a component cannot be removed
    --keep-data # Leave the components' data in place
    --check # Log what would be removed and change nothing
]: nothing -> nothing {
    let names = deployed-names
    let order = list-components | where name in $names | reverse
    if $check {
        log info $"Would remove: ($order | get name | str join ', ')"
        return
    }
    log info $"Deleting cluster: ($CLUSTER_NAME)"
    for component in $order {
        log info $"Removing component: ($component.name)"
        let failure = try {
            call-component $component.name (extension-of $component.name $config) uninstall {force: $force keep_data: $keep_data}
            null
        } catch {|e| $e.msg }
        if $failure != null {
            log error $"Failed to remove ($component.name): ($failure)"
            if not $force {
                error make {
                    msg: $"Component removal failed: ($component.name)"
                    label: {text: "stopped here" span: (metadata $config).span}
                    help: $"($failure); --force goes on to the next component"
                }
            }
        }
    }
    forget-deployment
}

# Tells what is really so, component by component.
export def status []: nothing -> record {
    let components = deployed-names | par-each --keep-order {|name| observe $name }
    let state = if ($components | any {|component| $component.installed }) { $components.running | state-of } else { "absent" }
    let created = deployment
    {
        cluster: $CLUSTER_NAME
        version: $created.version?
        status: $state
        healthy: ($components | all {|component| $component.healthy })
        created_at: $created.created_at?
        components: $components
        last_check: (date now)
    }
}

# Sets how much a component does at once. Only buildkit has such a number: its workers.
export def scale [
    replicas: int # How many
    --component: string = "buildkit" # Which component
    --check # Return the plan and change nothing
]: nothing -> record {
    assert-known $component (metadata $component).span
    if $component != buildkit {
        error make {
            msg: $"Cannot scale ($component): there is one per node"
            label: {text: "has no replicas" span: (metadata $component).span}
            help: "only buildkit can be scaled"
        }
    }
    if $replicas < 1 {
        error make {msg: $"Cannot scale to ($replicas)" label: {text: "must be at least 1" span: (metadata $replicas).span}}
    }
    let report = {action: scale cluster: $CLUSTER_NAME component: $component replicas: $replicas}
    if $check { return ($report | merge {check_mode: true would_scale: true}) }
    call-component $component (extension-of $component) configure {worker_count: $replicas}
    $report | merge {success: true restart_required: (observe $component).running}
}

# Brings every component to the version that a version of the cluster is made of. When one
# fails, those upgraded before it go back.
export def upgrade [
    version: string # Version of the cluster
    --config: record = {} # Archives of the new versions: `{components: {NAME: {archive, sha256}}}`
    --check # Return the plan and change nothing
]: nothing -> record {
    let release = $RELEASES | get --optional $version
    if $release == null {
        error make {
            msg: $"Unknown version of the cluster ($CLUSTER_NAME): ($version)"
            label: {text: "no such release" span: (metadata $version).span}
            help: $"releases: ($RELEASES | columns | str join ', ')"
        }
    }
    let steps = deployed-names | each {|name|
        let current = observe $name
        if not $current.installed {
            error make {msg: $"Cannot upgrade: ($name) is not installed" help: "`create` the cluster first"}
        }
        {component: $name from: $current.version to: ($release | get $name)}
    } | insert changed {|step| $step.from != $step.to }
    let report = {action: upgrade cluster: $CLUSTER_NAME version: $version components: $steps}
    if $check { return ($report | merge {check_mode: true would_upgrade: ($steps | any {|step| $step.changed })}) }

    mut done = []
    for step in ($steps | where changed) {
        let source = $config.components? | default {} | get --optional $step.component | default {}
        let operation = if $source.archive? == null { "upgrade" } else if $source.sha256? == null { "upgrade-from" } else { "upgrade-from-verified" }
        let failure = try {
            call-component $step.component (extension-of $step.component $config) $operation ($source | merge {version: $step.to})
            null
        } catch {|e| $e.msg }
        if $failure != null {
            undo $done {|step| call-component $step.component (extension-of $step.component $config) go-back {version: $step.from} }
            error make {
                msg: $"Cluster upgrade failed at component: ($step.component)"
                label: {text: "this release" span: (metadata $version).span}
                help: $failure
            }
        }
        $done = $done ++ [$step]
    }
    $report | insert success true
}

# Lists the components in the order in which they are deployed.
export def list-components []: nothing -> list<record> { resolve-component-dependencies $COMPONENTS }

# Describes one component as its extension sees it.
export def component-status [
    name: string # Component
]: nothing -> record {
    assert-known $name (metadata $name).span
    {component: $name} | merge (call-component $name (extension-of $name) status --span (metadata $name).span)
}

# Restarts one component.
export def restart-component [
    name: string # Component
]: nothing -> nothing {
    assert-known $name (metadata $name).span
    call-component $name (extension-of $name) restart --span (metadata $name).span
    null
}

def endpoints-of [plan: list<record>]: nothing -> record {
    let registry = $plan | where name == registry | get --optional 0.config | default {}
    let buildkit = $plan | where name == buildkit | get --optional 0.config | default {}
    {
        registry: $"http://($registry.host? | default 127.0.0.1):($registry.port? | default 5000)"
        buildkit: $"unix://($buildkit.socket? | default /run/buildkit/buildkitd.sock)"
    }
}

# Returns the components that were deployed, or all of them before that, in order of deployment.
def deployed-names []: nothing -> list<string> {
    let created = deployment
    if $created == null { list-components | get name } else { $created.components | get name }
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
