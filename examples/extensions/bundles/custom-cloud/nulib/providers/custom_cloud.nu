# The operations on servers.

use std/log
use api.nu *
use catalog.nu *
use checks.nu *

# How long `create-server --wait` waits, and how often it looks.
const PATIENCE = 10min
const POLL = 10sec

const FIELD_TYPES = {
    hostname: string
    plan: string
    zone: string
    os: string
    disk_size: int
    ssh_keys: list
    tags: record
    firewall_rules: list
}

# Creates a server.
@example "see what would happen" { create-server {hostname: web-1 plan: small zone: us-west-1a} --check }
export def create-server [
    config: record # See ServerConfig in schemas/settings.ncl
    --check # Return the plan and change nothing
    --wait # Return only when the server runs
]: nothing -> record {
    let errors = (validate-server-config $config).errors
    let span = (metadata $config).span
    let request = {os: "ubuntu-22.04" ssh_keys: [] tags: {} firewall_rules: [] disk_size: 20 disk_type: ssd external_ip: true preemptible: false}
        | merge $config
    if $check {
        return {
            action: create-server
            hostname: $config.hostname?
            check_mode: true
            would_create: ($errors | is-empty)
            errors: $errors
            request: $request
            estimated_cost: (try { calculate-server-cost $request } catch { null })
            estimated_time: "2-5 minutes"
        }
    }
    if ($errors | is-not-empty) {
        error make {
            msg: $"Invalid server configuration: ($errors | str join ', ')"
            label: {text: "does not describe a server" span: $span}
            help: "`create-server CONFIG --check` lists the faults without raising"
        }
    }
    log info $"Creating server: ($config.hostname)"
    let id = call-api POST instances --body $request | get id
    let created = {success: true server_id: $id hostname: $config.hostname}
    if not $wait {
        return ($created | merge {status: creating message: "Server creation in progress"})
    }
    let server = wait-for-server $id running
    $created | merge {status: $server.status ip_addresses: $server.ip_addresses ssh_access: (ssh-access-of $server)}
}

# Deletes a server and its disk.
export def delete-server [
    server_id: string # Server id
    --check # Log what would be done and change nothing
]: nothing -> nothing {
    if $check {
        log info $"Would delete server: ((get-server-info $server_id).hostname)"
        return
    }
    log info $"Deleting server: ($server_id)"
    call-api DELETE $"instances/($server_id | as-segment)" | ignore
}

# Lists the servers.
export def list-servers []: nothing -> list<record> {
    call-api GET instances | get instances | each { as-server }
}

# Describes one server.
export def get-server-info [
    server_id: string # Server id
]: nothing -> record {
    call-api GET $"instances/($server_id | as-segment)" | as-server
}

# Starts a server.
export def start-server [
    server_id: string # Server id
]: nothing -> nothing { act $server_id start }

# Stops a server.
export def stop-server [
    server_id: string # Server id
]: nothing -> nothing { act $server_id stop }

# Restarts a server.
export def reboot-server [
    server_id: string # Server id
]: nothing -> nothing { act $server_id reboot }

# Tells how to reach a server over SSH.
export def get-ssh-access [
    server_id: string # Server id
]: nothing -> record {
    let access = get-server-info $server_id | ssh-access-of $in
    if $access == null {
        error make {
            msg: $"No SSH access to ($server_id): the server has no address"
            label: {text: "has no address" span: (metadata $server_id).span}
            help: "it may still be starting, or have been created with external_ip: false"
        }
    }
    $access
}

# Replaces a server's firewall rules.
export def configure-firewall [
    server_id: string # Server id
    rules: list<record> # Rules, see FirewallRule in schemas/contracts.ncl
]: nothing -> nothing {
    let errors = $rules | firewall-rule-errors
    if ($errors | is-not-empty) {
        error make {
            msg: $"Invalid firewall rules: ($errors | str join ', ')"
            label: {text: "these rules" span: (metadata $rules).span}
        }
    }
    call-api PUT $"instances/($server_id | as-segment)/firewall" --body {rules: $rules} | ignore
}

# Replaces a server's tags.
export def set-server-tags [
    server_id: string # Server id
    tags: record # Names and values
]: nothing -> nothing {
    call-api PUT $"instances/($server_id | as-segment)/tags" --body {tags: $tags} | ignore
}

# Checks a server configuration without going to the network, and reports every fault at once.
export def validate-server-config [
    config: record # Server configuration
]: nothing -> record<valid: bool, errors: list<string>> {
    let type_errors = $config | type-errors $FIELD_TYPES
    if ($type_errors | is-not-empty) { return {valid: false errors: $type_errors} }
    let plans = get-plans | get name
    let zones = get-zones | get name
    let errors = [
        (if ($config.hostname? | is-empty) { "Hostname is required" } else if $config.hostname !~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$' {
            $"Invalid hostname: ($config.hostname)"
        })
        (if ($config.plan? | is-empty) { "Plan is required" } else if $config.plan not-in $plans {
            $"Invalid plan: ($config.plan) \(one of ($plans | str join ', '))"
        })
        (if ($config.zone? | is-empty) { "Zone is required" } else if $config.zone not-in $zones {
            $"Invalid zone: ($config.zone) \(one of ($zones | str join ', '))"
        })
        (if ($config.disk_size? | default 20) < 10 { "disk_size must be at least 10GB" })
        ...($config.firewall_rules? | default [] | firewall-rule-errors)
    ] | compact
    {valid: ($errors | is-empty) errors: $errors}
}

def act [server_id: string, action: string]: nothing -> nothing {
    call-api POST $"instances/($server_id | as-segment)/actions" --body {action: $action} | ignore
}

# Brings the API's record of a server into the form that every provider has.
def as-server []: record -> record {
    let instance = $in
    {
        id: $instance.id
        hostname: $instance.hostname
        status: $instance.status
        plan: $instance.plan?
        zone: $instance.zone?
        os: $instance.os?
        ip_addresses: ($instance.ip_addresses? | default [])
        created_at: (if $instance.created_at? != null { $instance.created_at | into datetime })
        tags: ($instance.tags? | default {})
    }
}

def ssh-access-of [server: record]: nothing -> any {
    if ($server.ip_addresses | is-empty) { return null }
    {server_id: $server.id host: ($server.ip_addresses | first) port: 22 user: ($env.CUSTOM_CLOUD_SSH_USER? | default root)}
}

def wait-for-server [id: string, wanted: string]: nothing -> record {
    let deadline = (date now) + $PATIENCE
    mut server = get-server-info $id
    while $server.status != $wanted {
        if $server.status == error {
            error make {msg: "Server creation failed" help: $"the server is kept for inspection: `delete-server ($id)`"}
        }
        if (date now) > $deadline {
            error make {msg: "Server creation timeout" help: $"it may still come up: `get-server-info ($id)`"}
        }
        log info $"Server status: ($server.status), waiting..."
        sleep $POLL
        $server = get-server-info $id
    }
    $server
}
