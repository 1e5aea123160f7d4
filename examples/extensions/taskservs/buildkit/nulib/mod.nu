# The taskserv `buildkit`: the image builder, working through containerd.

use daemon.nu [health-report restart-unit service-status]
use operations.nu *
use release.nu [available-versions installation version-of]

export const SERVICE_NAME = "buildkit"
export const SERVICE_VERSION = "0.12.0"

# Releases this extension knows of; those unpacked below the prefix are added to them.
const KNOWN_VERSIONS = ["0.11.0" "0.11.6" "0.12.0"]

# What buildkit works through; the same as in metadata.toml and schemas/version.ncl.
const CONTAINERD_RANGE = ">=1.6.0"

const TEMPLATES = path self ../templates

# Describes the taskserv.
export def taskserv-info []: nothing -> record {
    {
        name: $SERVICE_NAME
        version: $SERVICE_VERSION
        type: taskserv
        category: build
        description: (service).description
        dependencies: [containerd]
        ports: []
        config_files: [etc/buildkitd.toml]
        data_directories: [data]
    }
}

# Installs buildkit from a release archive below a prefix.
@example "see what would happen" { install {archive: ./buildkit-v0.12.0.linux-amd64.tar.gz} --check }
export def install [
    config: record = {} # See ServiceConfig in schemas/settings.ncl
    --check # Return the plan and change nothing
    --version: string # Version to install, unless the configuration names one
]: nothing -> record {
    install-service (service) $config $version (metadata $config).span --check=$check
}

# Removes buildkit. What cannot be removed is a warning.
export def uninstall [
    config: record = {} # May name the prefix, to be sure of it
    --force # Stop it if it runs
    --keep-data # Leave its data in place
    --check # Log what would be removed and change nothing
]: nothing -> nothing {
    uninstall-service (service) $config (metadata $config).span --force=$force --keep-data=$keep_data --check=$check
}

# Changes settings of the installed buildkit; they apply from its next start on.
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

# Restarts buildkit through systemd.
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

# Asks buildkit, through its own client, whether its workers answer.
export def check-health []: nothing -> record { health-of (service) }

# What operations.nu needs to know about buildkit.
def service []: nothing -> record {
    {
        name: $SERVICE_NAME
        description: "BuildKit image builder"
        version: $SERVICE_VERSION
        known_versions: $KNOWN_VERSIONS
        binary: bin/buildkitd
        arguments: [--config "{etc}/buildkitd.toml"]
        config_file: buildkitd.toml
        config_template: ($TEMPLATES | path join config.j2)
        unit_template: ($TEMPLATES | path join service.j2)
        settings: {
            worker_count: 4
            cache_size: 10Gi
            registry_mirrors: []
            insecure_mirrors: false
            containerd_address: /run/containerd/containerd.sock
            socket: /run/buildkit/buildkitd.sock
        }
        faults: {|settings|
            [
                (if $settings.worker_count < 1 { "worker_count must be at least 1" })
                (if $settings.cache_size !~ '^\d+(\.\d+)?[KMGT]i$' { "cache_size must be a quantity such as 10Gi" })
                (if $settings.socket !~ '^/' { "socket must be an absolute path" })
                (if $settings.containerd_address !~ '^/' { "containerd_address must be an absolute path" })
                ...($settings.registry_mirrors | where $it !~ '^[A-Za-z0-9.-]+(:\d+)?$'
                    | each {|mirror| $"registry_mirrors: ($mirror) is not of the form host:port" })
            ] | compact
        }
        lacks: {|settings|
            let found = containerd-version
            if $found == null {
                [$"containerd ($CONTAINERD_RANGE)"]
            } else if not (($found | into semver) in ($CONTAINERD_RANGE | into semver-range)) {
                [$"containerd ($CONTAINERD_RANGE) \(found ($found))"]
            } else { [] }
        }
        values: {|settings, prefix|
            {
                root: ($prefix | path join data)
                address: [$"unix://($settings.socket)"]
                containerd_address: $settings.containerd_address
                worker_count: $settings.worker_count
                # bytes: the one unit that every release reads the same way
                cache_bytes: ($"($settings.cache_size)B" | into filesize | into int)
                registry_mirrors: $settings.registry_mirrors
                mirror_tables: (if $settings.insecure_mirrors {
                    $settings.registry_mirrors | each {|mirror| $"[registry.\"($mirror)\"]\n  http = true" } | str join "\n\n"
                } else { "" })
            }
        }
        health: {|installed|
            let client = $installed.prefix | path join current bin buildctl
            let run = ^$client --addr $"unix://($installed.settings.socket)" debug workers | complete
            if $run.exit_code == 0 { health-report true serving } else { health-report false failing ($run.stderr | str trim) }
        }
    }
}

# Returns the version of containerd on PATH, else of the one that the taskserv `containerd` installed.
def containerd-version []: nothing -> any {
    if (which --all containerd | where type == external | is-not-empty) { return (version-of containerd) }
    let installed = installation {name: containerd}
    if $installed == null { null } else { version-of ($installed.prefix | path join current bin containerd) }
}
