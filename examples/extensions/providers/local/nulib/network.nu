# The network of servers in the zone `isolated`: a network namespace each, joined by a bridge of this machine.
#
#     this machine  10.213.77.1   bridge `provisioning0`, there as long as there are such servers
#     a server      10.213.77.N   namespace `provisioning-<id>` with lo, eth0 and its own firewall
#
# A server that is stopped has an address and no namespace: nobody answers there.

use utils.nu [server-dir state-dir]

const BRIDGE = "provisioning0"
const NETWORK = "10.213.77"
const LENGTH = 24

# Returns why servers cannot have networks of their own here, or null.
export def network-obstacle []: nothing -> any {
    let missing = [ip nft] | where {|tool| (tool-path $tool) == null }
    if ($missing | is-not-empty) {
        return $"($missing | str join ' and ') not found: `apt-get install iproute2 nftables`"
    }
    # What is needed is tried: no name of a user says what a container allows.
    let probe = $"provisioning-probe-(random chars --length 6)"
    let run = ^(tool-path ip) netns add $probe | complete
    if $run.exit_code != 0 {
        return $"network namespaces are not permitted here: ($run.stderr | str trim | lines | get --optional 0); they need root"
    }
    ^(tool-path ip) netns delete $probe | complete | ignore
}

# Returns the name of a server's namespace.
export def namespace-of [id: string]: nothing -> string { $"provisioning-($id)" }

# Returns the words before a command that run it in a server's namespace.
export def access-to [id: string]: nothing -> list<string> { [(tool-path ip) netns exec (namespace-of $id)] }

# Takes an address for a server. It is its own until it is deleted.
export def claim-address [id: string]: nothing -> string {
    let root = state-dir | path join addresses
    mkdir $root
    mut found = ""
    for last in 2..254 {
        # Making a directory that is there fails: of two shells that try the same address, one goes on.
        let address = $"($NETWORK).($last)"
        let claim = $root | path join $address
        if (^mkdir $claim | complete).exit_code == 0 {
            $id | save --raw ($claim | path join owner)
            $found = $address
            break
        }
    }
    if $found == "" {
        error make {msg: "Every address of the zone `isolated` is taken" help: "delete servers that are not needed"}
    }
    $found
}

# Gives an address back.
export def release-address [address: any]: nothing -> nothing {
    if $address != null { rm --recursive --force (state-dir | path join addresses $address) }
}

# Makes the namespace of a server, with its address and its firewall. What was left of an older one is replaced.
export def network-up [server: record]: nothing -> nothing {
    network-down $server.id
    let namespace = namespace-of $server.id
    let link = link-of $server.id
    if (^(tool-path ip) link show dev $BRIDGE | complete).exit_code != 0 {
        # Another shell may make it at the same time.
        ^(tool-path ip) link add $BRIDGE type bridge | complete | ignore
    }
    run-ip [address replace $"($NETWORK).1/($LENGTH)" dev $BRIDGE]
    run-ip [link set $BRIDGE up]
    run-ip [netns add $namespace]
    run-ip [link add $link type veth peer name eth0 netns $namespace]
    run-ip [link set $link master $BRIDGE up]
    run-ip ["-n" $namespace link set lo up]
    run-ip ["-n" $namespace address add $"($server.address)/($LENGTH)" dev eth0]
    run-ip ["-n" $namespace link set eth0 up]
    run-ip ["-n" $namespace route add default via $"($NETWORK).1"]
    apply-firewall $server.id ($server.firewall_rules? | default [])
}

# Removes the namespace of a server, and the bridge with the last one. What is not there is no error.
export def network-down [id: string]: nothing -> nothing {
    if (tool-path ip) == null { return }
    ^(tool-path ip) link delete (link-of $id) | complete | ignore
    ^(tool-path ip) netns delete (namespace-of $id) | complete | ignore
    let ports = ^(tool-path ip) -json link show master $BRIDGE | complete
    if $ports.exit_code == 0 and ($ports.stdout | from json | default [] | where {|port| $port.ifname? != null } | is-empty) {
        ^(tool-path ip) link delete $BRIDGE | complete | ignore
    }
}

# Tells whether the namespace of a server is there.
export def has-network [id: string]: nothing -> bool { $"/run/netns/(namespace-of $id)" | path exists }

# Puts firewall rules in force, all of them or none: the first one that fits a packet decides, and what fits none is let through.
export def apply-firewall [id: string, rules: list<any>]: nothing -> nothing {
    let lines = $rules | enumerate | each {|entry| rule-line $entry.item }
    let chain = {|name hook|
        let own = $lines | where chain == $name | get text
        ([$"  chain ($name) {" $"    type filter hook ($hook) priority 0; policy accept;"] ++ ($own | each { $"    ($in)" }) ++ ["  }"])
    }
    let ruleset = [
        "table inet provisioning"
        "delete table inet provisioning"
        "table inet provisioning {"
        ...(do $chain ingress input)
        ...(do $chain egress output)
        "}"
    ] | str join "\n"
    let access = access-to $id
    let run = $ruleset | ^$access.0 ...($access | skip 1) (tool-path nft) -f - | complete
    if $run.exit_code != 0 {
        error make {msg: $"Cannot apply firewall rules to ($id)" help: ($run.stderr | str trim)}
    }
}

# One rule as nft writes it. Every part of it has been checked by `firewall-rule-errors`.
def rule-line [rule: record]: nothing -> record<chain: string, text: string> {
    let verdict = if $rule.action == allow { "accept" } else { "drop" }
    let from = if $rule.source? != null { [(family $rule.source) saddr $rule.source] } else { [] }
    let to = if $rule.destination? != null { [(family $rule.destination) daddr $rule.destination] } else { [] }
    let what = if $rule.protocol == icmp { [meta l4proto "{ icmp, icmpv6 }"] } else if $rule.port? == null { [meta l4proto $rule.protocol] } else {
        [$rule.protocol dport ($rule.port | into string)]
    }
    {chain: $rule.direction text: ([...$from ...$to ...$what $verdict] | str join " ")}
}

def family [address: string]: nothing -> string { if ":" in $address { "ip6" } else { "ip" } }

# Names of links have at most 15 characters.
def link-of [id: string]: nothing -> string { $"pv-($id | hash sha256 | str substring 0..9)" }

def run-ip [arguments: list<string>]: nothing -> nothing {
    let run = ^(tool-path ip) ...$arguments | complete
    if $run.exit_code != 0 {
        error make {msg: $"ip ($arguments | str join ' '): ($run.stderr | str trim)" help: "servers of the zone `isolated` need root"}
    }
}

# A user's PATH may lack the directories of the system.
def tool-path [name: string]: nothing -> any {
    let found = which --all $name | where type == external | get path
    $found ++ ([/usr/sbin /sbin] | each { path join $name } | where {|path| $path | path exists }) | get --optional 0
}
