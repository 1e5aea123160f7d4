use std/assert
use std/testing *
use provisioning *
use provisioning/log.nu
use provisioning/testing.nu *

const LIBRARY = path self ..

@test
def waiting-ends-when-it-is-so [] {
    in-scratch {|dir|
        let file = ($dir | path join count)
        let waited = (wait-until { "x" | save --append $file; (open --raw $file | str length) == 3 } --interval 1ms)
        assert equal $waited.attempts 3
        assert equal (wait-until { true } | get attempts) 1
        # An error is not yet, and something that is not true is not either.
        let error = (error-of { wait-until { error make {msg: "no such thing"} } --timeout 20ms --interval 1ms --for "the thing" })
        assert equal $error.code "provisioning::wait::timeout"
        assert equal $error.msg "the thing was not there after 20ms"
        assert str contains $error.help "no such thing"
        assert str contains (error-of { wait-until { "yes" } --timeout 5ms } | get help) "asked for"
    }
}

@test
def what-fails-is-tried-again-and-the-last-error-is-told [] {
    assert equal (retry {|attempt| if $attempt < 3 { error make {msg: "busy"} } else { $attempt } } --delay 1ms) 3
    assert equal (retry { null } --times 1) null
    let error = (error-of { retry {|attempt| error make {msg: $"busy ($attempt)", help: "wait"} } --times 3 --delay 1ms })
    assert equal ($error | select msg help) {msg: "busy 3", help: "wait"}
    let final = (error-of { retry {|attempt| error make {msg: $"gone ($attempt)"} } --delay 1ms --when {|error| $error.msg !~ gone } })
    assert equal $final.msg "gone 1"
    assert equal (error-of { retry { 1 } --times 0 } | get msg) "no attempt was asked for"
}

@test
def pauses-get-longer-up-to-a-limit [] {
    let begin = (date now)
    error-of { retry { error make {msg: "busy"} } --times 4 --delay 10ms --factor 2 --max-delay 20ms } | ignore
    assert (((date now) - $begin) >= 50ms)
}

@test
def programs-that-are-missing-are-named-at-once-with-their-packages [] {
    assert equal (missing-commands [sh no-such-a no-such-b]) [no-such-a no-such-b]
    assert equal (require-commands {sh: dash}) null
    let error = (error-of { require-commands {sh: dash, no-such-a: package-a, no-such-b: package-b, no-such-c: package-b} })
    assert equal $error.msg "`no-such-a`, `no-such-b`, `no-such-c` are not on this machine"
    assert str contains $error.help "`apt-get install package-a package-b`"
    assert equal (error-of { require-commands [no-such-a] } | get msg) "`no-such-a` is not on this machine"
    assert equal (find-command no-such-a) null
    assert ((find-command sh) | path exists)
}

@test
def configuration-files-are-written-when-they-are-others [] {
    in-scratch {|dir|
        let template = ($dir | path join app.conf.j2)
        let target = ($dir | path join etc app.conf)
        "port {{ port }}\n" | save $template
        let first = (render $template {port: 6379} $target --mode "600")
        assert equal $first {path: $target, size: 10B, changed: true}
        assert equal (open --raw $target) "port 6379\n"
        assert equal (ls --long $target | get 0.mode) "rw-------"
        assert equal (render $template {port: 6379} $target --mode "640" | get changed) false
        assert equal (ls --long $target | get 0.mode) "rw-r-----"
        assert equal (render $template {port: 6380} $target | get changed) true
        let missing = (error-of { render $template {} $target })
        assert equal $missing.code "template::undefined"
        assert equal (open --raw $target) "port 6380\n"
        assert equal (ls --all ($target | path dirname) | length) 1
        assert equal (error-of { render $template {port: 1} $target --mode rw } | get msg) "`rw` are no permissions"
        assert (error-of { render $template {port: 1, prot: 2} $target --strict } | get msg | is-not-empty)
    }
}

@test
def secrets-come-from-the-environment-or-a-file-and-are-in-no-error [] {
    in-scratch {|dir|
        let file = ($dir | path join password)
        "canary-1\n" | save $file
        assert equal (with-env {APP_PASSWORD: canary-2} { secret APP_PASSWORD }) canary-2
        assert equal (with-env {APP_PASSWORD_FILE: $file} { secret APP_PASSWORD }) canary-1
        assert equal (secret APP_PASSWORD --file $file) canary-1
        assert equal (secret APP_PASSWORD --optional) null
        assert equal (secret APP_PASSWORD --optional --file ($dir | path join none)) null
        let missing = (error-of { secret APP_PASSWORD })
        assert equal $missing.code "provisioning::secret::missing"
        assert str contains $missing.help APP_PASSWORD_FILE
        # A file that was named on purpose has to be there.
        let unreadable = (error-of { with-env {APP_PASSWORD_FILE: ($dir | path join none)} { secret APP_PASSWORD --optional } })
        assert equal $unreadable.code "provisioning::secret::file"
        "\n" | save --force $file
        assert str contains (error-of { secret APP_PASSWORD --file $file } | get msg) "is empty"
    }
}

# What a line of code writes to standard error and to standard output, in a shell of its own.
def written [code: string, level?: string]: nothing -> record {
    with-env {PROVISIONING_LOG_LEVEL: ($level | default "")} {
        ^$nu.current-exe -n -I $LIBRARY -c $"use provisioning/log.nu; ($code)" | complete
    }
}

@test
def logs-go-to-standard-error-in-one-line-without-secrets [] {
    let ran = (written 'log info "two
lines" {port: 6379, db_password: "canary", note: "a
b"}')
    assert equal $ran.stdout ""
    assert equal ($ran.stderr | lines | length) 1
    assert str contains $ran.stderr 'INFO    two lines port=6379 db_password=*** note='
    assert (not ($ran.stderr | str contains canary))
    assert equal (written 'log debug "quiet"').stderr ""
    assert str contains (written 'log debug "loud"' debug).stderr "DEBUG   loud"
    assert equal (written 'log warning "quiet"' error).stderr ""
    assert equal (written 'log error "quiet"' off).stderr ""
}

@test
def scratch-directories-and-their-services-go-away-when-a-test-fails [] {
    let error = (
        error-of {
            in-scratch {|dir|
                let pid = (service start idle [sleep infinity] | get pid)
                error make {msg: $"($dir) ($pid)", help: "own"}
            }
        }
    )
    let told = ($error.msg | split row " ")
    assert equal $error.help own
    assert (not ($told.0 | path exists))
    # What has ended may not have been collected yet.
    assert ((try { open --raw $"/proc/($told.1)/stat" } catch { ") X" }) =~ '\) [ZX]')
    assert str contains (error-of { error-of { 1 } } | get msg) "an error was expected"
    assert equal (port-open (free-port)) false
}
