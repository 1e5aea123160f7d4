# The taskserv `docker-registry`: an image registry, from Debian's package.

use provisioning *
use packaged.nu *

export const SERVICE_NAME = "docker-registry"
export const SERVICE_VERSION = "2.8.2"

const SCHEMA = path self ../schemas/settings.ncl
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

# Installs the registry below a prefix, starts it, and returns when it serves. What is so already is left alone.
@example "see what would happen" { install {port: 5000} --check }
export def install [
    config: record = {} # See ServiceConfig in schemas/settings.ncl; `prefix` says where
    --check # Return the plan and change nothing
    --version: string # Version that the machine has to have
]: nothing -> record {
    install-packaged (service) $config ($version | default $config.version?) (metadata $config).span --check=$check
}

# Stops the registry and removes what it has below its prefix.
export def uninstall [
    config: record = {} # May name the prefix, to be sure of it
    --force # Give it a second to end, and no more
    --keep-data # Leave its data in place
    --check # Log what would be removed and change nothing
]: nothing -> nothing {
    uninstall-packaged (service) $config (metadata $config).span --force=$force --keep-data=$keep_data --check=$check
}

# Changes settings of the registry, which is started anew with them.
export def configure [
    config: record # Settings to change; the others stay
    --check # Check the settings and change nothing
]: nothing -> nothing {
    configure-packaged (service) $config (metadata $config).span --check=$check
}

# Tells what is so: installed, running, since when, how healthy, with what use of the machine.
export def status []: nothing -> record { status-packaged (service) }

# Restarts the registry, and returns when it serves again.
export def restart []: nothing -> nothing { restart-packaged (service) }

# Goes on with the version that the system's package has now.
export def upgrade [
    version: string # Version to move to
    --check # Return the plan and change nothing
]: nothing -> record {
    upgrade-packaged (service) $version (metadata $version).span --check=$check
}

# Returns the version that the program reports.
export def get-current-version []: nothing -> string { version-packaged (service) }

# Lists the version on this machine and the one that the system's packages offer, oldest first.
export def get-available-versions []: nothing -> list<string> { versions-packaged (service) }

# Compares the installed version with the latest available one.
export def check-updates []: nothing -> record { updates-packaged (service) }

# Asks the registry how it is.
export def check-health []: nothing -> record { health-packaged (service) }

# What packaged.nu needs to know of the registry.
def service []: nothing -> record {
    {
        name: $SERVICE_NAME
        description: "OCI image registry"
        version: $SERVICE_VERSION
        scheme: http
        package: docker-registry
        programs: {docker-registry: docker-registry}
        schema: $SCHEMA
        version_of: {|| ^(find-command docker-registry) --version | parse --regex ' v?(?<version>[0-9]+[.][0-9]+[.][0-9]+)' | get --optional 0.version | default "0.0.0" }
        files: {|settings, prefix|
            [{
                template: ($TEMPLATES | path join config.yml.j2)
                target: (config-file $prefix)
                data: ($settings | merge {data: ($prefix | path join data)})
                mode: "644"
            }]
        }
        directories: []
        command: {|settings, prefix| [(find-command docker-registry) serve (config-file $prefix)] }
        accepts: {|settings, prefix| null }
        health: {|settings, prefix|
            let asked = http-health $"http://($settings.host):($settings.port)/v2/"
            {healthy: $asked.healthy, status: (if $asked.healthy { "serving" } else { "failing" }), error: $asked.error}
        }
    }
}

def config-file [prefix: string]: nothing -> string { $prefix | path join etc config.yml }
