# Servers with networks of their own, where that is permitted; where it is not, that they say so.

use std/assert
use std/testing *
use ../nulib/mod.nu *

const SCENARIOS = path self support/network.nu
const SERVER = {hostname: it plan: "1xCPU-1GB" zone: isolated}

# Runs a scenario in a network and a /run of its own, which end with it: nothing of this machine is touched. Where that is not
# permitted, creating a server has to say so.
def in-own-network [scenario: string]: nothing -> nothing {
    let missing = [unshare ip nft bash python3 timeout] | where {|tool|
        (which --all $tool | where type == external | is-empty) and not ($"/usr/sbin/($tool)" | path exists)
    }
    assert equal $missing [] "`apt-get install util-linux iproute2 nftables bash python3 coreutils`"
    let own = if (is-admin) { ["--net" "--mount"] } else { ["--user" "--map-root-user" "--net" "--mount"] }
    if (^unshare ...$own sh -c "mount -t tmpfs none /run && ip netns add probe" | complete).exit_code != 0 {
        print --stderr "networks are not permitted here: only the refusal is tested"
        let refused = try { create-server $SERVER; "" } catch {|e| $e.msg }
        assert str contains $refused "Zone isolated is not available: network namespaces are not permitted here"
        return
    }
    let code = $"use ($SCENARIOS | to nuon) *; ($scenario)"
    let run = ^unshare ...$own sh -c 'mount -t tmpfs none /run && ip link set lo up && exec "$@"' sh $nu.current-exe -n -c $code | complete
    assert equal $run.exit_code 0 $run.stderr
}

@test
export def test_a_server_has_a_network_of_its_own [] { in-own-network a_server_has_a_network_of_its_own }

@test
export def test_servers_reach_each_other_as_far_as_their_firewalls_let_them [] { in-own-network servers_reach_each_other_as_far_as_their_firewalls_let_them }

@test
export def test_rules_of_a_creation_are_in_force_from_the_start [] { in-own-network rules_of_a_creation_are_in_force_from_the_start }

@test
export def test_a_creation_that_fails_leaves_no_network [] { in-own-network a_creation_that_fails_leaves_no_network }

@test
export def test_nothing_but_rules_gets_into_the_firewall [] {
    for rule in [
        {direction: ingress protocol: tcp port: "80 accept; flush ruleset" action: allow}
        {direction: ingress protocol: tcp source: "1.2.3.4 accept }" action: allow}
        {direction: ingress protocol: tcp destination: "x" action: deny}
        {direction: ingress protocol: "tcp; }" action: deny}
    ] {
        let found = validate-server-config ($SERVER | insert firewall_rules [$rule])
        assert ($found.errors | any {|fault| $fault starts-with "rule 1: " }) ($rule | to nuon)
    }
}

@test
export def test_where_networks_are_not_permitted_it_is_said [] {
    # A user without a user namespace of its own is never permitted; root is one to whom nothing was refused.
    if not (is-admin) { return }
    let code = $"use ($SCENARIOS | path dirname | path join ../../nulib/mod.nu | path expand | to nuon) *; validate-server-config ($SERVER | to nuon) | get errors | to json --raw"
    let run = ^setpriv --bounding-set=-all --inh-caps=-all --reuid 65534 --clear-groups $nu.current-exe -n -c $code | complete
    assert str contains ($run.stdout ++ $run.stderr) "network namespaces are not permitted here"
}

# `nu tests/network_tests.nu` runs this file alone.
def main [] { ^$nu.current-exe -n ($env.FILE_PWD | path join run_all_tests.nu) network_tests.nu }
