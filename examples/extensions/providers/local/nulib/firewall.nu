# Firewall rules: checked as any provider would, and then refused.

use utils.nu *

# Applies firewall rules to a server. Local servers share the network of this machine, so
# only the empty list can be applied.
export def configure-firewall [
    server_id: string # Server id
    rules: list<record> # Rules, see FirewallRule in schemas/contracts.ncl
]: nothing -> nothing {
    read-server $server_id --span (metadata $server_id).span | ignore
    let errors = $rules | firewall-rule-errors
    let span = (metadata $rules).span
    if ($errors | is-not-empty) {
        error make {msg: $"Invalid firewall rules: ($errors | str join ', ')" label: {text: "these rules" span: $span}}
    }
    if ($rules | is-not-empty) {
        error make {
            msg: $"Cannot apply firewall rules to ($server_id): local servers share the network of this machine"
            label: {text: "would apply to the whole machine" span: $span}
            help: "use this machine's own firewall, for example `nft`"
        }
    }
}
