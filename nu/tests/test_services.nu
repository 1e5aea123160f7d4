use std/assert
use std/testing *
use provisioning *
use provisioning/testing.nu *

# Tells whether a process runs; one that has ended and was not collected does not.
def runs [pid: int]: nothing -> bool {
    (try { open --raw $"/proc/($pid)/stat" | str replace --regex '(?s)^.*\) ' '' | str substring 0..0 } catch { "X" }) not-in [Z X]
}

def pid-file [name: string]: nothing -> string { $env.XDG_STATE_HOME | path join provisioning run $name pid }

@test
def a-service-is-started-once-restarted-and-stopped [] {
    in-scratch {|dir|
        let first = (service start idle [sleep infinity] --cwd $dir)
        assert equal ($first | select name running state manager changed) {
            name: idle, running: true, state: running, manager: process, changed: true
        }
        assert (runs $first.pid)
        assert equal (($"/proc/($first.pid)/cwd" | path expand)) ($dir | path expand)
        assert (((date now) - $first.since) < 1min) "since when it runs"
        let again = (service start idle [sleep infinity])
        assert equal $again.pid $first.pid
        assert equal $again.changed false

        let second = (service restart idle)
        assert (not (runs $first.pid))
        assert not equal $second.pid $first.pid

        assert equal (service stop idle) {name: idle, changed: true, forced: false}
        assert (not (runs $second.pid))
        assert equal (service stop idle | get changed) false
        assert equal (service status idle | get state) stopped
        service forget idle
        assert equal (service status idle | get state) unknown
    }
}

@test
def what-a-service-has-started-ends-with-it [] {
    in-scratch {|dir|
        let file = ($dir | path join child)
        service start parent [sh -c $"sleep infinity & echo $! >'($file)'; wait"] --ready { ($file | path exists) and (open --raw $file | str ends-with "\n") }
        let child = (open --raw $file | str trim | into int)
        assert (runs $child)
        service stop parent | ignore
        wait-until { not (runs $child) } --timeout 5sec | ignore
    }
}

@test
def what-a-crash-has-left-behind-is-ended-before-the-next-start [] {
    in-scratch {|dir|
        let file = ($dir | path join child)
        let script = $"sleep infinity & echo $! >'($file)'; wait"
        let ready = { ($file | path exists) and (open --raw $file | str ends-with "\n") }
        let first = (service start parent [sh -c $script] --ready $ready)
        let child = (open --raw $file | str trim | into int)
        kill --force $first.pid
        wait-until { not (service status parent).running } | ignore
        assert equal (service status parent | get state) exited
        assert (runs $child)
        rm $file
        assert equal (service start parent [sh -c $script] --ready $ready | get changed) true
        assert (not (runs $child))
        let second = (open --raw $file | str trim | into int)
        kill --force (service status parent).pid
        wait-until { not (service status parent).running } | ignore
        service stop parent | ignore
        assert (not (runs $second))
    }
}

@test
def one-that-does-not-want-to-end-is-ended [] {
    in-scratch {|dir|
        let file = ($dir | path join ready)
        let script = $"trap '' TERM; touch '($file)'; while :; do sleep 1; done"
        let pid = (service start deaf [sh -c $script] --ready { $file | path exists } | get pid)
        assert equal (service stop deaf --timeout 200ms) {name: deaf, changed: true, forced: true}
        assert (not (runs $pid))
    }
}

@test
def a-pid-that-another-process-has-now-is-not-the-service [] {
    in-scratch {
        let other = (service start other [sleep infinity])
        let idle = (service start idle [sleep infinity])
        let file = (pid-file idle)
        let written = (open --raw $file)
        # The number of a living process, with another start, or in another boot.
        for lie in [
            $"($other.pid) 1 ($written | split row ' ' | get 2)"
            $"($written | split row ' ' | first 2 | str join ' ') another-boot"
            "no pid at all"
        ] {
            $lie | save --force --raw $file
            assert equal (service status idle | get running) false
            if $lie =~ '^\d+ 1 ' {
                assert equal (service status idle | get state) exited
            }
            assert equal (service stop idle | get changed) false
            assert (runs $other.pid) "the other one is left alone"
        }
        $written | save --force --raw $file
        assert equal (service status idle | get pid) $idle.pid
    }
}

@test
def the-process-has-a-pid-file-before-it-is-the-program [] {
    in-scratch {|dir|
        let file = ($dir | path join seen)
        service start witness [sh -c $"cat '(pid-file witness)' >'($file)'; exec sleep infinity"] --ready { (try { open --raw $file | str ends-with "\n" } catch { false }) }
        let words = (open --raw $file | str trim | split row " ")
        assert equal ($words.0 | into int) (service status witness | get pid)
    }
}

@test
def two-starts-at-once-start-one [] {
    in-scratch {|dir|
        let rows = (
            1..4 | par-each {|| try { service start one [sh -c $"echo x >>'($dir)/starts'; exec sleep infinity"] | get pid } catch { null } }
        )
        # Whoever comes second finds that it runs, or is told that somebody else is starting it.
        wait-until { ($"($dir)/starts" | path exists) } | ignore
        assert equal (open --raw $"($dir)/starts" | lines) [x]
        assert equal ($rows | compact | uniq | length) 1
        assert equal ($rows | compact | uniq) [(service status one | get pid)]
    }
}

@test
def a-service-that-is-not-ready-is-told-with-its-last-words [] {
    in-scratch {
        let slow = (error-of { service start slow [sh -c "echo waiting; exec sleep infinity"] --ready { false } --timeout 300ms })
        assert equal $slow.code "provisioning::service::not-ready"
        assert str contains $slow.help waiting
        assert equal (service status slow | get running) false
        let dying = (error-of { service start dying [sh -c "sleep 0.1; echo boom; exit 3"] --ready { false } --timeout 20sec })
        assert str contains $dying.msg "ended before it was ready"
        assert str contains $dying.help boom
    }
}

@test
def what-cannot-be-started-says-why [] {
    in-scratch {|dir|
        assert equal (error-of { service start x [no-such-program-anywhere] } | get code) "provisioning::service::no-program"
        assert equal (error-of { service start x [] } | get msg) "a service needs a program"
        assert equal (error-of { service start "../x" [sleep "1"] } | get msg) "this is no name of a service"
        assert equal (error-of { service restart x } | get code) "provisioning::service::unknown"
        assert str contains (error-of { service start x [sleep "1"] --manager cron } | get msg) "cron"
        "#!/no/such/interpreter\n" | save ($dir | path join broken)
        ^chmod +x ($dir | path join broken)
        let broken = (error-of { service start broken [($dir | path join broken)] })
        assert equal $broken.code "provisioning::service::failed"
        assert str contains $broken.help broken
        assert equal (service status broken | get running) false
        let idle = (service start idle [sleep infinity])
        assert equal (error-of { service forget idle } | get code) "provisioning::service::runs"
        if not (systemd-runs) {
            assert equal (error-of { service start x [sleep "1"] --manager systemd } | get code) "provisioning::service::no-systemd"
        }
    }
}

@test
def web-servers-and-ports-are-asked [] {
    in-scratch {|dir|
        let port = (free-port)
        assert equal (port-open $port) false
        assert equal (http-health $"http://127.0.0.1:($port)/" | select healthy status) {healthy: false, status: null}
        "hello" | save ($dir | path join page)
        service start web [python3 -m http.server ($port | into string) --bind "127.0.0.1"] --cwd $dir --ready { port-open $port }
        let page = $"http://127.0.0.1:($port)/page"
        assert equal (http-health $page | select healthy status error) {healthy: true, status: 200, error: null}
        assert equal (http-health $page --contains hello | get healthy) true
        assert str contains (http-health $page --contains goodbye | get error) goodbye
        assert equal (http-health $"($page)x" | select healthy status) {healthy: false, status: 404}
        assert equal (http-health $"($page)x" --status [404] | get healthy) true
        # Another address than the kernel's tables are asked for.
        assert (port-open $port --host "127.0.0.001")
        assert equal (port-open 1 --host "127.0.0.001") false
        assert equal (error-of { port-open 70000 } | get msg) "70000 is no port"
    }
}

@test
def downloads-are-what-they-were-published-as [] {
    in-scratch {|dir|
        "contents" | save ($dir | path join "a b")
        let digest = ("contents" | hash sha256)
        let target = ($dir | path join deep target)
        let port = (free-port)
        service start web [python3 -m http.server ($port | into string) --bind "127.0.0.1"] --cwd $dir --ready { port-open $port }
        for source in [$"http://127.0.0.1:($port)/a%20b" $"file://($dir)/a%20b" ($dir | path join "a b")] {
            let got = (download $source $target --sha256 $digest)
            assert equal $got {path: $target, size: 8B, sha256: $digest, changed: true}
            assert equal (open --raw $target | decode utf-8) contents
            assert equal (download "http://127.0.0.1:1/never-asked" $target --sha256 ($digest | str uppercase) | get changed) false
            "other" | save --force $target
            let wrong = (error-of { download $source $target --sha256 ("x" | hash sha256) })
            assert equal $wrong.code "provisioning::download::digest"
            assert equal (open --raw $target) other
            assert equal (ls --all ($target | path dirname) | length) 1
        }
        assert equal (error-of { download $"http://127.0.0.1:($port)/nothing" $target --unverified --retries 2 } | is-not-empty) true
        assert equal (error-of { download $"http://127.0.0.1:($port)/page" $target } | get code) "provisioning::download::no-digest"
        assert equal (error-of { download "ftp://x/y" $target --unverified } | get msg) "this kind of URL cannot be downloaded"
        assert equal (error-of { download "/no/such/file" $target --unverified } | get code) "input::path"
    }
}

@test
def another-one-on-the-port-is-not-the-service [] {
    in-scratch {|dir|
        let port = (free-port)
        let web = [python3 -m http.server ($port | into string) --bind "127.0.0.1"]
        assert equal (service start web $web --cwd $dir --port $port | get running) true
        assert (service listens web $port)
        assert equal (service listens web (free-port)) false
        assert equal (service listens nobody $port) false
        # It runs, and somebody answers, but it is not the one.
        let idle = (error-of { service start idle [sleep infinity] --ready { port-open $port } --port $port --timeout 300ms })
        assert equal $idle.code "provisioning::service::not-ready"
        assert equal (service status idle | get running) false
        # What it has started counts, and it listens again after a restart.
        let other = (free-port)
        service start parent [sh -c $"python3 -m http.server ($other) --bind 127.0.0.1 & wait"] --cwd $dir --port $other
        assert equal (service restart parent --port $other | get running) true
        assert (service listens parent $other)
        assert equal (error-of { service restart web --port (free-port) --timeout 300ms } | get code) "provisioning::service::not-ready"
    }
}

@test
def what-a-service-has-said-is-told-without-secrets [] {
    in-scratch {|dir|
        "from-a-file\n" | save ($dir | path join token)
        let script = 'echo "login with $DB_PASSWORD and from-a-file"; echo "url redis://user:inurl@host/"; echo "api_key: inline"; sleep 0.1; exit 1'
        with-env {DB_PASSWORD: "canary-1234", SOME_TOKEN_FILE: ($dir | path join token)} {
            for command in [[sh -c $script] [sh -c ($script | str replace "sleep 0.1;" "")]] {
                let error = (error-of { service start leaky $command --ready { false } --timeout 20sec })
                assert str contains $error.help "login with *** and ***"
                for secret in [canary-1234 from-a-file inurl inline] { assert not ($error.help | str contains $secret) $secret }
            }
        }
    }
}

@test
def known-secrets-are-masked-and-other-words-are-left-alone [] {
    for one in [
        ["password=hunter2 x" "password=*** x"]
        ["PASSWORD: 'a b' c" "PASSWORD: *** c"]
        ['"api_key": "zzz", "b": 1' '"api_key": ***, "b": 1']
        ["Authorization: Bearer abc.def-1" "Authorization: Bearer ***"]
        ["requirepass foobared" "requirepass ***"]
        ["http://127.0.0.1:5000/v2" "http://127.0.0.1:5000/v2"]
        ["a password is needed" "a password is needed"]
        ["secret manager started" "secret manager started"]
        ["" ""]
    ] {
        assert equal ($one.0 | mask-secrets) $one.1
    }
    # Short ones may stand in a text by chance, and one may be a part of another.
    with-env {A_TOKEN: "abc", B_TOKEN: "long-one", C_TOKEN: "long-one-and-more"} {
        assert equal ("abc long-one long-one-and-more" | mask-secrets) "abc *** ***"
    }
}
