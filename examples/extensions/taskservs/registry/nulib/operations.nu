# The taskserv operations, for any service that `mod.nu` describes by a record:
#
#     name, description, version, known_versions   what it is
#     binary, arguments                            what runs, relative to the unpacked archive
#     config_file, config_template, unit_template  what is rendered below the prefix
#     settings                                     its own settings, with their defaults
#     faults   {|settings| ... }                   what is wrong with settings, as a list
#     lacks    {|settings| ... }                   what the machine lacks, as a list
#     values   {|settings, prefix| ... }           what the configuration template is given
#     health   {|installed| ... }                  asks the running service how it is
#
# Shared word for word by the taskservs of these examples, as release.nu is.

use std/log
use daemon.nu *
use release.nu *

# Installs a release, or returns the plan of doing so.
export def install-service [
    service: record # Service description
    config: record # Configuration
    version: any # Version that was asked for, if any
    span: any # Where the configuration was written
    --check # Return the plan and change nothing
]: nothing -> record {
    let faults = config-errors $service $config
    let usable = if ($faults | is-empty) { $config } else { {} }
    let plan = make-plan $service $usable $version
    let installed = installation $service
    let errors = $faults ++ (plan-errors $service $usable $plan) ++ (do $service.faults $plan.settings)
    let requirements = requirements-of $service $plan
    let pending = $installed.version? != $plan.version
    let conflict = if $pending and $installed != null {
        [$"already installed in version ($installed.version)"]
    } else { [] }
    if $check {
        return {
            action: install
            service: $service.name
            version: $plan.version
            check_mode: true
            would_install: ($pending and ($errors ++ $conflict | is-empty))
            requirements_met: $requirements
            errors: ($errors ++ $conflict)
            prefix: $plan.prefix
            archive: $plan.archive
            settings: $plan.settings
        }
    }

    raise-if "Invalid configuration" $errors $span "`install CONFIG --check` lists the faults without raising"
    if not $pending {
        log info $"($service.name) ($plan.version) is already installed below ($installed.prefix)"
        return (outcome $service $installed false)
    }
    raise-if $"Cannot install ($service.name) ($plan.version)" $conflict $span $"use `upgrade ($plan.version)`, or `uninstall` first"
    raise-if "Requirements not met" $requirements.missing $span (
        "give the release as `archive`: a path, or an https URL together with its `sha256`"
    )

    log info $"Installing ($service.name) version ($plan.version)"
    put-in-place $service $plan $span
    if $plan.start { enable-unit $service ($plan.prefix | path join etc (unit-name $service)) }
    outcome $service (installation $service) true
}

# Moves an installation to another release. The previous one stays unpacked, to go back to.
export def upgrade-service [
    service: record # Service description
    version: string # Version to move to
    source: record # Archive and checksum, if given
    span: any # Where the version was written
    --allow-downgrade # Accept a version older than the installed one
    --check # Return the plan and change nothing
]: nothing -> record {
    let installed = installation-or-fail $service
    let config = $installed.settings | merge {prefix: $installed.prefix} | merge $source
    let plan = make-plan $service $config $version
    let errors = (plan-errors $service $config $plan) ++ [
        (if not $allow_downgrade and ($version | is-version) and (is-older $version $installed.version) {
            $"version ($version) is older than ($installed.version), and --allow-downgrade was not given"
        })
    ] | compact
    let requirements = requirements-of $service $plan
    let pending = $installed.version != $version
    let report = {action: upgrade service: $service.name from: $installed.version to: $version}
    if $check {
        return ($report | merge {
            check_mode: true
            would_upgrade: ($pending and ($errors | is-empty))
            requirements_met: $requirements
            errors: $errors
        })
    }

    raise-if "Cannot upgrade" $errors $span "see `get-available-versions`"
    if $pending {
        raise-if "Requirements not met" $requirements.missing $span (
            $"give the archive of ($version) with --archive, or as ($service.name | str uppercase | str replace --all '-' '_')_ARCHIVE"
        )
        log info $"Upgrading ($service.name) from ($installed.version) to ($version)"
        put-in-place $service $plan $span
        if (systemd-state $service) == active { restart-unit $service }
    }
    let now = installation $service
    $report | merge (outcome $service $now $pending)
        # a process that systemd does not manage goes on running the old program
        | insert restart_required ($pending and (find-process $service) != null and (systemd-state $service) != active)
}

# Everything an installation consists of; what is remembered comes last.
def put-in-place [service: record, plan: record, span: any]: nothing -> nothing {
    # raised outside of `catch`, where the same error would be shown a second time as its cause
    let failure = try { unpack-release $service $plan; null } catch {|e| $e }
    if $failure != null {
        error make {
            msg: $failure.msg
            label: {text: "cannot install this release" span: $span}
            help: $failure.details.help?
        }
    }
    mkdir ($plan.prefix | path join data)
    write-config $service $plan.settings $plan.prefix
    write-unit $service $plan.prefix | ignore
    activate $plan
    remember $service {
        service: $service.name
        version: $plan.version
        prefix: $plan.prefix
        settings: $plan.settings
        archive: $plan.archive
        sha256: $plan.sha256
        installed_at: (date now)
    }
}

# Changes settings of an installed service. It reads them when it is next started.
export def configure-service [
    service: record # Service description
    config: record # Settings to change; the others stay
    span: any # Where the settings were written
    --check # Check the settings and change nothing
]: nothing -> nothing {
    let installed = installation-or-fail $service
    let help = $"settings: ($service.settings | columns | str join ', ')"
    let fixed = $config | columns | where $it in $COMMON_KEYS | each {|key| $"($key) is chosen at installation" }
    raise-if "Invalid configuration" ($fixed ++ (config-errors $service $config)) $span $help
    let settings = $installed.settings | merge $config
    raise-if "Invalid configuration" (do $service.faults $settings) $span $help
    if $check {
        log info $"Would configure ($service.name): ($config | to nuon)"
        return
    }
    write-config $service $settings $installed.prefix
    remember $service ($installed | update settings $settings)
    log info $"Configured ($service.name): it applies from the next start on"
}

# Removes an installation, as far as possible: what cannot be removed is a warning.
export def uninstall-service [
    service: record # Service description
    config: record # May name the prefix, to be sure of it
    span: any # Where the configuration was written
    --force # Stop the service if it runs
    --keep-data # Leave the service's data in place
    --check # Log what would be removed and change nothing
]: nothing -> nothing {
    let installed = installation $service
    if $installed == null {
        log warning $"($service.name) is not installed"
        return
    }
    let prefix = $installed.prefix
    if $config.prefix? != null and ($config.prefix | path expand --no-symlink) != $prefix {
        error make {
            msg: $"Refusing to remove ($config.prefix)"
            label: {text: "not where the service is installed" span: $span}
            help: $"($service.name) is installed below ($prefix)"
        }
    }
    let parts = [current versions etc] ++ (if $keep_data { [] } else { [data] })
    if $check {
        log info $"Would remove ($parts | str join ', ') below ($prefix)"
        return
    }
    if not $force and (find-process $service) != null {
        error make {
            msg: $"($service.name) is running"
            label: {text: "would remove a running service" span: $span}
            help: "stop it first, or use --force"
        }
    }
    log info $"Uninstalling ($service.name)"
    try { stop-service $service } catch {|e| log warning $e.msg }
    for part in $parts { remove-part $service $prefix $part }
    release-prefix $service $prefix
    forget $service
}

# Returns what the machine lacks for a plan.
export def requirements-of [service: record, plan: record]: nothing -> record<met: bool, missing: list<string>> {
    let missing = (plan-missing $service $plan) ++ (do $service.lacks $plan.settings)
    {met: ($missing | is-empty) missing: $missing}
}

# Compares the installed version with the latest known one.
export def update-report [service: record]: nothing -> record {
    let installed = installation $service
    let current = $installed.version?
    let latest = latest-version $service
    {
        service: $service.name
        current: $current
        latest: $latest
        update_available: ($current != null and (is-older $current $latest))
        available: (available-versions $service)
    }
}

# Returns the version that the installed program itself reports.
export def current-version [service: record]: nothing -> any {
    let installed = installation $service
    if $installed != null { version-of ($installed.prefix | path join current $service.binary) }
}

# Asks the service how it is, or says why it cannot be asked.
export def health-of [service: record]: nothing -> record {
    let installed = installation $service
    if $installed == null {
        health-report false unknown $"($service.name) is not installed"
    } else if (find-process $service) == null {
        health-report false stopped $"($service.name) is not running"
    } else {
        try { do $service.health $installed } catch {|e| health-report false failing $e.msg }
    }
}

# Leaves out the fields that hold null: flags that were not given.
export def compact-values []: record -> record {
    transpose key value | where value != null | reduce --fold {} {|it, kept| $kept | insert $it.key $it.value }
}

def write-config [service: record, settings: record, prefix: string]: nothing -> nothing {
    render-file $service.config_template (do $service.values $settings $prefix) ($prefix | path join etc $service.config_file)
}

def outcome [service: record, installed: record, changed: bool]: nothing -> record {
    let running = (find-process $service) != null
    {
        success: true
        service: $service.name
        version: $installed.version
        status: (if $running { "running" } else { "installed" })
        changed: $changed
        prefix: $installed.prefix
        config_file: ($installed.prefix | path join etc $service.config_file)
        health: (health-of $service)
    }
}

def is-older [a: string, b: string]: nothing -> bool { ($a | into semver) < ($b | into semver) }

def raise-if [what: string, errors: list<string>, span: any, help: string]: nothing -> nothing {
    if ($errors | is-not-empty) {
        error make {msg: $"($what): ($errors | str join ', ')" label: {text: "asked for here" span: $span} help: $help}
    }
}
