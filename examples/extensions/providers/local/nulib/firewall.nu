# Firewall rules: in the zone `isolated` they are put in force, in `local` they are refused.

use network.nu [apply-firewall has-network]
use utils.nu *

# Replaces the firewall rules of a server: the first one that fits a packet decides. Servers of the zone `local` share the network of this
# machine, so only the empty list can be applied to them.
export def configure-firewall [
    server_id: string # Server id
    rules: list<record> # Rules, see FirewallRule in schemas/contracts.ncl
]: nothing -> nothing {
    let server = read-server $server_id --span (metadata $server_id).span
    let errors = $rules | firewall-rule-errors
    let span = (metadata $rules).span
    if ($errors | is-not-empty) {
        error make {msg: $"Invalid firewall rules: ($errors | str join ', ')" label: {text: "these rules" span: $span}}
    }
    if $server.address? != null {
        if (has-network $server_id) { apply-firewall $server_id $rules }
        $server | upsert firewall_rules $rules | write-record (server-dir $server_id)
    } else if ($rules | is-not-empty) {
        error make {
            msg: $"Cannot apply firewall rules to ($server_id): local servers share the network of this machine"
            label: {text: "would apply to the whole machine" span: $span}
            help: "create it in the zone `isolated`, or use this machine's own firewall, for example `nft`"
        }
    }
}
