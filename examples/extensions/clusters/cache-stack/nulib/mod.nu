# The cluster `cache-stack`: an image registry behind a web server, with a cache. It is data, in schemas/cluster.ncl, which the
# plugin's `cluster` commands bring up: what they have done, and how to take it back, is in their journal.

use provisioning/clusters.nu [check-cluster-requirements get-cluster-endpoints]
use provisioning/log.nu
use components.nu *

export const CLUSTER_NAME = "cache-stack"
export const CLUSTER_VERSION = "1.0.0"

# The setting that says how many of it there are, by component.
const REPLICAS = {nginx: workers}

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

# Creates the cluster: each component when those serve that it depends on. When one fails, what this call has done is taken back.
# What is so already is left alone.
@example "see what would happen" { create {components: {nginx: {port: 8081}}} --check }
export def create [
    config: record = {} # See ClusterInput in schemas/contracts.ncl
    --check # Return the plan and change nothing
    --wait # Return only when all components are ready at the same time
]: nothing -> record {
    let span = (metadata $config).span
    let cluster = cluster $config --span $span
    let requirements = check-cluster-requirements $cluster
    if $check {
        return ($cluster | cluster create --name $CLUSTER_NAME --check | upsert requirements_check $requirements)
    }
    if not $requirements.met {
        error make {
            msg: $"Cluster requirements not met: ($requirements.issues | str join ', ')"
            label: {text: "does not have what the cluster needs" span: $span}
            help: "`create CONFIG --check | get requirements_check.issues` lists them one by one"
        }
    }
    let steps = $cluster | cluster create --name $CLUSTER_NAME --wait=$wait --quiet | each {|row| told $row }
    let now = cluster status $CLUSTER_NAME
    {
        success: true
        cluster: $CLUSTER_NAME
        changed: ($steps | is-not-empty)
        components: $now.components
        endpoints: (get-cluster-endpoints $CLUSTER_NAME)
        status: $now.status
    }
}

# Removes the cluster's components, each before what it depends on.
export def delete [
    config: record = {} # Nothing of it is needed
    --force # Go on when a component cannot be removed
    --keep-data # Leave the components' data in place
    --check # Log what would be removed and change nothing
]: nothing -> nothing {
    if not (is-deployed) {
        log info $"($CLUSTER_NAME) is not deployed"
        return
    }
    if $check {
        cluster plan $CLUSTER_NAME --destroy | each {|step| log info $"Would remove: ($step.component)" } | ignore
        return
    }
    cluster delete $CLUSTER_NAME --force=$force --keep-data=$keep_data --quiet | each {|row| told $row } | ignore
}

# Tells what is so, component by component.
export def status []: nothing -> record {
    if (is-deployed) { cluster status $CLUSTER_NAME } else { {name: $CLUSTER_NAME status: absent healthy: false components: []} }
}

# Sets how many processes a component has. Only nginx has such a number: its workers.
export def scale [
    replicas: int # How many
    --component: string = "nginx" # Which component
    --check # Return the plan and change nothing
]: nothing -> record {
    let setting = $REPLICAS | get --optional $component
    if $setting == null {
        error make {
            msg: $"Cannot scale ($component): there is one"
            label: {text: "has no replicas" span: (metadata $component).span}
            help: $"these can be scaled: ($REPLICAS | columns | str join ', ')"
        }
    }
    let report = {action: scale cluster: $CLUSTER_NAME component: $component replicas: $replicas}
    if $check {
        let plan = cluster scale $CLUSTER_NAME $replicas --component $component --setting $setting --check
        return ($report | merge {check_mode: true would_scale: $plan.would_scale plan: $plan.plan})
    }
    let steps = cluster scale $CLUSTER_NAME $replicas --component $component --setting $setting --quiet | each {|row| told $row }
    $report | merge {success: true changed: ($steps | is-not-empty)}
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
    let components = (cluster status $CLUSTER_NAME).components | each {|component|
        let to = extension call $component.component get-current-version --type taskserv
        let report = {component: $component.component from: $component.version to: $to}
        if $check {
            let plan = cluster upgrade $CLUSTER_NAME $to --component $component.component --check
            $report | insert would_upgrade ($to != $component.version and $plan.would_upgrade)
        } else {
            let steps = if $to == $component.version { [] } else {
                cluster upgrade $CLUSTER_NAME $to --component $component.component --quiet | each {|row| told $row }
            }
            $report | insert changed ($steps | is-not-empty)
        }
    }
    {action: upgrade cluster: $CLUSTER_NAME version: $version components: $components}
    | merge (if $check { {check_mode: true} } else { {success: true} })
}

# Lists the components in the order in which they are deployed.
export def list-components []: nothing -> list<record> { cluster | cluster list-components }

# Describes one component as its extension sees it.
export def component-status [
    name: string # Component
]: nothing -> record {
    cluster component-status $CLUSTER_NAME $name
}

# Restarts one component.
export def restart-component [
    name: string # Component
]: nothing -> nothing {
    cluster restart-component $CLUSTER_NAME $name | ignore
}

def is-deployed []: nothing -> bool { cluster status | where name == $CLUSTER_NAME and status != absent | is-not-empty }

# Logs a row of a run as it comes, and passes it on.
def told [row: record]: nothing -> record {
    log info $"($row.component): ($row.operation) ($row.status)"
    $row
}
