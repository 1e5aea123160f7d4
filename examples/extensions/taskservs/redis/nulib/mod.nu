# The taskserv `redis`: a Redis server, from Debian's package.

use provisioning *
use packaged.nu *

export const SERVICE_NAME = "redis"
export const SERVICE_VERSION = "7.0.15"

const SCHEMA = path self ../schemas/settings.ncl
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
        ports: [6379]
        config_files: [etc/redis.conf]
        data_directories: [data]
    }
}

# Installs Redis below a prefix, starts it, and returns when it serves. What is so already is left alone.
@example "see what would happen" { install {port: 6379} --check }
export def install [
    config: record = {} # See ServiceConfig in schemas/settings.ncl; `prefix` says where
    --check # Return the plan and change nothing
    --version: string # Version that the machine has to have
]: nothing -> record {
    install-packaged (service) $config ($version | default $config.version?) (metadata $config).span --check=$check
}

# Stops Redis and removes what it has below its prefix.
export def uninstall [
    config: record = {} # May name the prefix, to be sure of it
    --force # Give it a second to end, and no more
    --keep-data # Leave its data in place
    --check # Log what would be removed and change nothing
]: nothing -> nothing {
    uninstall-packaged (service) $config (metadata $config).span --force=$force --keep-data=$keep_data --check=$check
}

# Changes settings of Redis, which is started anew with them.
export def configure [
    config: record # Settings to change; the others stay
    --check # Check the settings and change nothing
]: nothing -> nothing {
    configure-packaged (service) $config (metadata $config).span --check=$check
}

# Tells what is so: installed, running, since when, how healthy, with what use of the machine.
export def status []: nothing -> record { status-packaged (service) }

# Restarts Redis, and returns when it serves again.
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

# Asks Redis how it is.
export def check-health []: nothing -> record { health-packaged (service) }

# What packaged.nu needs to know of Redis.
def service []: nothing -> record {
    {
        name: $SERVICE_NAME
        description: "In-memory database"
        version: $SERVICE_VERSION
        scheme: redis
        package: redis-server
        programs: {redis-server: redis-server, redis-cli: redis-tools}
        schema: $SCHEMA
        version_of: {|| ^(find-command redis-server) --version | parse --regex 'v=(?<version>[0-9.]+)' | get --optional 0.version | default "0.0.0" }
        files: {|settings, prefix|
            [{
                template: ($TEMPLATES | path join redis.conf.j2)
                target: (config-file $prefix)
                data: ($settings | merge {data: ($prefix | path join data), password: (password-of $prefix)})
                # It may hold the password.
                mode: "600"
            }]
        }
        directories: []
        command: {|settings, prefix| [(find-command redis-server) (config-file $prefix)] }
        accepts: {|settings, prefix| null }
        health: {|settings, prefix|
            # In its environment nobody sees the password.
            let answer = with-env {REDISCLI_AUTH: (password-of $prefix)} {
                ^timeout 5 (find-command redis-cli) -h $settings.host -p $settings.port ping | complete
            }
            let said = ($answer.stdout | str trim)
            if $said == PONG { {healthy: true, status: serving, error: null} } else {
                {healthy: false, status: failing, error: ($said | default --empty ($answer.stderr | str trim))}
            }
        }
    }
}

def config-file [prefix: string]: nothing -> string { $prefix | path join etc redis.conf }

# The password that is given now, or else the one that the configuration has: it is kept nowhere else.
def password-of [prefix: string]: nothing -> string {
    let given = secret REDIS_PASSWORD --optional
    if $given != null { return $given }
    let file = config-file $prefix
    if not ($file | path exists) { return "" }
    open --raw $file | lines | parse "requirepass {password}" | get --optional 0.password | default '""' | from json
}
