# What servers with networks of their own do. Run by network_tests.nu, each in a network and a /run that end with it, so that nothing
# of this machine is touched and nothing is left.

use std/assert
use ../../nulib/mod.nu *

const SERVER = {plan: "1xCPU-1GB" zone: isolated}

def server [hostname: string, more: record = {}]: nothing -> record {
    $SERVER | insert hostname $"($hostname)-(random chars --length 6 | str lowercase)" | merge $more
}

# Runs a closure in a fresh state directory; deletes every server and removes it afterwards.
def in-scratch [action: closure]: nothing -> nothing {
    let state = mktemp --directory --tmpdir
    with-env {LOCAL_PROVIDER_STATE: $state} {
        try { do $action } finally {
            for server in (list-servers) { delete-server $server.id }
            rm --recursive --force $state
        }
    }
}

# Runs a command in a server, by the words that `get-ssh-access` gives.
def inside [id: string, words: list<string>]: nothing -> record {
    let access = get-ssh-access $id | get command
    ^$access.0 ...($access | skip 1) ...$words | complete
}

# Tells whether one server gets an answer on a port of another.
def reaches [from: string, address: string, port: int]: nothing -> bool {
    (inside $from [timeout "1" bash "-c" 'exec 3<>"/dev/tcp/$1/$2"' bash $address ($port | into string)]).exit_code == 0
}

def eventually [condition: closure]: nothing -> bool {
    for _ in 1..100 {
        if (do $condition) { return true }
        sleep 20ms
    }
    false
}

export def a_server_has_a_network_of_its_own [] {
    in-scratch {
        let created = create-server (server net) --wait
        let id = $created.server_id
        assert equal $created.status running
        let address = $created.ip_addresses.0
        assert ($address starts-with "10.213.77.")
        let links = inside $id [ip "-json" address show] | get stdout | from json
        assert equal ($links.ifname | sort) [eth0 lo]
        assert equal ($links | where ifname == eth0 | get 0.addr_info | where family == inet | get local) [$address]
        assert equal (get-ssh-access $id | select host port) {host: $address port: null}

        stop-server $id
        assert not ($"/run/netns/provisioning-($id)" | path exists)
        assert equal (get-server-info $id | get status) stopped
        start-server $id
        assert equal (get-server-info $id | select status ip_addresses) {status: running ip_addresses: [$address]}
        reboot-server $id
        assert equal (inside $id ["true"] | get exit_code) 0

        delete-server $id
        assert not ($"/run/netns/provisioning-($id)" | path exists)
        assert equal (ls ($env.LOCAL_PROVIDER_STATE | path join addresses)) []
    }
}

export def servers_reach_each_other_as_far_as_their_firewalls_let_them [] {
    in-scratch {
        let web = create-server (server web {command: [python3 -m http.server "8000"]}) --wait
        let client = create-server (server client) --wait
        let address = $web.ip_addresses.0
        assert not equal $address $client.ip_addresses.0
        assert (eventually { reaches $client.server_id $address 8000 })
        # not a port of this machine
        assert not (reaches $client.server_id "127.0.0.1" 8000)

        let rule = {direction: ingress protocol: tcp port: "8000" action: deny}
        configure-firewall $web.server_id [$rule]
        assert not (reaches $client.server_id $address 8000)
        # the first rule that fits decides
        configure-firewall $web.server_id [{direction: ingress protocol: tcp port: "8000-8010" source: $client.ip_addresses.0 action: allow} $rule]
        assert (reaches $client.server_id $address 8000)
        configure-firewall $client.server_id [{direction: egress protocol: tcp destination: $"($address)/32" action: deny}]
        assert not (reaches $client.server_id $address 8000)
        configure-firewall $client.server_id []
        assert (reaches $client.server_id $address 8000)

        # rules are still there after a reboot
        configure-firewall $web.server_id [$rule]
        reboot-server $web.server_id
        assert not (reaches $client.server_id $address 8000)
        let shown = inside $web.server_id [nft list ruleset] | get stdout
        assert str contains $shown "tcp dport 8000 drop"
    }
}

export def rules_of_a_creation_are_in_force_from_the_start [] {
    in-scratch {
        let rules = [{direction: ingress protocol: udp port: "53" action: deny} {direction: egress protocol: icmp action: deny}]
        let id = create-server (server fw {firewall_rules: $rules}) --wait | get server_id
        let shown = inside $id [nft list ruleset] | get stdout
        assert str contains $shown "udp dport 53 drop"
        assert str contains $shown "icmp"
    }
}

export def a_creation_that_fails_leaves_no_network [] {
    in-scratch {
        let broken = $env.LOCAL_PROVIDER_STATE | path join broken
        "#!/no/such/interpreter\n" | save $broken
        ^chmod +x $broken
        let config = server bad {command: [$broken]}
        let failed = try { create-server $config --wait; "" } catch {|e| $e.msg }
        assert str contains $failed "Server creation failed"
        assert equal (list-servers) []
        assert not ($"/run/netns/provisioning-local-($config.hostname)" | path exists)
        assert equal (ls ($env.LOCAL_PROVIDER_STATE | path join addresses)) []
    }
}
