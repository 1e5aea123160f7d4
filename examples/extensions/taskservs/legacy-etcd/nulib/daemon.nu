# The running side of an installed service: its process, and its unit where systemd runs.
# Shared word for word by the taskservs of these examples, as release.nu is.

use release.nu [installation installation-or-fail render-file systemd-runs]

# Returns the name of the service's unit, which never is the one of a distribution's package.
export def unit-name [service: record]: nothing -> string { $"provisioning-($service.name).service" }

# Returns the command line that runs an installed service.
export def command-line [service: record, prefix: string]: nothing -> list<string> {
    $service.arguments | prepend ($prefix | path join current $service.binary)
    | each { str replace --all '{etc}' ($prefix | path join etc) | str replace --all '{data}' ($prefix | path join data) }
}

# Writes the service's unit file below its prefix, and returns its path.
export def write-unit [service: record, prefix: string]: nothing -> string {
    let target = $prefix | path join etc (unit-name $service)
    render-file $service.unit_template {
        description: $service.description
        command: (command-line $service $prefix | str join ' ')
    } $target
    $target
}

# Returns the unit's state in systemd's own words, or `unavailable` where systemd does not run.
export def systemd-state [service: record]: nothing -> string {
    if not (systemd-runs) { return unavailable }
    # `is-active` fails for everything but `active`; its word is what counts
    ^systemctl is-active (unit-name $service) | complete | get stdout | str trim | default --empty unknown
}

# Makes systemd know the unit, start it now and at every boot.
export def enable-unit [service: record, unit: string]: nothing -> nothing {
    systemctl-or-fail [link $unit]
    systemctl-or-fail [enable --now (unit-name $service)]
}

# Restarts the service through systemd, or says what to do where that is not possible.
export def restart-unit [service: record]: nothing -> nothing {
    let installed = installation-or-fail $service
    let unit = unit-name $service
    if not (systemd-runs) {
        error make {
            msg: $"Cannot restart ($service.name): systemd does not run this machine"
            help: $"run it yourself: (command-line $service $installed.prefix | str join ' ')"
        }
    }
    if (^systemctl show --property LoadState --value $unit | complete | get stdout | str trim) != loaded {
        error make {
            msg: $"Cannot restart ($service.name): systemd does not know ($unit)"
            help: $"make it known: systemctl link ($installed.prefix | path join etc $unit)"
        }
    }
    systemctl-or-fail [restart $unit]
}

# Ends the service: through systemd where it knows the unit, else by a signal to its process.
export def stop-service [service: record]: nothing -> nothing {
    if (systemd-state $service) in [active activating reloading] {
        systemctl-or-fail [disable --now (unit-name $service)]
    }
    let process = find-process $service
    if $process != null {
        ^sh -c 'kill -s TERM "$1"' sh $process.pid | complete | ignore
        let deadline = (date now) + 10sec
        while (find-process $service) != null {
            if (date now) > $deadline {
                error make {msg: $"($service.name) did not end within 10 seconds of SIGTERM \(process ($process.pid))"}
            }
            sleep 100ms
        }
    }
}

# Returns the process of the installed service, or null: the one that systemd started, else
# the one whose program lies below the prefix.
export def find-process [service: record]: nothing -> any {
    let installed = installation $service
    if $installed == null { return null }
    let versions = $installed.prefix | path join versions | path expand
    let main = if (systemd-state $service) == active {
        ^systemctl show --property MainPID --value (unit-name $service) | complete | get stdout | str trim
    }
    # the kernel keeps 15 characters of a name; `ps` would take a tenth of a second to measure use
    let name = $service.binary | path basename | str substring 0..14
    let pids = ls /proc | get name | path basename | where $it =~ '^\d+$' | where {|pid|
        $pid == $main or (
            (try { open --raw $"/proc/($pid)/comm" | str trim }) == $name
            and ($"/proc/($pid)/exe" | path expand | str starts-with $"($versions)/")
        )
    }
    if ($pids | is-empty) { return null }
    ps --long | where pid == ($pids | first | into int) | get --optional 0
}

# Returns what is really so: installed or not, running or not, since when and with what use.
export def service-status [service: record, version: any, health: record]: nothing -> record {
    let installed = installation $service
    let process = find-process $service
    {
        service: $service.name
        installed: ($installed != null)
        version: $version
        prefix: $installed.prefix?
        running: ($process != null)
        pid: $process.pid?
        systemd_status: (systemd-state $service)
        health: $health
        uptime: (if $process != null { (date now) - $process.start_time })
        memory_usage: $process.mem?
        cpu_usage: $process.cpu?
    }
}

# Returns a health report; the fields are the same whether the service is healthy or not.
export def health-report [healthy: bool, status: string, error?: string]: nothing -> record {
    {healthy: $healthy status: $status error: $error last_check: (date now)}
}

def systemctl-or-fail [arguments: list<string>]: nothing -> nothing {
    let run = ^systemctl ...$arguments | complete
    if $run.exit_code != 0 {
        error make {
            msg: $"systemctl ($arguments | str join ' ') failed: ($run.stderr | str trim)"
            help: "systemd's own units can be changed by root only"
        }
    }
}
