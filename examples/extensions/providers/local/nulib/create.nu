# Creation of local servers.

use std/log
use catalog.nu *
use network.nu [claim-address network-down network-obstacle release-address]
use query.nu [get-server-info]
use process.nu [launch]
use utils.nu *

# A command that does nothing for as long as it may: what a server runs unless told otherwise.
const IDLE = [sleep "infinity"]

const FIELD_TYPES = {
    hostname: string
    plan: string
    zone: string
    os: string
    command: list
    ssh_keys: list
    tags: record
    firewall_rules: list
}

# Creates a server: a process of its own session that outlives this shell.
@example "see what would happen" { create-server {hostname: web-1 plan: "1xCPU-1GB" zone: local} --check }
@example "serve a directory" { create-server {hostname: files plan: "1xCPU-1GB" zone: local command: [python3 -m http.server "8000"]} --wait }
export def create-server [
    config: record # Server configuration, see ServerConfig in schemas/settings.ncl
    --check # Return the plan and change nothing
    --wait # Return only when the server's command runs
]: nothing -> record {
    let validation = validate-server-config $config
    let span = (metadata $config).span
    let server = {os: (sys host | get name) tags: {} ssh_keys: [] command: $IDLE}
        | merge ($config | select hostname? plan? zone? os? tags? ssh_keys? command? firewall_rules? | compact-values)

    if $check {
        return {
            action: create-server
            hostname: $server.hostname?
            check_mode: true
            would_create: $validation.valid
            errors: $validation.errors
            warnings: $validation.warnings
            server: $server
            estimated_time: 1sec
        }
    }
    if not $validation.valid {
        error make {
            msg: $"Invalid server configuration: ($validation.errors | str join ', ')"
            label: {text: "does not describe a local server" span: $span}
            help: "`create-server CONFIG --check` lists the faults without raising"
        }
    }
    for warning in $validation.warnings { log warning $warning }
    log info $"Creating server: ($server.hostname)"

    let id = $"local-($server.hostname)"
    let address = if $server.zone == isolated { claim-address $id }
    # whoever loses the name gives the address back
    let lost = try { claim-directory $id ($server | insert id $id | insert address $address | insert created_at (date now) | insert started_at null | insert process null); null } catch {|e| $e }
    if $lost != null {
        release-address $address
        error make {msg: $lost.msg label: {text: "this name" span: $span} help: $lost.details.help?}
    }
    # raised outside of `catch`, where the same error would be shown a second time as its cause
    let failure = try { launch $id --wait=$wait; null } catch {|e| $e.msg }
    if $failure != null {
        let output = try { open --raw (server-dir $id | path join output.log) | str trim } catch { "" }
        if $address != null {
            network-down $id
            release-address $address
        }
        rm --recursive --force (server-dir $id)
        error make {
            msg: $"Server creation failed: ($failure)"
            label: {text: "this server could not be started" span: $span}
            help: (if ($output | is-empty) { "check `command`" } else { $"the command said: ($output)" })
        }
    }

    let created = {success: true server_id: $id hostname: $server.hostname status: (get-server-info $id | get status)}
    if $wait {
        $created | merge {ip_addresses: (get-server-info $id | get ip_addresses) pid: (get-server-info $id | get pid)}
    } else {
        $created | insert message "Server process started"
    }
}

# Checks a server configuration and reports every fault at once.
export def validate-server-config [
    config: record # Server configuration
]: nothing -> record<valid: bool, errors: list<string>, warnings: list<string>> {
    let plans = get-plans | get name
    let zones = get-zones | get name
    let command = $config.command? | default $IDLE
    let ignored = [storage network] | where {|key| ($config | get --optional $key) != null }
    let type_errors = $config | type-errors $FIELD_TYPES
    if ($type_errors | is-not-empty) { return {valid: false errors: $type_errors warnings: []} }

    let errors = [
        (if ($config.hostname? | is-empty) {
            "Hostname is required"
        } else if $config.hostname !~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$' {
            $"Invalid hostname: ($config.hostname) \(lower-case letters, digits and inner hyphens, at most 63)"
        } else if (server-dir $"local-($config.hostname)" | path exists) {
            $"Server already exists: local-($config.hostname)"
        })
        (if ($config.plan? | is-empty) { "Plan is required" } else if $config.plan not-in $plans {
            $"Invalid plan: ($config.plan) \(one of ($plans | str join ', '))"
        })
        (if ($config.zone? | is-empty) { "Zone is required" } else if $config.zone not-in $zones {
            $"Invalid zone: ($config.zone) \(one of ($zones | str join ', '))"
        } else if $config.zone == isolated {
            let obstacle = network-obstacle
            if $obstacle != null { $"Zone isolated is not available: ($obstacle)" }
        })
        (if ($command | is-empty) or ($command | any {|word| ($word | describe) != string }) {
            "Command must be a non-empty list of strings"
        } else if (which --all $command.0 | where type == external | is-empty) {
            $"Command not found: ($command.0)"
        })
        ...($config.firewall_rules? | default [] | firewall-rule-errors)
        (if ($config.firewall_rules? | is-not-empty) and $config.zone? == local {
            "Firewall rules cannot be applied: servers of the zone local share the network of this machine"
        })
    ] | compact

    {
        valid: ($errors | is-empty)
        errors: $errors
        warnings: ($ignored | each {|key| $"Ignored by local servers: ($key)" })
    }
}

# Creates a server's directory complete with its record, or fails if the name is taken.
def claim-directory [id: string, record: record]: nothing -> nothing {
    let dir = server-dir $id
    let staged = $dir | path dirname | path join $".($id).(random chars --length 8)"
    mkdir $staged
    $record | write-record $staged
    # renaming a directory over one that is not empty fails: of two shells that create the
    # same hostname at once, one loses here
    let renamed = ^mv --no-target-directory $staged $dir | complete
    if $renamed.exit_code != 0 {
        rm --recursive --force $staged
        error make {msg: $"Server already exists: ($id)" help: "`delete-server` it first, or choose another hostname"}
    }
}

def compact-values []: record -> record {
    transpose key value | where value != null | transpose --header-row --as-record | default --empty {}
}
