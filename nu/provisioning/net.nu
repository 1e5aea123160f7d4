# Whether services answer. Nothing here raises an error because of what a service does or does not do.

use requirements.nu [find-command]

# Asks a web server how it is.
#
# Returns {healthy, status, latency, error}: `status` is the number of the answer, `error` says why it is not healthy.
@example "a service of this machine" { http-health http://127.0.0.1:8080/health --timeout 2sec | get healthy }
export def http-health [
    url: string # what to ask for
    --timeout: duration = 5sec # how long the answer may take
    --status: list<int> # the answers of a healthy server; 200 to 299 unless given
    --contains: string # a text that the answer has to contain
    --headers: record = {} # headers to send
]: nothing -> record<healthy: bool, status: any, latency: any, error: any> {
    let begin = date now
    let answer = (
        try {
            let got = (
                http get --full --allow-errors --raw --redirect-mode manual --max-time $timeout
                    --headers $headers $url
            )
            {status: $got.status, body: $got.body}
        } catch {|error| {error: ($error.details.labels?.0?.text? | default $error.msg)} }
    )
    let latency = ((date now) - $begin)
    if $answer.error? != null { return {healthy: false, status: null, latency: null, error: $answer.error} }
    let is_wanted = if $status == null { $answer.status in 200..299 } else { $answer.status in $status }
    let error = if not $is_wanted {
        $"the answer is ($answer.status)"
    } else if $contains != null and not (text-of $answer.body | str contains $contains) {
        $"the answer does not contain `($contains)`"
    }
    {healthy: ($error == null), status: $answer.status, latency: $latency, error: $error}
}

# Tells whether something listens on a TCP port.
#
# For this machine itself the kernel is asked, where it can tell: no connection is made, so that nothing is in the service's log.
@example "redis" { port-open 6379 }
@example "of another machine" { port-open 443 --host 192.0.2.7 --timeout 1sec }
export def port-open [
    port: int # from 1 to 65535
    --host: string = "127.0.0.1" # name or address
    --timeout: duration = 2sec # how long the other machine may take to answer
]: nothing -> bool {
    if $port not-in 1..65535 {
        error make {
            msg: $"($port) is no port"
            code: "input::invalid"
            label: {text: "from 1 to 65535", span: (metadata $port).span}
        }
    }
    let is_here = $host in ["127.0.0.1" "::1" localhost]
    if $is_here and ("/proc/net/tcp" | path exists) {
        $port in (listening-sockets /proc/net | get port)
    } else {
        let bash = (find-command bash)
        if $bash == null {
            error make {msg: "whether a port is open cannot be asked", help: "install bash, which can open connections"}
        }
        let seconds = ($timeout / 1sec | into string)
        # Host and port are arguments, never code.
        (^timeout $seconds $bash -c 'exec 3<>"/dev/tcp/$1/$2"' bash $host $port | complete).exit_code == 0
    }
}

# What a server sends may be anything; what is no text contains none.
def text-of [body: any]: nothing -> string {
    if ($body | describe) == binary { try { $body | decode utf-8 } catch { "" } } else { $body | into string }
}

# The TCP sockets that programs listen on, in the kernel's tables: [{port, inode}].
export def listening-sockets [
    tables: path # directory of the tables, such as /proc/net
]: nothing -> list<any> {
    [tcp tcp6]
    | each {|table| $tables | path join $table }
    | where {|table| $table | path exists }
    | each {|table|
        open --raw $table
        | lines
        | skip 1
        | each {|line|
            let fields = ($line | str trim | split row --regex '\s+')
            # 0A is LISTEN; the port is the hexadecimal end of the local address.
            if $fields.3 == "0A" { {port: ($fields.1 | split row ":" | last | into int --radix 16), inode: $fields.9} }
        }
    }
    | flatten
}
