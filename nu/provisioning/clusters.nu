# What the source's template of a cluster calls and leaves to others to define, on top of the plugin's `cluster ...`.

use operations.nu ["taskserv create" "taskserv delete"]
use plugin.nu [require-plugin]
use wait.nu [wait-until]

# Installs the application that a component is: the taskserv of its name. Returns when it is healthy.
@example "a component of a cluster" { deploy-application {name: nginx, config: {port: 8081}} }
export def deploy-application [
    component: record # {name, version, config}; the last two need not be there
    --check # return the plan and change nothing
    --timeout: duration = 5min # how long it may take to be healthy
]: nothing -> record {
    let config = ($component.config? | default {})
    if $component.version? == null {
        taskserv create $component.name --config $config --check=$check --wait --timeout $timeout
    } else {
        taskserv create $component.name --config $config --check=$check --wait --timeout $timeout --version $component.version
    }
}

# Removes the application that a component is.
@example "whatever uses it" { remove-application {name: nginx} --force }
export def remove-application [
    component: record # {name}
    --force # remove it even while it is in use
    --keep-data # leave its data in place
]: nothing -> any {
    taskserv delete $component.name --force=$force --keep-data=$keep_data
}

# Tells what is in the way of creating a cluster: what a plan of it finds, and what its components say that this machine lacks.
#
# Returns {met, issues}.
@example "of a registered cluster" { check-cluster-requirements cache-stack | get issues }
export def check-cluster-requirements [
    target: any # name of a registered cluster, its file, a list of components, or a record {name, components}
]: nothing -> record<met: bool, issues: list<string>> {
    require-plugin
    let is_named = ($target | describe) == string
    try {
        answer {
            if $is_named { cluster create $target --check } else {
                let components = (if "components" in ($target | columns) { $target.components } else { $target })
                $components | cluster create --name checked --check
            }
        } | get requirements_check
    } catch {|error| {met: false, issues: [$error.msg]} }
}

# Waits until every component of a deployment is ready. Returns what `cluster status` says of it then.
@example "after its machine was started" { wait-for-cluster-ready cache-stack --timeout 2min }
export def wait-for-cluster-ready [
    name: string # name of the deployment
    --timeout: duration = 5min # raise an error after this time
]: nothing -> record {
    require-plugin
    wait-until { (answer { cluster status $name }).healthy } --timeout $timeout --for $"the cluster `($name)`" | ignore
    answer { cluster status $name }
}

# Takes back what the last run has done to a deployment, the last step first.
@example "after a run that was cut off" { rollback-cluster-deployment cache-stack }
export def rollback-cluster-deployment [
    name: string # name of the deployment
]: nothing -> table {
    require-plugin
    answer { cluster rollback $name }
}

# Returns where the components of a deployment are reached: {COMPONENT: URL}, of those whose `status` names an `endpoint`.
@example "the web server" { get-cluster-endpoints cache-stack | get nginx }
export def get-cluster-endpoints [
    name: string # name of the deployment
]: nothing -> record {
    require-plugin
    answer { cluster status $name } | get components | reduce --fold {} {|component, all|
        let endpoint = (try { answer { cluster component-status $name $component.component } | get details.endpoint } catch { null })
        if $endpoint == null { $all } else { $all | insert $component.component $endpoint }
    }
}

# Loaded before the plugin, its commands are taken for programs, which return text: the types of what they really return are not
# looked at, so that the library can be loaded, and says what to do.
def answer [work: closure]: nothing -> any { do $work }
