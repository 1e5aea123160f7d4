# The taskserv `registry`: an image registry, from a release archive of the Distribution project.

use daemon.nu [health-report restart-unit service-status]
use operations.nu *
use release.nu [available-versions]

export const SERVICE_NAME = "registry"
export const SERVICE_VERSION = "2.8.0"

# Releases this extension knows of; those unpacked below the prefix are added to them.
const KNOWN_VERSIONS = ["2.7.0" "2.7.1" "2.8.0"]

const TEMPLATES = path self ../templates

# Describes the taskserv.
export def taskserv-info []: nothing -> record {
    {
        name: $SERVICE_NAME
        version: $SERVICE_VERSION
        type: taskserv
        category: registry
        description: (service).description
        dependencies: []
        ports: [5000]
        config_files: [etc/config.yml]
        data_directories: [data]
    }
}

# Installs the registry from a release archive below a prefix.
@example "see what would happen" { install {archive: ./registry_2.8.0_linux_amd64.tar.gz} --check }
export def install [
    config: record = {} # See ServiceConfig in schemas/settings.ncl
    --check # Return the plan and change nothing
    --version: string # Version to install, unless the configuration names one
]: nothing -> record {
    install-service (service) $config $version (metadata $config).span --check=$check
}

# Removes the registry. What cannot be removed is a warning.
export def uninstall [
    config: record = {} # May name the prefix, to be sure of it
    --force # Stop it if it runs
    --keep-data # Leave its data in place
    --check # Log what would be removed and change nothing
]: nothing -> nothing {
    uninstall-service (service) $config (metadata $config).span --force=$force --keep-data=$keep_data --check=$check
}

# Changes settings of the installed the registry; they apply from its next start on.
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

# Restarts the registry through systemd.
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

# Asks the registry, over HTTP, whether it serves images.
export def check-health []: nothing -> record { health-of (service) }

# What operations.nu needs to know about the registry.
def service []: nothing -> record {
    {
        name: $SERVICE_NAME
        description: "OCI image registry"
        version: $SERVICE_VERSION
        known_versions: $KNOWN_VERSIONS
        binary: registry
        arguments: [serve "{etc}/config.yml"]
        config_file: config.yml
        config_template: ($TEMPLATES | path join config.j2)
        unit_template: ($TEMPLATES | path join service.j2)
        settings: {
            host: "127.0.0.1"
            port: 5000
            storage_driver: filesystem
            storage_path: ""
            auth_enabled: false
            htpasswd_file: ""
            log_level: info
        }
        faults: {|settings|
            [
                (if $settings.port not-in 1..65535 { "port must lie between 1 and 65535" })
                (if $settings.storage_driver not-in [filesystem inmemory] { "storage_driver must be filesystem or inmemory" })
                (if $settings.storage_path !~ '^(/|$)' { "storage_path must be an absolute path" })
                (if $settings.auth_enabled and not ($settings.htpasswd_file | path exists) {
                    "auth_enabled needs htpasswd_file, a file that exists"
                })
                (if $settings.log_level not-in [error warn info debug] { "log_level must be one of error, warn, info, debug" })
            ] | compact
        }
        lacks: {|settings| [] }
        values: {|settings, prefix|
            {
                address: $"($settings.host):($settings.port)"
                log_level: $settings.log_level
                storage: (if $settings.storage_driver == inmemory { {inmemory: {}} } else {
                    {filesystem: {rootdirectory: ([$settings.storage_path ($prefix | path join data)] | compact --empty | first)}}
                })
                auth: (if $settings.auth_enabled { {htpasswd: {realm: registry path: $settings.htpasswd_file}} } else { {} })
            }
        }
        health: {|installed|
            let url = $"http://($installed.settings.host):($installed.settings.port)/v2/"
            let answer = http get --full --allow-errors --max-time 5sec $url
            # 401: it serves, to those who log in
            if $answer.status in [200 401] { health-report true serving } else {
                health-report false failing $"($url) answers ($answer.status)"
            }
        }
    }
}
