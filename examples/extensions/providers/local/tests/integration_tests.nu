# What the provider does to real processes of this machine, in a state directory of its own.

use std/assert
use std/testing *
use ../nulib/mod.nu *

const SERVER = {hostname: it-1 plan: "1xCPU-1GB" zone: local}

# Runs a closure in a fresh state directory; ends every server and removes it afterwards.
def in-scratch [action: closure]: nothing -> nothing {
    let state = mktemp --directory --tmpdir
    with-env {LOCAL_PROVIDER_STATE: $state} {
        let failure = try { do $action; null } catch {|e| $e.rendered }
        for server in (list-servers) { delete-server $server.id }
        rm --recursive --force $state
        if $failure != null { error make {msg: $failure} }
    }
}

def failure [action: closure]: nothing -> string {
    let outcome = try { do $action; null } catch {|e| $e.msg }
    assert not equal $outcome null "expected an error"
    $outcome
}

# Tells whether a process runs; one that ended but was not collected yet does not.
def runs [pid: int]: nothing -> bool {
    let state = try { open --raw $"/proc/($pid)/stat" | str replace --regex '(?s)^.*\) ' '' | str substring 0..0 } catch { "X" }
    $state not-in [Z X]
}

@test
export def test_full_server_lifecycle [] {
    in-scratch {
        let created = create-server $SERVER --wait
        assert $created.success
        assert equal $created.status running
        assert (runs $created.pid)

        let info = get-server-info $created.server_id
        assert equal $info.hostname it-1
        assert equal $info.status running
        assert equal ($info.created_at | describe) datetime
        assert equal (list-servers | select id status) [{id: local-it-1 status: running}]

        stop-server $created.server_id
        assert not (runs $created.pid)
        assert equal (get-server-info $created.server_id | get status) stopped

        start-server $created.server_id
        let restarted = get-server-info $created.server_id
        assert equal $restarted.status running
        assert not equal $restarted.pid $created.pid

        reboot-server $created.server_id
        let rebooted = get-server-info $created.server_id
        assert equal $rebooted.status running
        assert not equal $rebooted.pid $restarted.pid
        assert not (runs $restarted.pid)

        delete-server $created.server_id
        assert not (runs $rebooted.pid)
        assert equal (list-servers) []
        assert str contains (failure { get-server-info $created.server_id }) "Server not found"
    }
}

@test
export def test_stopping_reaches_the_children_of_the_command [] {
    in-scratch {
        let script = 'sleep infinity & echo $!; wait'
        let created = create-server ($SERVER | insert command [sh -c $script]) --wait
        let log = get-server-info $created.server_id | get log
        mut child = ""
        for _ in 1..100 {
            $child = open --raw $log | str trim
            if ($child | is-not-empty) { break }
            sleep 10ms
        }
        assert (runs ($child | into int))
        stop-server $created.server_id
        for _ in 1..100 { if (runs ($child | into int)) { sleep 10ms } else { break } }
        assert not (runs ($child | into int))
    }
}

@test
export def test_a_process_that_ended_by_itself_is_reported [] {
    in-scratch {
        let created = create-server ($SERVER | insert command ["true"])
        mut status = ""
        for _ in 1..100 {
            $status = get-server-info $created.server_id | get status
            if $status == exited { break }
            sleep 10ms
        }
        assert equal $status exited
    }
}

@test
export def test_a_pid_given_to_another_process_is_not_ours [] {
    in-scratch {
        let created = create-server $SERVER --wait
        let file = $env.LOCAL_PROVIDER_STATE | path join servers $created.server_id server.nuon
        let record = open --raw $file | from nuon
        # the same pid, but a process that was started at another time
        $record | update process.start_ticks 1 | to nuon | save --force --raw $file
        assert equal (get-server-info $created.server_id | get status) exited
        stop-server $created.server_id
        assert (runs $created.pid) "a process that is not ours must not be ended"
        $record | to nuon | save --force --raw $file
    }
}

@test
export def test_failed_creation_leaves_nothing_and_quotes_the_command [] {
    in-scratch {
        # a program that is there, but cannot be run
        let program = $env.LOCAL_PROVIDER_STATE | path join broken
        "#!/no/such/interpreter\n" | save $program
        ^chmod +x $program
        let caught = try { create-server ($SERVER | insert command [$program]) --wait; null } catch {|e| $e }
        assert str contains $caught.msg "Server creation failed"
        assert str contains $caught.details.help $program
        assert equal (list-servers) []
    }
}

@test
export def test_duplicate_hostname_is_refused [] {
    in-scratch {
        create-server $SERVER --wait
        assert str contains (failure { create-server $SERVER }) "Server already exists: local-it-1"
        assert equal (list-servers | length) 1
    }
}

@test
export def test_unknown_id_lists_the_known_ones [] {
    in-scratch {
        create-server $SERVER
        let caught = try { get-server-info local-it-2; null } catch {|e| $e }
        assert str contains $caught.rendered "local-it-1"
    }
}

@test
export def test_check_changes_nothing [] {
    in-scratch {
        let created = create-server $SERVER --wait
        stop-server $created.server_id --check
        reboot-server $created.server_id --check
        delete-server $created.server_id --check
        assert equal (get-server-info $created.server_id | get pid) $created.pid
    }
}

@test
export def test_operations_leave_pipeline_input_alone [] {
    in-scratch {
        # in a closure, the first command of a block inherits the closure's input
        [1 2] | each {|n| create-server ($SERVER | update hostname $"it-($n)") --wait }
        ls $env.LOCAL_PROVIDER_STATE | each { create-server $SERVER --check }
        for operation in [
            {|id| get-server-info $id } {|id| stop-server $id } {|id| start-server $id } {|id| reboot-server $id }
            {|id| configure-firewall $id [] } {|id| delete-server $id }
        ] { [local-it-1 local-it-2] | each $operation }
        [1] | each { [(list-servers) (get-plans) (get-zones) (get-pricing) (provider-info) (validate-config {}) (test-connection)] }
        assert equal (list-servers) []
    }
}

@test
export def test_ssh_access_needs_something_that_listens [] {
    in-scratch {
        let created = create-server $SERVER
        # port 1 (tcpmux) is not in use on any machine this is likely to run on
        with-env {LOCAL_PROVIDER_SSH_PORT: 1} {
            assert str contains (failure { get-ssh-access $created.server_id }) "nothing listens on port 1"
        }
    }
}

@test
export def test_only_the_empty_firewall_can_be_applied [] {
    in-scratch {
        let id = create-server $SERVER | get server_id
        let rule = {direction: ingress protocol: tcp port: "8000-8010" action: allow}
        configure-firewall $id []
        assert str contains (failure { configure-firewall $id [$rule] }) "share the network"
        assert str contains (failure { configure-firewall $id [($rule | update port 99999)] }) "rule 1: port"
    }
}

# `nu tests/integration_tests.nu` runs this file alone.
def main [] { ^$nu.current-exe -n ($env.FILE_PWD | path join run_all_tests.nu) integration_tests.nu }
