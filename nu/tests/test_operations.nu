use std/assert
use std/testing *
use provisioning *
use provisioning/testing.nu *

# A taskserv and a provider that write down how they are called.
const TASKSERV = '
def told [...words: any]: nothing -> nothing { $words | to nuon --raw | $"($in)\n" | save --append --raw ($env.PROVISIONING_TEST_TOLD) }
export def install [config: record = {} --check --version: string]: nothing -> record { told install $config $check $version; {service: fake, check_mode: $check, version: $version} }
export def uninstall [config: record = {} --force --keep-data --check]: nothing -> nothing { told uninstall $config $force $keep_data $check }
export def configure [config: record --check]: nothing -> nothing { told configure $config $check }
export def status []: nothing -> record {
    let asked = try { open --raw $env.PROVISIONING_TEST_TOLD | lines | length } catch { 0 }
    told status
    {service: fake, installed: true, running: true, health: {healthy: ($asked >= 3), status: "warming up", error: null}}
}
export def restart []: nothing -> nothing { told restart }
export def upgrade [version: string --check]: nothing -> record { told upgrade $version $check; {to: $version} }
export def get-current-version []: nothing -> string { "1.2.3" }
export def get-available-versions []: nothing -> list<string> { ["1.2.3" "1.3.0"] }
export def check-updates []: nothing -> record { {update_available: true} }
'
const PROVIDER = '
def told [...words: any]: nothing -> nothing { $words | to nuon --raw | $"($in)\n" | save --append --raw ($env.PROVISIONING_TEST_TOLD) }
export def create-server [config: record --check --wait]: nothing -> record { told create $config $check $wait; {server_id: s-1} }
export def delete-server [server_id: string]: nothing -> nothing { told delete $server_id }
export def list-servers []: nothing -> list<record> { [{id: s-1}] }
export def get-server-info [server_id: string]: nothing -> record { {id: $server_id} }
export def start-server [server_id: string]: nothing -> nothing { told start $server_id }
export def stop-server [server_id: string]: nothing -> nothing { told stop $server_id }
export def reboot-server [server_id: string]: nothing -> nothing { told reboot $server_id }
export def get-pricing []: nothing -> list<record> { [{plan: small, price: 1.5}] }
export def get-plans []: nothing -> list<record> { [{name: small}] }
export def get-zones []: nothing -> list<record> { [{name: here}] }
export def get-ssh-access [server_id: string]: nothing -> record { {host: $server_id} }
export def configure-firewall [server_id: string rules: list<record>]: nothing -> nothing { told firewall $server_id $rules }
'

# Makes both in a directory, registers them, and runs a closure whose argument reads what they were told.
def with-both [work: closure]: nothing -> any {
    in-scratch {|dir|
        for one in [[type code]; [taskserv $TASKSERV] [provider $PROVIDER]] {
            let home = ($dir | path join $one.type)
            mkdir ($home | path join nulib)
            $one.code | save --raw ($home | path join nulib mod.nu)
            {
                extension: {name: $"fake-($one.type)", type: $one.type, version: "1.0.0", description: "Tells how it is called", author: "Tests"}
                compatibility: {provisioning_version: ">=1.0.0"}
                configuration: {required_env: [PROVISIONING_TEST_TOLD]}
            } | to toml | save --raw ($home | path join metadata.toml)
            register-extension $home $one.type | ignore
        }
        let file = ($dir | path join told)
        with-env {PROVISIONING_TEST_TOLD: $file} {
            do $work {||
                let told = (try { open --raw $file | lines | each { from nuon } } catch { [] })
                rm --force $file
                $told
            }
        }
    }
}

@test
def a-taskserv-is-installed-and-removed-with-the-flags-of-the-source [] {
    with-both {|told|
        assert equal (taskserv create fake-taskserv | get service) fake
        assert equal (do $told) [[install {} false null]]
        assert equal (taskserv create fake-taskserv --config {port: 1} --version "1.3" --check) {service: fake, check_mode: true, version: "1.3"}
        assert equal (do $told) [[install {port: 1} true "1.3"]]
        taskserv install fake-taskserv --config {port: 2}
        taskserv delete fake-taskserv
        taskserv delete fake-taskserv --force
        taskserv uninstall fake-taskserv --keep-data --config {prefix: "/x"} --force=false
        taskserv delete fake-taskserv --force --keep-data --check
        assert equal (do $told) [
            [install {port: 2} false null] [uninstall {} false false false] [uninstall {} true false false]
            [uninstall {prefix: "/x"} false true false] [uninstall {} true true true]
        ]
    }
}

@test
def waiting-for-a-taskserv-is-waiting-for-its-health [] {
    with-both {|told|
        taskserv create fake-taskserv --wait
        assert equal (do $told) [[install {} false null] [status] [status] [status]]
        # A plan is there at once.
        taskserv create fake-taskserv --wait --check
        assert equal (do $told) [[install {} true null]]
        let error = (error-of { taskserv create fake-taskserv --wait --timeout 1ms })
        assert str contains $error.msg "the taskserv `fake-taskserv` was not there after 1ms"
        assert equal (taskserv health fake-taskserv | get healthy) false
    }
}

@test
def the-other-operations-of-taskservs-are-called-by-their-names [] {
    with-both {|told|
        taskserv configure fake-taskserv {a: 1}
        taskserv configure fake-taskserv {a: 2} --check
        taskserv restart fake-taskserv
        assert equal (taskserv upgrade fake-taskserv "1.10" | get to) "1.10"
        taskserv upgrade fake-taskserv "2.0" --check
        assert equal (do $told) [[configure {a: 1} false] [configure {a: 2} true] [restart] [upgrade "1.10" false] [upgrade "2.0" true]]
        assert equal (taskserv status fake-taskserv | select installed running) {installed: true, running: true}
        assert equal (taskserv version fake-taskserv) "1.2.3"
        assert equal (taskserv versions fake-taskserv) ["1.2.3" "1.3.0"]
        assert (taskserv check-updates fake-taskserv).update_available
        assert equal (error-of { taskserv status fake-provider } | get code) "load::not-found"
    }
}

@test
def the-operations-of-providers-are-called-by-their-names [] {
    with-both {|told|
        assert equal (provider create-server fake-provider {hostname: a}) {server_id: s-1}
        provider create-server fake-provider {hostname: b} --wait
        provider create-server fake-provider {hostname: c} --check
        provider start-server fake-provider s-1
        provider stop-server fake-provider s-1
        provider reboot-server fake-provider s-1
        provider configure-firewall fake-provider s-1 [{port: "80"}]
        provider delete-server fake-provider s-1
        assert equal (do $told) [
            [create {hostname: a} false false] [create {hostname: b} false true] [create {hostname: c} true false]
            [start s-1] [stop s-1] [reboot s-1] [firewall s-1 [{port: "80"}]] [delete s-1]
        ]
        assert equal (provider list-servers fake-provider) [{id: s-1}]
        assert equal (provider get-server-info fake-provider s-1) {id: s-1}
        assert equal (provider get-ssh-access fake-provider s-1) {host: s-1}
        assert equal (provider get-plans fake-provider) [{name: small}]
        assert equal (provider get-zones fake-provider) [{name: here}]
        assert equal (provider get-pricing fake-provider) [{plan: small, price: 1.5}]
    }
}

@test
def an-application-is-the-taskserv-of-its-name [] {
    with-both {|told|
        deploy-application {name: fake-taskserv, version: "1.3.0", config: {port: 7}} --check
        assert equal (do $told) [[install {port: 7} true "1.3.0"]]
        remove-application {name: fake-taskserv} --force
        remove-application {name: fake-taskserv} --keep-data
        assert equal (do $told) [[uninstall {} true false false] [uninstall {} false true false]]
        deploy-application {name: fake-taskserv}
        assert equal (do $told | first) [install {} false null]
    }
}
