# Reading operations of the provider.

use network.nu [access-to]
use utils.nu *

# The port an SSH server listens on, unless LOCAL_PROVIDER_SSH_PORT says otherwise.
const SSH_PORT = 22

# Lists the servers with their real status, oldest first.
export def list-servers []: nothing -> list<record> {
    read-servers | each { observe }
}

# Describes one server, and where its output goes.
export def get-server-info [
    server_id: string # Server id
]: nothing -> record {
    read-server $server_id --span (metadata $server_id).span
    | observe
    | insert ip_addresses [((read-server $server_id).address? | default 127.0.0.1)]
    | insert log (server-dir $server_id | path join output.log)
}

# Tells how to reach a server: in the zone `isolated` without SSH, by the words that `command` puts before a command; in `local` through
# this machine's own SSH server, if it has one.
export def get-ssh-access [
    server_id: string # Server id
]: nothing -> record {
    let server = read-server $server_id --span (metadata $server_id).span
    if $server.address? != null {
        return {
            server_id: $server.id host: $server.address port: null user: (whoami) keys: $server.ssh_keys
            command: (access-to $server_id)
        }
    }
    let port = $env.LOCAL_PROVIDER_SSH_PORT? | default $SSH_PORT | into int
    if $port not-in (listening-ports) {
        error make {
            msg: $"No SSH access to ($server_id): nothing listens on port ($port) of this machine"
            label: {text: "a process, reachable only through this machine" span: (metadata $server_id).span}
            help: "start an SSH server, or set LOCAL_PROVIDER_SSH_PORT to the port it listens on"
        }
    }
    {server_id: $server.id host: 127.0.0.1 port: $port user: (whoami) keys: $server.ssh_keys command: [ssh -p ($port | into string) $"(whoami)@127.0.0.1"]}
}

# Reads the kernel's socket tables: no connection is made, so nothing shows up in a log.
def listening-ports []: nothing -> list<int> {
    [/proc/net/tcp /proc/net/tcp6] | where {|table| $table | path exists } | each {|table|
        open --raw $table | lines | skip 1 | each {|line|
            let fields = $line | str trim | split row --regex '\s+'
            # state 0A is LISTEN; the port is the hexadecimal tail of the local address
            if $fields.3 == "0A" { $fields.1 | split row ':' | last | into int --radix 16 }
        }
    } | flatten | compact | uniq
}
