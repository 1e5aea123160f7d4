# Deletion of local servers.

use std/log
use network.nu [network-down release-address]
use utils.nu *

# Deletes a server: ends its process, then removes its record and its log.
export def delete-server [
    server_id: string # Server id
    --check # Log what would be done and change nothing
]: nothing -> nothing {
    let server = read-server $server_id --span (metadata $server_id).span
    if $check {
        log info $"Would delete server: ($server_id)"
        return
    }
    log info $"Deleting server: ($server_id)"
    if (is-alive $server.process) { end-process $server.process }
    if $server.address? != null {
        network-down $server_id
        release-address $server.address
    }
    # out of the way in one step first: a removal that is interrupted leaves no half server
    let dir = server-dir $server_id
    let doomed = $dir | path dirname | path join $".($server_id).(random chars --length 8)"
    mv $dir $doomed
    rm --recursive --force $doomed
}
