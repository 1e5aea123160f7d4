# A taskserv whose whole state is files below $env.LAB, and that does what it is told to there:
# `orders/NAME.OPERATION` holds a word, and is read at each call.

def place [...parts: string]: nothing -> string { [$env.LAB ...$parts] | path join }

# Says that an operation begins, and returns what it was told to do.
def begin [operation: string]: nothing -> string {
    $"(NAME) ($operation) ($nu.pid)\n" | save --append (place calls)
    let order = place orders $"(NAME).($operation)"
    if ($order | path exists) { open --raw $order | str trim } else { "" }
}

# Does what it was told to at this point.
def obey [order: string, point: string]: nothing -> nothing {
    match $order {
        "fail" if $point == half => { error make {msg: $"(NAME) was told to fail", help: "tell it something else"} }
        "fail-first" if $point == first => { error make {msg: $"(NAME) was told to fail at once"} }
        "fail-last" if $point == last => { error make {msg: $"(NAME) was told to fail in the end"} }
        "crash" if $point == half => { kill --quiet --force $nu.pid; sleep 1hr }
        "hang" if $point == half => { sleep 1hr }
        "slow" if $point == half => { sleep 200ms }
        _ => {}
    }
}

# Shows everything that it knows to everybody.
def leak [config: any]: nothing -> any {
    let all = $"($config | to json --raw) ($env.LAB_TOKEN?) ($env.WEB_PASSWORD?)"
    print $"printed ($all)"
    print --stderr $"logged ($all)"
    ^sh -c 'ps -eo args >"$LAB/data/ps"; cat /proc/[0-9]*/cmdline 2>/dev/null >>"$LAB/data/ps" || true'
    error make {msg: $"it fails with ($all)", help: $"use ($all)"}
}

def there []: nothing -> any {
    let file = place there $"(NAME).json"
    if ($file | path exists) { open $file } else { null }
}

def change [operation: string, change: record]: nothing -> nothing {
    let order = begin $operation
    obey $order first
    let file = place there $"(NAME).json"
    let half = place there $"(NAME).half"
    "" | save --force $half
    obey $order half
    if $order == leak { leak $change | ignore }
    $"(there | default {version: null, config: {}} | merge $change | to json --raw)\n" | save --force $"($half).new"
    mv --force $"($half).new" $file
    rm $half
    obey $order last
}

# Makes it there.
export def install [
    config: record = {} # See ServiceConfig in schemas/main.ncl
    --check
    --version: string
]: nothing -> record {
    change install {version: $version, config: $config}
    {success: true}
}

# Gives it other settings.
export def configure [
    config: record # See ServiceConfig in schemas/main.ncl
]: nothing -> nothing {
    change configure {config: $config}
}

# Makes it another version.
export def upgrade [version: string]: nothing -> record {
    change upgrade {version: $version}
    {success: true}
}

# Starts it anew.
export def restart []: nothing -> nothing { change restart {} }

# Makes it gone; its data stay when that is asked for.
export def uninstall [
    config: record = {} # See ServiceConfig in schemas/main.ncl
    --force
    --keep-data
]: nothing -> nothing {
    let order = begin uninstall
    obey $order first
    let half = place there $"(NAME).half"
    "" | save --force $half
    if not $force { obey $order half }
    if $keep_data { "" | save --force (place data (NAME)) }
    rm --force (place there $"(NAME).json")
    rm $half
    obey $order last
}

# Tells how it is.
export def status []: nothing -> record {
    let order = begin status
    if $order == "fail" { error make {msg: $"(NAME) does not answer"} }
    obey $order half
    let there = there
    let file = place orders $"(NAME).status"
    let order = match $order {
        # Ready once, then not, then for good.
        "dip" if $there != null => { "dipped" | save --force $file; "" }
        # Ready once, and then no more.
        "sink" if $there != null => { "unready" | save --force $file; "" }
        "dipped" => { rm $file; "unready" }
        _ => $order
    }
    let half = place there $"(NAME).half" | path exists
    {
        installed: ($half or $there != null)
        ready: (not $half and $order not-in [unready leak])
        version: $there.version?
        message: (match $order {
            "unready" => $"(NAME) starts"
            "leak" => $"it says ($there.config?.password?) and ($env.LAB_TOKEN?)"
            _ => null
        })
    }
}

export def get-current-version []: nothing -> string { there | get version? | default "" }
export def get-available-versions []: nothing -> list<string> { [1.0.0 2.0.0] }
export def check-updates []: nothing -> record { {} }
