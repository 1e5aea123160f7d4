# The taskserv `containerd`: the container runtime, from a release archive of the project.

use daemon.nu [health-report restart-unit service-status]
use operations.nu *
use release.nu [available-versions]

export const SERVICE_NAME = "containerd"
export const SERVICE_VERSION = "1.7.0"

# Releases this extension knows of; those unpacked below the prefix are added to them.
const KNOWN_VERSIONS = ["1.6.0" "1.6.20" "1.7.0"]

const TEMPLATES = path self ../templates

# Describes the taskserv.
export def taskserv-info []: nothing -> record {
    {
        name: $SERVICE_NAME
        version: $SERVICE_VERSION
        type: taskserv
        category: container-runtime
        description: (service).description
        dependencies: []
        ports: []
        config_files: [etc/config.toml]
        data_directories: [data]
    }
}

# Installs containerd from a release archive below a prefix.
@example "see what would happen" { install {archive: ./containerd-1.7.0-linux-amd64.tar.gz} --check }
export def install [
    config: record = {} # See ServiceConfig in schemas/settings.ncl
    --check # Return the plan and change nothing
    --version: string # Version to install, unless the configuration names one
]: nothing -> record {
    install-service (service) $config $version (metadata $config).span --check=$check
}

# Removes containerd. What cannot be removed is a warning.
export def uninstall [
    config: record = {} # May name the prefix, to be sure of it
    --force # Stop it if it runs
    --keep-data # Leave its data in place
    --check # Log what would be removed and change nothing
]: nothing -> nothing {
    uninstall-service (service) $config (metadata $config).span --force=$force --keep-data=$keep_data --check=$check
}

# Changes settings of the installed containerd; they apply from its next start on.
export def configure [
    config: record # Settings to change; the others stay
    --check # Check the settings and change nothing
]: nothing -> nothing {
    configure-service (service) $config (metadata $config).span --check=$check
}

# Tells what is really so: installed, running, since when, with what use of the machine.
export def status []: nothing -> record {
    service-status (service) (current-version (service)) (check-health)
}

# Restarts containerd through systemd.
export def restart []: nothing -> nothing { restart-unit (service) }

# Moves to another version. The previous one stays unpacked, to go back to.
export def upgrade [
    version: string # Version to move to
    --archive: string # Release archive of that version: a path or an https URL
    --sha256: string # Its checksum
    --allow-downgrade # Accept an older version
    --check # Return the plan and change nothing
]: nothing -> record {
    (upgrade-service (service) $version ({archive: $archive sha256: $sha256} | compact-values)
        (metadata $version).span --allow-downgrade=$allow_downgrade --check=$check)
}

# Returns the version that the installed program reports.
export def get-current-version []: nothing -> string {
    let version = current-version (service)
    if $version == null { error make {msg: $"($SERVICE_NAME) is not installed" help: "install it first: `install {archive: PATH}`"} }
    $version
}

# Lists the versions known to this extension and those unpacked here, oldest first.
export def get-available-versions []: nothing -> list<string> { available-versions (service) }

# Compares the installed version with the latest available one.
export def check-updates []: nothing -> record { update-report (service) }

# Asks containerd, through its own client, whether it answers.
export def check-health []: nothing -> record { health-of (service) }

# What operations.nu needs to know about containerd.
def service []: nothing -> record {
    {
        name: $SERVICE_NAME
        description: "containerd container runtime"
        version: $SERVICE_VERSION
        known_versions: $KNOWN_VERSIONS
        binary: bin/containerd
        arguments: [--config "{etc}/config.toml"]
        config_file: config.toml
        config_template: ($TEMPLATES | path join config.j2)
        unit_template: ($TEMPLATES | path join service.j2)
        settings: {
            socket: /run/containerd/containerd.sock
            state_dir: /run/containerd
            log_level: info
        }
        faults: {|settings|
            [
                (if $settings.socket !~ '^/' { "socket must be an absolute path" })
                (if $settings.state_dir !~ '^/' { "state_dir must be an absolute path" })
                (if $settings.log_level not-in [trace debug info warn error fatal] {
                    "log_level must be one of trace, debug, info, warn, error, fatal"
                })
            ] | compact
        }
        lacks: {|settings| [] }
        values: {|settings, prefix| $settings | merge {root: ($prefix | path join data)} }
        health: {|installed|
            let client = $installed.prefix | path join current bin ctr
            let run = ^$client --address $installed.settings.socket version | complete
            if $run.exit_code == 0 { health-report true serving } else { health-report false failing ($run.stderr | str trim) }
        }
    }
}
