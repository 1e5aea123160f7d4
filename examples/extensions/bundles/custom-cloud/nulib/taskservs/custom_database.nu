# The operations on Custom Database.
#
# The database comes from the operating system's packages, which this extension leaves alone:
# it configures what is installed, and says what is missing.

use std/log
use settings.nu *

# The server's program, and the unit its package brings along.
const PROGRAM = "customdb-server"
const UNIT = "customdb.service"

# Releases of the database this extension knows of.
const KNOWN_VERSIONS = ["13.0.0" "13.4.0" "14.0.0"]

# Configures the installed database server: writes its configuration, creates its directories.
export def install [
    config: record = {} # See DatabaseConfig in schemas/version.ncl
    --check # Return the plan and change nothing
    --version: string # Version that has to be installed; any unless given
]: nothing -> record {
    let settings = settings-of $config
    let span = (metadata $config).span
    let errors = setting-errors $config $settings
    let requirements = check-requirements $version
    let wanted = $version | default (program-version)
    if $check {
        return {
            action: install
            service: custom-database
            version: $wanted
            check_mode: true
            would_install: ($errors | is-empty)
            requirements_met: $requirements
            errors: $errors
            settings: $settings
        }
    }
    raise-if "Invalid configuration" $errors $span "`install CONFIG --check` lists the faults without raising"
    raise-if "Requirements not met" $requirements.missing $span $"install ($PROGRAM) with the system's package manager"
    log info $"Installing custom-database version ($wanted)"

    for dir in [$settings.data_directory $settings.log_directory] { claim-directory $dir }
    write-config $settings
    remember {version: $wanted settings: $settings installed_at: (date now)}
    {
        success: true
        service: custom-database
        version: $wanted
        status: (if (unit-state) == active { "running" } else { "installed" })
        config_file: (config-file $settings)
        endpoint: $"localhost:($settings.port)"
        health: (check-health)
    }
}

# Removes the configuration and, unless told otherwise, the data. The packages stay.
export def uninstall [
    config: record = {} # Not used: what to remove is remembered
    --force # Remove even while the database runs
    --keep-data # Leave data and logs in place
    --check # Log what would be removed and change nothing
]: nothing -> nothing {
    let installed = installation
    if $installed == null {
        log warning "custom-database is not installed"
        return
    }
    let settings = $installed.settings
    let doomed = if $keep_data { [] } else { [$settings.data_directory $settings.log_directory] }
    if $check {
        log info $"Would remove: ([(config-file $settings) ...$doomed] | str join ', ')"
        return
    }
    if not $force and (unit-state) == active {
        error make {msg: "custom-database is running" help: $"systemctl stop ($UNIT), or use --force"}
    }
    log info "Uninstalling custom-database"
    rm --force (config-file $settings)
    for dir in $doomed {
        if (marker $dir | path exists) { rm --recursive --force $dir } else { log warning $"Left in place, not ours: ($dir)" }
    }
    rm --force (state-file)
}

# Changes settings. The database reads them when it is next started.
export def configure [
    config: record # Settings to change; the others stay
]: nothing -> nothing {
    let installed = installation-or-fail
    let settings = $installed.settings | merge $config
    raise-if "Invalid configuration" (setting-errors $config $settings) (metadata $config).span "see DatabaseConfig in schemas/version.ncl"
    for dir in [$settings.data_directory $settings.log_directory] { claim-directory $dir }
    write-config $settings
    if (config-file $settings) != (config-file $installed.settings) { rm --force (config-file $installed.settings) }
    remember ($installed | update settings $settings)
    log info "Configured custom-database: it applies from the next start on"
}

# Tells what is really so.
export def status []: nothing -> record {
    let installed = installation
    {
        service: custom-database
        installed: ($installed != null)
        version: (program-version)
        running: ((unit-state) == active)
        systemd_status: (unit-state)
        health: (check-health)
        config_file: (if $installed != null { config-file $installed.settings })
        endpoint: (if $installed != null { $"localhost:($installed.settings.port)" })
    }
}

# Restarts the database through systemd.
export def restart []: nothing -> nothing {
    installation-or-fail | ignore
    if (unit-state) == unavailable {
        error make {
            msg: "Cannot restart custom-database: systemd does not run this machine"
            help: $"run it yourself: ($PROGRAM) --config (config-file (installation-or-fail).settings)"
        }
    }
    let run = ^systemctl restart $UNIT | complete
    if $run.exit_code != 0 {
        error make {msg: $"Cannot restart custom-database: ($run.stderr | str trim)" help: $"systemctl status ($UNIT)"}
    }
}

# Adopts a version that the system's package manager has installed.
export def upgrade [
    version: string # Version that has to be installed
    --check # Return the plan and change nothing
]: nothing -> record {
    let installed = installation-or-fail
    let found = program-version
    let report = {action: upgrade service: custom-database from: $installed.version to: $version}
    if $check {
        return ($report | merge {
            check_mode: true
            would_upgrade: ($installed.version != $version)
            requirements_met: (check-requirements $version)
        })
    }
    raise-if "Cannot upgrade" (check-requirements $version).missing (metadata $version).span (
        $"first upgrade ($PROGRAM) to ($version) with the system's package manager; it is ($found | default 'not installed')"
    )
    write-config $installed.settings
    remember ($installed | update version $version)
    $report | insert success true
}

# Returns the version that the installed server reports.
export def get-current-version []: nothing -> string {
    let version = program-version
    if $version == null {
        error make {msg: $"($PROGRAM) is not installed" help: "install it with the system's package manager"}
    }
    $version
}

# Lists the known versions and the installed one, oldest first.
export def get-available-versions []: nothing -> list<string> {
    $KNOWN_VERSIONS ++ [(program-version)] | compact | uniq | sort-by { into semver }
}

# Compares the installed version with the latest known one.
export def check-updates []: nothing -> record {
    let current = program-version
    let latest = get-available-versions | last
    {
        service: custom-database
        current: $current
        latest: $latest
        update_available: ($current != null and $current != $latest)
        available: (get-available-versions)
    }
}

# Asks the database, through its own client, whether it answers.
export def check-health []: nothing -> record {
    let installed = installation
    let error = if $installed == null {
        "custom-database is not installed"
    } else if not (is-program customdb-cli) {
        "customdb-cli is not on PATH: the database cannot be asked"
    } else {
        let run = ^customdb-cli --host localhost --port $installed.settings.port --command "SELECT 1" | complete
        if $run.exit_code != 0 { $"the database does not answer: ($run.stderr | str trim)" }
    }
    {healthy: ($error == null) status: (if $error == null { "serving" } else { "failing" }) error: $error last_check: (date now)}
}

# Returns what this machine lacks.
export def check-requirements [
    version?: any # Version that has to be installed
]: nothing -> record<met: bool, missing: list<string>> {
    let found = program-version
    let missing = if $found == null { [$PROGRAM] } else if $version != null and $found != $version {
        [$"($PROGRAM) ($version) \(found ($found))"]
    } else { [] }
    {met: ($missing | is-empty) missing: $missing}
}

def is-program [name: string]: nothing -> bool { which --all $name | where type == external | is-not-empty }

def program-version []: nothing -> any {
    if not (is-program $PROGRAM) { return null }
    let run = ^$PROGRAM --version | complete
    $run.stdout | parse --regex '(?<version>\d+\.\d+\.\d+)' | get --optional version.0
}

def unit-state []: nothing -> string {
    if not ("/run/systemd/system" | path exists) { return unavailable }
    ^systemctl is-active $UNIT | complete | get stdout | str trim | default --empty unknown
}

def installation []: nothing -> any {
    if (state-file | path exists) { open --raw (state-file) | from nuon } else { null }
}

def installation-or-fail []: nothing -> record {
    let installed = installation
    if $installed == null { error make {msg: "custom-database is not installed" help: "`install` it first"} }
    $installed
}

def remember [installed: record]: nothing -> nothing { $installed | to nuon --indent 2 | save-atomically (state-file) }

def state-file []: nothing -> string {
    let home = [$env.XDG_STATE_HOME? "~/.local/state"] | compact --empty | first
    $home | path join provisioning services custom-database.nuon | path expand
}

def raise-if [what: string, errors: list<string>, span: any, help: string]: nothing -> nothing {
    if ($errors | is-not-empty) {
        error make {msg: $"($what): ($errors | str join ', ')" label: {text: "asked for here" span: $span} help: $help}
    }
}
