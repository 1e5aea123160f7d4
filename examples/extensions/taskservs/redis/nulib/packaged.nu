# The taskserv operations for a program that a package of the system brings, run below a prefix of its own:
#
#     <prefix>/etc/    configuration, rendered from templates/
#     <prefix>/data/   the service's own data
#
# What is installed is remembered in `<state home>/provisioning/services/<name>.nuon`; the process is a service of the library's.
# `mod.nu` describes the service by a record:
#
#     name, description, version     what it is, and the version that this extension was made for
#     scheme                         of the URL that it is reached by, with the settings `host` and `port`
#     package, programs              Debian's package, and the programs of it that are needed
#     schema                         the file with the contract ServiceConfig
#     version_of   {|| ... }         what the program says of its version
#     files        {|settings, prefix| ... }   [{template, target, data, mode}]
#     directories  [...]             below the prefix, besides etc and data
#     command      {|settings, prefix| ... }   what runs
#     accepts      {|settings, prefix| ... }   null, or what the program says against its configuration
#     health       {|settings, prefix| ... }   {healthy, status, error}, as the running service says
#
# Shared word for word by the taskservs of Debian's packages.

use provisioning *
use provisioning/log.nu

# Programs of the system that every one of them needs.
const ALWAYS = {setsid: util-linux, flock: util-linux, chmod: coreutils, timeout: coreutils}

# Installs the service and starts it, or tells what would be done. What is so already is left alone.
export def install-packaged [service: record, config: record, version: any, span: any, --check]: nothing -> record {
    let settings = (settings-of $service $config)
    let known = (installation $service)
    let prefix = ($known.prefix? | default (prefix-of $service $config))
    let requirements = (requirements-of $service $version)
    let errors = (
        if $known != null and $config.prefix? != null and ($config.prefix | path expand) != $known.prefix {
            [$"($service.name) is installed below ($known.prefix) already"]
        } else if $known == null and ($prefix | path exists) and (ls --all $prefix | get name | path basename | where $it not-in [data] | is-not-empty) {
            [$"($prefix) holds other things"]
        } else { [] }
    )
    let is_same = $known != null and $known.settings == $settings and (service status $service.name).running
    if $check {
        return {
            action: install, service: $service.name, version: $requirements.version, check_mode: true, installed: ($known != null)
            would_install: (($errors | is-empty) and $requirements.met and not $is_same)
            requirements_met: ($requirements | select met missing), errors: $errors, prefix: $prefix, settings: $settings
        }
    }
    if ($errors | is-not-empty) {
        error make {
            msg: $"Cannot install ($service.name): ($errors | str join ', ')"
            label: {text: "asked for here", span: $span}
            help: "`install CONFIG --check` lists what stands in the way"
        }
    }
    if not $requirements.met {
        error make {
            msg: $"Requirements not met: ($requirements.missing | str join ', ')"
            label: {text: "asked for here", span: $span}
            help: $requirements.help
        }
    }
    if $is_same {
        log debug $"($service.name) is installed and runs"
        return (outcome $service $known false)
    }
    log info $"Installing ($service.name)" {version: $requirements.version, prefix: $prefix}
    let installed = {
        service: $service.name, version: $requirements.version, prefix: $prefix, settings: $settings
        installed_at: ($known.installed_at? | default (date now))
    }
    let had_data = ($prefix | path join data | path exists)
    # Known before anything is there, so that whatever becomes of this run `uninstall` finds it.
    remember $service $installed
    let failure = (try { bring-up $service $settings $prefix; null } catch {|error| $error.details })
    if $failure != null {
        log error $"Installing ($service.name) failed, and is taken back"
        if $known == null {
            take-down $service $prefix --keep-data=$had_data
            forget $service
        } else {
            remember $service $known
            try { bring-up $service $known.settings $prefix } catch {|error| log error $error.msg }
        }
        error make {msg: $failure.msg, label: {text: "could not be installed", span: $span}, help: ($failure.help? | default "nothing of it is left")}
    }
    outcome $service $installed true
}

# Stops the service and removes what it has below its prefix.
export def uninstall-packaged [service: record, config: record, span: any, --force, --keep-data, --check]: nothing -> nothing {
    let known = (installation $service)
    if $known == null {
        log info $"($service.name) is not installed"
        return
    }
    if $config.prefix? != null and ($config.prefix | path expand) != $known.prefix {
        error make {
            msg: $"Refusing to remove ($config.prefix)"
            label: {text: "not where the service is installed", span: $span}
            help: $"($service.name) is installed below ($known.prefix)"
        }
    }
    if $check {
        log info $"Would remove ($service.name)" {prefix: $known.prefix, keep_data: $keep_data}
        return
    }
    log info $"Uninstalling ($service.name)" {prefix: $known.prefix, keep_data: $keep_data}
    service stop $service.name --timeout (if $force { 1sec } else { 30sec }) | ignore
    take-down $service $known.prefix --keep-data=$keep_data
    forget $service
}

# Changes settings of the installed service, which is started anew when that changes a file. If it does not come up with them, the
# settings from before are put back.
export def configure-packaged [service: record, config: record, span: any, --check]: nothing -> nothing {
    let known = (installation-or-fail $service)
    let settings = (settings-of $service ($known.settings | merge $config))
    if $check {
        log info $"Would configure ($service.name)" {settings: ($config | columns)}
        return
    }
    let failure = (try { bring-up $service $settings $known.prefix; null } catch {|error| $error.details })
    if $failure != null {
        try { bring-up $service $known.settings $known.prefix } catch {|error| log error $error.msg }
        error make {
            msg: $"($service.name) does not come up with these settings: ($failure.msg)"
            label: {text: "the ones from before are in force again", span: $span}
            help: $failure.help?
        }
    }
    remember $service ($known | update settings $settings)
}

# Tells what is so: whether it is installed, runs and serves, and what it uses of the machine.
export def status-packaged [service: record]: nothing -> record {
    let known = (installation $service)
    let now = (service status $service.name)
    let used = (if $now.pid != null { ps | where pid == $now.pid | get --optional 0 })
    {
        service: $service.name
        status: (if $known == null { "absent" } else { $now.state })
        installed: ($known != null)
        version: $known.version?
        prefix: $known.prefix?
        running: $now.running
        pid: $now.pid
        endpoint: (if $known != null { $"($service.scheme)://($known.settings.host):($known.settings.port)" })
        systemd_status: (if $now.manager == systemd { $now.state } else { "unavailable" })
        health: (health-packaged $service)
        uptime: (if $now.since != null { (date now) - $now.since })
        memory_usage: $used.mem?
        cpu_usage: $used.cpu?
    }
}

# Asks the service how it is: {healthy, status, error, last_check}.
export def health-packaged [service: record]: nothing -> record {
    let known = (installation $service)
    let health = (
        if $known == null { {healthy: false, status: unknown, error: $"($service.name) is not installed"} } else if not (service status $service.name).running {
            {healthy: false, status: stopped, error: $"($service.name) is not running"}
        } else {
            try { do $service.health $known.settings $known.prefix } catch {|error| {healthy: false, status: failing, error: $error.msg} }
        }
    )
    $health | insert last_check (date now)
}

# Stops and starts the service, and returns when it serves.
export def restart-packaged [service: record]: nothing -> nothing {
    let known = (installation-or-fail $service)
    service stop $service.name --timeout 30sec | ignore
    bring-up $service $known.settings $known.prefix
}

# Takes the version that the system has now: the package itself is the system's to upgrade.
export def upgrade-packaged [service: record, version: string, span: any, --check]: nothing -> record {
    let known = (installation-or-fail $service)
    let requirements = (requirements-of $service $version)
    let is_pending = $known.version != $version
    let report = {action: upgrade, service: $service.name, from: $known.version, to: $version}
    if $check {
        return (
            $report | merge {
                check_mode: true, would_upgrade: ($is_pending and $requirements.met)
                requirements_met: ($requirements | select met missing), errors: []
            }
        )
    }
    if not $requirements.met {
        error make {
            msg: $"Requirements not met: ($requirements.missing | str join ', ')"
            label: {text: "not on this machine", span: $span}
            help: $requirements.help
        }
    }
    if $is_pending {
        log info $"Upgrading ($service.name)" {from: $known.version, to: $version}
        restart-packaged $service
        remember $service ($known | update version $version)
    }
    $report | merge (outcome $service (installation $service) $is_pending) | insert restart_required false
}

# What the program says of its version.
export def version-packaged [service: record]: nothing -> string {
    installation-or-fail $service | ignore
    do $service.version_of
}

# The version that is on this machine, and the one that the system's packages offer, oldest first.
export def versions-packaged [service: record]: nothing -> list<string> {
    let here = (if (missing-commands $service.programs | is-empty) { [(do $service.version_of)] } else { [] })
    let offered = (
        if (find-command apt-cache) == null { [] } else {
            ^apt-cache policy $service.package | complete | get stdout | lines
            | parse --regex 'Candidate: (?:\d+:)?(?<version>\d+\.\d+\.\d+)' | get version
        }
    )
    $here ++ $offered | uniq | sort-by { into semver }
}

# Compares what is installed with what there is.
export def updates-packaged [service: record]: nothing -> record {
    let known = (installation-or-fail $service)
    let available = (versions-packaged $service)
    let latest = ($available | last)
    {
        service: $service.name, current: $known.version, latest: $latest
        update_available: (($latest | into semver) > ($known.version | into semver)), available: $available
    }
}

# Writes the configuration, makes sure that the program takes it, and has the service run with it.
def bring-up [service: record, settings: record, prefix: string]: nothing -> nothing {
    for directory in [etc data ...$service.directories] { mkdir ($prefix | path join $directory) }
    let files = (do $service.files $settings $prefix)
    let before = ($files | each {|file| try { open --raw $file.target } catch { null } })
    let written = ($files | each {|file| render $file.template $file.data $file.target --mode $file.mode })
    let refused = (do $service.accepts $settings $prefix)
    if $refused != null {
        # What runs has not been touched, and finds the files that it was started with.
        for file in ($files | zip $before) {
            if $file.1 == null { rm --force $file.0.target } else { $file.1 | save --raw --force $file.0.target }
        }
        error make {msg: $"($service.name) does not take its configuration", help: $refused}
    }
    let command = (do $service.command $settings $prefix)
    let is_ready = { (do $service.health $settings $prefix).healthy }
    if ($written | any {|file| $file.changed }) { service stop $service.name --timeout 30sec | ignore }
    let timeout = ($settings.start_timeout * 1sec)
    # It has to be the one that listens: another of its kind may have the port, and be well.
    service start $service.name $command --cwd $prefix --ready $is_ready --port $settings.port --timeout $timeout --manager $settings.manager | ignore
}

def take-down [service: record, prefix: string, --keep-data]: nothing -> nothing {
    service stop $service.name | ignore
    service forget $service.name
    for part in [etc ...$service.directories ...(if $keep_data { [] } else { [data] })] {
        rm --recursive --force ($prefix | path join $part)
    }
    if ($prefix | path exists) and (ls --all $prefix | is-empty) { rm $prefix }
}

def settings-of [service: record, config: record]: nothing -> record {
    $config | reject --optional prefix version | nickel apply $service.schema --contract ServiceConfig
}

def requirements-of [service: record, version: any]: nothing -> record {
    let missing = (missing-commands ($ALWAYS | merge $service.programs))
    let here = (if (missing-commands $service.programs | is-empty) { do $service.version_of })
    let other = (if $version != null and $here != null and $here != $version { [$"($service.name) ($version)"] } else { [] })
    let packages = ($missing | each {|name| $ALWAYS | merge $service.programs | get $name } | uniq)
    {
        met: ($missing ++ $other | is-empty), missing: ($missing ++ $other), version: $here
        help: (
            if ($missing | is-not-empty) { $"`apt-get install ($packages | str join ' ')`" } else {
                $"this machine has ($here); `apt-get install ($service.package)` installs what its packages offer"
            }
        )
    }
}

def prefix-of [service: record, config: record]: nothing -> string {
    let home = ([$env.XDG_DATA_HOME? "~/.local/share"] | compact --empty | first)
    $config.prefix? | default ($home | path join provisioning services $service.name) | path expand
}

def state-file [service: record]: nothing -> string {
    let home = ([$env.XDG_STATE_HOME? "~/.local/state"] | compact --empty | first)
    $home | path join provisioning services $"($service.name).nuon" | path expand
}

def installation [service: record]: nothing -> any {
    let file = (state-file $service)
    if ($file | path exists) { open --raw $file | from nuon }
}

def installation-or-fail [service: record]: nothing -> record {
    let known = (installation $service)
    if $known == null { error make {msg: $"($service.name) is not installed", help: "`install` does that"} }
    $known
}

def remember [service: record, installed: record]: nothing -> nothing {
    let file = (state-file $service)
    mkdir ($file | path dirname)
    let part = $"($file).(random chars --length 8)"
    $installed | to nuon --indent 2 | save --raw $part
    mv --force $part $file
}

def forget [service: record]: nothing -> nothing { rm --force (state-file $service) }

def outcome [service: record, installed: record, changed: bool]: nothing -> record {
    {
        success: true, service: $service.name, version: $installed.version, status: (service status $service.name | get state)
        changed: $changed, prefix: $installed.prefix, config_file: (do $service.files $installed.settings $installed.prefix | get 0.target)
        health: (health-packaged $service)
    }
}
