# What only this service does.

use std/assert
use std/testing *
use provisioning *
use provisioning/testing.nu *
use ../nulib/mod.nu *

@test
export def test_it_serves_files_and_passes_requests_on [] {
    in-scratch {|dir|
        let behind = free-port
        mkdir ($dir | path join behind app)
        "from behind" | save ($dir | path join behind app page)
        service start behind [python3 -m http.server ($behind | into string) --bind "127.0.0.1"] --cwd ($dir | path join behind) --ready { port-open $behind } --manager process

        let port = free-port
        let prefix = install {port: $port, manager: process} | get prefix
        "<p>hello</p>" | save ($prefix | path join data index.html)
        assert equal (http-health $"http://127.0.0.1:($port)/" --contains hello | get healthy) true
        assert equal (http-health $"http://127.0.0.1:($port)/app/page" | get status) 404
        configure {proxies: [{path: "/app/", url: $"http://127.0.0.1:($behind)"}]}
        assert equal (http-health $"http://127.0.0.1:($port)/app/page" --contains "from behind" | get healthy) true
        # The one behind is gone: the answer says so, and nginx itself is well.
        service stop behind
        assert equal (http-health $"http://127.0.0.1:($port)/app/page" | get status) 502
        assert (check-health).healthy
    }
}

@test
export def test_nothing_gets_into_its_configuration_but_values [] {
    in-scratch {
        for config in [
            {root: "/srv; } evil {"} {max_body: "1m; root /"} {user: "root; x"}
            {proxies: [{path: "/x { return 200; } location /y", url: "http://127.0.0.1:1"}]}
            {proxies: [{path: "/x", url: "http://127.0.0.1:1/; return 200"}]}
            {proxies: [{path: "/x"}]}
        ] {
            assert (error-of { install $config --check } | get msg | is-not-empty) ($config | to nuon)
        }
    }
}

@test
export def test_what_it_does_not_take_is_told_before_it_is_stopped [] {
    in-scratch {
        let port = free-port
        install {port: $port, manager: process}
        let pid = (status).pid
        let error = error-of { configure {host: "no-such-host.invalid"} }
        assert str contains $error.help "no-such-host.invalid"
        assert equal (status).pid $pid
        assert (check-health).healthy
    }
}
