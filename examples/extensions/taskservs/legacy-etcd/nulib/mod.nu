# The taskserv `legacy-etcd`: etcd, as an extension whose schemas are still written in KCL.

use daemon.nu [health-report restart-unit service-status]
use operations.nu *
use release.nu [available-versions]

export const SERVICE_NAME = "legacy-etcd"
export const SERVICE_VERSION = "3.5.9"

# Releases this extension knows of; those unpacked below the prefix are added to them.
const KNOWN_VERSIONS = ["3.4.27" "3.5.0" "3.5.9"]

const TEMPLATES = path self ../templates

# Describes the taskserv.
export def taskserv-info []: nothing -> record {
    {
        name: $SERVICE_NAME
        version: $SERVICE_VERSION
        type: taskserv
        category: database
        description: (service).description
        dependencies: []
        ports: [2379 2380]
        config_files: [etc/etcd.conf.yml]
        data_directories: [data]
    }
}

# Installs etcd from a release archive below a prefix.
@example "see what would happen" { install {archive: ./etcd-v3.5.9-linux-amd64.tar.gz} --check }
export def install [
    config: record = {} # See EtcdConfig in kcl/settings.k
    --check # Return the plan and change nothing
    --version: string # Version to install, unless the configuration names one
]: nothing -> record {
    install-service (service) $config $version (metadata $config).span --check=$check
}

# Removes etcd. What cannot be removed is a warning.
export def uninstall [
    config: record = {} # May name the prefix, to be sure of it
    --force # Stop it if it runs
    --keep-data # Leave its data in place
    --check # Log what would be removed and change nothing
]: nothing -> nothing {
    uninstall-service (service) $config (metadata $config).span --force=$force --keep-data=$keep_data --check=$check
}

# Changes settings of the installed etcd; they apply from its next start on.
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

# Restarts etcd through systemd.
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

# Asks etcd, over HTTP, whether it is healthy.
export def check-health []: nothing -> record { health-of (service) }

# What operations.nu needs to know about etcd.
def service []: nothing -> record {
    {
        name: $SERVICE_NAME
        description: "etcd key-value store"
        version: $SERVICE_VERSION
        known_versions: $KNOWN_VERSIONS
        binary: etcd
        arguments: [--config-file "{etc}/etcd.conf.yml"]
        config_file: etcd.conf.yml
        config_template: ($TEMPLATES | path join config.j2)
        unit_template: ($TEMPLATES | path join service.j2)
        settings: {
            member_name: default
            client_url: "http://127.0.0.1:2379"
            peer_url: "http://127.0.0.1:2380"
            snapshot_count: 100000
        }
        faults: {|settings|
            [
                (if $settings.member_name !~ '^[A-Za-z0-9._-]+$' { "member_name must consist of letters, digits and ._-" })
                (if $settings.client_url !~ '^https?://' { "client_url must be an http or https URL" })
                (if $settings.peer_url !~ '^https?://' { "peer_url must be an http or https URL" })
                (if $settings.snapshot_count < 1 { "snapshot_count must be at least 1" })
            ] | compact
        }
        lacks: {|settings| [] }
        values: {|settings, prefix|
            {
                member_name: $settings.member_name
                data_dir: ($prefix | path join data)
                client_url: $settings.client_url
                peer_url: $settings.peer_url
                initial_cluster: $"($settings.member_name)=($settings.peer_url)"
                snapshot_count: $settings.snapshot_count
            }
        }
        health: {|installed|
            let answer = http get --max-time 5sec $"($installed.settings.client_url)/health"
            if ($answer.health | into string) == "true" { health-report true serving } else {
                health-report false failing ($answer.reason? | default "etcd reports that it is unhealthy")
            }
        }
    }
}
