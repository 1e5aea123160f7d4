# A provider whose servers are files below $env.LAB, and that does what it is told to there.

def place [...parts: string]: nothing -> string { [$env.LAB ...$parts] | path join }

# Says that an operation begins, does what it was told to, and returns what there is to do in the end.
def begin [operation: string]: nothing -> string {
    $"metal ($operation) ($nu.pid)\n" | save --append (place calls)
    let file = place orders $"metal.($operation)"
    let order = if ($file | path exists) { open --raw $file | str trim } else { "" }
    match $order {
        "fail" => { error make {msg: "metal was told to fail"} }
        "crash" => { kill --quiet --force $nu.pid; sleep 1hr }
        "leak" => {
            print --stderr $"logged ($env.METAL_API_KEY)"
            error make {msg: $"metal fails with ($env.METAL_API_KEY)"}
        }
        "hang" => { sleep 1hr }
        "slow" => { sleep 200ms }
        _ => {}
    }
    $order
}

def end [order: string]: nothing -> nothing {
    if $order == "fail-last" { error make {msg: "metal was told to fail in the end"} }
}

export def create-server [config: record, --check, --wait]: nothing -> record {
    let order = begin create-server
    let file = place there $"($config.hostname).server"
    $"($config | to json --raw)\n" | save $"($file).new"
    mv --force $"($file).new" $file
    end $order
    {success: true, id: $"id-($config.hostname)"}
}

export def delete-server [server_id: string]: nothing -> nothing {
    let order = begin delete-server
    rm (place there $"($server_id | str replace 'id-' '').server")
    end $order
}

export def list-servers []: nothing -> list<record> {
    begin list-servers | ignore
    glob (place there "*.server") | sort | each {|file|
        let hostname = $file | path parse | get stem
        {id: $"id-($hostname)", hostname: $hostname, status: running}
    }
}

export def reboot-server [server_id: string]: nothing -> nothing { begin reboot-server | ignore }
export def get-server-info [server_id: string]: nothing -> record { list-servers | where id == $server_id | get 0 }
export def start-server [server_id: string]: nothing -> nothing { begin start-server | ignore }
export def stop-server [server_id: string]: nothing -> nothing { begin stop-server | ignore }
export def get-pricing []: nothing -> list<record> { [] }
export def get-plans []: nothing -> list<record> { [{name: small}] }
export def get-zones []: nothing -> list<record> { [] }
export def get-ssh-access [server_id: string]: nothing -> record { {} }
export def configure-firewall [server_id: string, rules: list<record>]: nothing -> nothing { }
