# The real program on a free port of loopback. Shared word for word by the taskservs of Debian's packages.

use std/assert
use std/testing *
use provisioning *
use provisioning/testing.nu *
use ../nulib/mod.nu *

# A process of its own: a unit of systemd's would outlive the run of the tests.
def config [more: record = {}]: nothing -> record { {port: (free-port), manager: process} | merge $more }

@test
export def test_the_life_of_the_service [] {
    in-scratch {|dir|
        let config = config
        let installed = install $config
        assert equal ($installed | select success service status changed) {success: true, service: $SERVICE_NAME, status: running, changed: true}
        assert $installed.health.healthy
        assert (port-open $config.port)
        assert ($installed.config_file | str starts-with $dir)

        let now = status
        assert equal ($now | select installed running version) {installed: true, running: true, version: $installed.version}
        assert ($now.uptime < 1min)
        assert ($now.memory_usage > 0B)
        assert equal (get-current-version) $installed.version

        # What is so already is left alone.
        assert equal (install $config | get changed) false
        assert equal (status).pid $now.pid

        restart
        assert (check-health).healthy
        assert not equal (status).pid $now.pid

        uninstall
        assert equal (port-open $config.port) false
        assert equal (status | select installed running) {installed: false, running: false}
        assert not ($installed.prefix | path exists)
    }
}

@test
export def test_configure_moves_it_to_another_port [] {
    in-scratch {
        let config = config
        install $config
        let pid = (status).pid
        let other = free-port
        configure {port: $other} --check
        assert equal (status).pid $pid
        configure {port: $other}
        assert (check-health).healthy
        assert (port-open $other)
        assert equal (port-open $config.port) false
        # Nothing changes a second time.
        let pid = (status).pid
        configure {port: $other}
        assert equal (status).pid $pid
    }
}

@test
export def test_settings_it_does_not_come_up_with_are_taken_back [] {
    in-scratch {|dir|
        let config = config
        install $config
        let taken = free-port
        service start other [python3 -m http.server ($taken | into string) --bind "127.0.0.1"] --cwd $dir --ready { port-open $taken } --manager process
        let error = error-of { configure {port: $taken, start_timeout: 3} }
        assert str contains $error.msg "does not come up with these settings"
        assert (check-health).healthy
        assert (port-open $config.port)
        assert equal (install $config | get changed) false
    }
}

@test
export def test_an_installation_that_fails_leaves_nothing [] {
    in-scratch {|dir|
        let taken = free-port
        service start other [python3 -m http.server ($taken | into string) --bind "127.0.0.1"] --cwd $dir --ready { port-open $taken } --manager process
        let error = error-of { install (config {port: $taken, start_timeout: 3, prefix: ($dir | path join own)}) }
        assert str contains $error.msg $SERVICE_NAME
        assert not ($dir | path join own | path exists)
        assert equal (status | select installed running) {installed: false, running: false}
        assert (service status other).running
    }
}

@test
export def test_what_has_died_is_told_and_brought_up_again [] {
    in-scratch {
        let config = config
        install $config
        kill --force (status).pid
        wait-until { not (status).running } | ignore
        assert equal (check-health).status stopped
        assert equal (install $config | get changed) true
        assert (check-health).healthy
    }
}

@test
export def test_data_can_be_kept [] {
    in-scratch {
        let prefix = install (config) | get prefix
        "precious" | save ($prefix | path join data precious.txt)
        uninstall --check
        assert (status).running
        uninstall --keep-data
        assert equal (ls $prefix | get name | path basename) [data]
        install (config)
        assert equal (open --raw ($prefix | path join data precious.txt)) precious
        assert str contains (error-of { uninstall {prefix: /somewhere/else} } | get msg) "Refusing to remove"
    }
}

@test
export def test_upgrade_goes_on_with_what_the_system_has [] {
    in-scratch {
        let version = install (config) | get version
        assert equal (upgrade $version | select from to changed) {from: $version, to: $version, changed: false}
        # As if the package had been another one then.
        let file = $env.XDG_STATE_HOME | path join provisioning services $"($SERVICE_NAME).nuon"
        open --raw $file | from nuon | update version "0.0.1" | to nuon | save --force --raw $file
        assert (check-updates).update_available
        let pid = (status).pid
        assert (upgrade $version --check).would_upgrade
        assert equal (status).pid $pid
        assert equal (upgrade $version | select from to changed status) {from: "0.0.1", to: $version, changed: true, status: running}
        assert not equal (status).pid $pid
        assert str contains (error-of { upgrade "99.0.0" } | get msg) "99.0.0"
    }
}

@test
export def test_another_of_its_kind_on_the_port_is_not_taken_for_it [] {
    in-scratch {|dir|
        let config = config
        install $config
        let pid = (status).pid
        let error = with-env {XDG_STATE_HOME: ($dir | path join other state) XDG_DATA_HOME: ($dir | path join other data)} {
            error-of { install ($config | insert start_timeout 3) }
        }
        assert str contains $error.msg $SERVICE_NAME
        assert equal (status).pid $pid
        assert ((status).endpoint | str ends-with $":($config.port)")
        assert (check-health).healthy
    }
}
