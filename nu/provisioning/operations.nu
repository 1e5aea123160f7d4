# The operations of registered taskservs and providers, under the names that the source's templates call them by. Each runs in a
# Nushell of its own, by `extension call`; nothing has to be imported, so that two extensions never stand in one scope.
#
# Clusters have commands of the plugin: `cluster create`, `cluster delete`, `cluster status`.

use plugin.nu [require-plugin]
use wait.nu [wait-until]

# Runs an operation. What is a flag of it has to be written as one, in the list of its words.
def operate [type: string, name: string, operation: string, check: bool, words: list<any>]: nothing -> any {
    require-plugin
    extension call $name $operation --type $type --check=$check ...$words
}

# Installs a taskserv, or leaves it alone when it is as it should be. Returns what its `install` does.
@example "in its own words" { taskserv create redis --config {port: 6380} --wait | get status }
@example "see what would happen" { taskserv create redis --config {port: 6380} --check }
export def "taskserv create" [
    name: string # name of the taskserv, or its directory
    --config: record = {} # its settings
    --version: string # this version of the software, in place of the default one
    --check # return the plan and change nothing
    --wait # return only when it is healthy
    --timeout: duration = 5min # how long it may take to be healthy
]: nothing -> record {
    let result = (operate taskserv $name install $check [$config ...(if $version != null { [-- --version $version] } else { [] })])
    if $wait and not $check {
        wait-until {
            let health = (taskserv health $name)
            if not $health.healthy { error make {msg: ($health.error? | default "it is not healthy")} }
            true
        } --timeout $timeout --for $"the taskserv `($name)`" | ignore
    }
    $result
}

# What `taskserv create` does, under the operation's own name.
export alias "taskserv install" = taskserv create

# Removes a taskserv.
@example "and leave its data" { taskserv delete redis --keep-data }
export def "taskserv delete" [
    name: string # name of the taskserv, or its directory
    --config: record = {} # what says which one is meant, such as its `prefix`
    --force # remove it even while it is in use
    --keep-data # leave its data in place
    --check # change nothing
]: nothing -> any {
    let flags = ((if $force { [--force] } else { [] }) ++ (if $keep_data { [--keep-data] } else { [] }))
    operate taskserv $name uninstall $check [$config ...$flags]
}

# What `taskserv delete` does, under the operation's own name.
export alias "taskserv uninstall" = taskserv delete

# Changes settings of an installed taskserv; the others stay.
@example "another port" { taskserv configure redis {port: 6381} }
export def "taskserv configure" [
    name: string # name of the taskserv, or its directory
    config: record # settings to change
    --check # change nothing
]: nothing -> any {
    operate taskserv $name configure $check [$config]
}

# Tells how a taskserv is, as its `status` does.
@example "does it run?" { taskserv status redis | get running }
export def "taskserv status" [
    name: string # name of the taskserv, or its directory
]: nothing -> record {
    operate taskserv $name status false []
}

# Tells how healthy a taskserv is, of what its `status` says: its `health`, or that it is healthy, ready or running.
#
# Returns a record with `healthy`.
@example "is it well?" { taskserv health redis | get healthy }
export def "taskserv health" [
    name: string # name of the taskserv, or its directory
]: nothing -> record {
    let now = (taskserv status $name)
    let told = (if ($now.health? | describe) starts-with record { $now.health } else { {} })
    {healthy: ($told.healthy? | default $now.healthy? | default $now.ready? | default $now.running? | $in == true)} | merge ($told | reject --optional healthy)
}

# Restarts a taskserv.
@example "after its certificate was renewed" { taskserv restart nginx }
export def "taskserv restart" [
    name: string # name of the taskserv, or its directory
]: nothing -> any {
    operate taskserv $name restart false []
}

# Moves a taskserv to another version of its software. Returns what its `upgrade` does.
@example "see what would happen" { taskserv upgrade redis 7.2.0 --check }
export def "taskserv upgrade" [
    name: string # name of the taskserv, or its directory
    version: string # version to move to
    --check # return the plan and change nothing
]: nothing -> record {
    operate taskserv $name upgrade $check [$version]
}

# Returns the version of a taskserv's software that is installed.
@example "which one?" { taskserv version redis }
export def "taskserv version" [
    name: string # name of the taskserv, or its directory
]: nothing -> string {
    operate taskserv $name get-current-version false []
}

# Lists the versions of a taskserv's software that there are.
@example "which ones?" { taskserv versions redis }
export def "taskserv versions" [
    name: string # name of the taskserv, or its directory
]: nothing -> list<string> {
    operate taskserv $name get-available-versions false []
}

# Tells whether there is a newer version of a taskserv's software.
@example "is there one?" { taskserv check-updates redis | get update_available }
export def "taskserv check-updates" [
    name: string # name of the taskserv, or its directory
]: nothing -> record {
    operate taskserv $name check-updates false []
}

# Lists the servers of a provider.
@example "which run?" { provider list-servers local | where status == running }
export def "provider list-servers" [
    name: string # name of the provider, or its directory
]: nothing -> list<any> {
    operate provider $name list-servers false []
}

# Creates a server. Returns what the provider's `create-server` does.
@example "see what would happen" { provider create-server local {hostname: web-1, plan: "1xCPU-1GB", zone: local} --check }
export def "provider create-server" [
    name: string # name of the provider, or its directory
    config: record # settings of the server
    --check # return the plan and change nothing
    --wait # return only when it runs
]: nothing -> record {
    operate provider $name create-server $check [$config ...(if $wait { [--wait] } else { [] })]
}

# Deletes a server.
@example "by its id" { provider delete-server local local-web-1 }
export def "provider delete-server" [
    name: string # name of the provider, or its directory
    server_id: string # id of the server
]: nothing -> any {
    operate provider $name delete-server false [$server_id]
}

# Describes one server.
@example "its addresses" { provider get-server-info local local-web-1 | get ip_addresses }
export def "provider get-server-info" [
    name: string # name of the provider, or its directory
    server_id: string # id of the server
]: nothing -> record {
    operate provider $name get-server-info false [$server_id]
}

# Starts a server.
@example "by its id" { provider start-server local local-web-1 }
export def "provider start-server" [
    name: string # name of the provider, or its directory
    server_id: string # id of the server
]: nothing -> any {
    operate provider $name start-server false [$server_id]
}

# Stops a server.
@example "by its id" { provider stop-server local local-web-1 }
export def "provider stop-server" [
    name: string # name of the provider, or its directory
    server_id: string # id of the server
]: nothing -> any {
    operate provider $name stop-server false [$server_id]
}

# Restarts a server.
@example "by its id" { provider reboot-server local local-web-1 }
export def "provider reboot-server" [
    name: string # name of the provider, or its directory
    server_id: string # id of the server
]: nothing -> any {
    operate provider $name reboot-server false [$server_id]
}

# Tells how to reach a server.
@example "by its id" { provider get-ssh-access local local-web-1 }
export def "provider get-ssh-access" [
    name: string # name of the provider, or its directory
    server_id: string # id of the server
]: nothing -> record {
    operate provider $name get-ssh-access false [$server_id]
}

# Sets the firewall rules of a server.
@example "nobody but the web" { provider configure-firewall local local-web-1 [{direction: ingress, protocol: tcp, port: "80", action: allow}] }
export def "provider configure-firewall" [
    name: string # name of the provider, or its directory
    server_id: string # id of the server
    rules: list<record> # the rules, in the order in which they apply
]: nothing -> any {
    operate provider $name configure-firewall false [$server_id $rules]
}

# Lists the plans of a provider.
@example "their names" { provider get-plans local | get name }
export def "provider get-plans" [
    name: string # name of the provider, or its directory
]: nothing -> list<any> {
    operate provider $name get-plans false []
}

# Lists the zones of a provider.
@example "their names" { provider get-zones local | get name }
export def "provider get-zones" [
    name: string # name of the provider, or its directory
]: nothing -> list<any> {
    operate provider $name get-zones false []
}

# Lists what the plans of a provider cost.
@example "all of them" { provider get-pricing local }
export def "provider get-pricing" [
    name: string # name of the provider, or its directory
]: nothing -> list<any> {
    operate provider $name get-pricing false []
}
