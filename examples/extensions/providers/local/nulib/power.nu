# Starting, stopping and rebooting local servers.

use std/log
use process.nu [launch]
use network.nu [network-down]
use utils.nu *

# Starts a server that is stopped or whose process has ended. Does nothing when it runs.
export def start-server [
    server_id: string # Server id
    --check # Log what would be done and change nothing
]: nothing -> nothing {
    let server = read-server $server_id --span (metadata $server_id).span
    if (is-alive $server.process) {
        log info $"Server already runs: ($server_id)"
    } else if $check {
        log info $"Would start server: ($server_id)"
    } else {
        launch $server_id --wait
    }
}

# Stops a server: ends its process and all its children, and verifies that it is gone.
export def stop-server [
    server_id: string # Server id
    --check # Log what would be done and change nothing
]: nothing -> nothing {
    let server = read-server $server_id --span (metadata $server_id).span
    if $check {
        log info $"Would stop server: ($server_id)"
        return
    }
    if (is-alive $server.process) { end-process $server.process }
    if $server.address? != null { network-down $server_id }
    $server | update process null | write-record (server-dir $server_id)
}

# Stops a server and starts it again.
export def reboot-server [
    server_id: string # Server id
    --check # Log what would be done and change nothing
]: nothing -> nothing {
    let server = read-server $server_id --span (metadata $server_id).span
    if $check {
        log info $"Would reboot server: ($server_id)"
        return
    }
    if (is-alive $server.process) { stop-server $server_id }
    launch $server_id --wait
}
