# Talking to the Custom Cloud API.
#
# The key is sent to the configured host and nowhere else: over TLS unless that host is this
# machine, never after a redirect, and never in an error.

# Seconds one request may take, unless CUSTOM_CLOUD_TIMEOUT says otherwise.
const TIMEOUT = 30

# Returns where the API is and how to log in: from provider settings, else from the environment.
export def connection [
    settings: record = {} # Provider settings, see ProviderSettings in schemas/settings.ncl
]: nothing -> record<url: string, key: string, timeout: duration> {
    let url = [$settings.api?.base_url? $env.CUSTOM_CLOUD_API_URL?] | compact --empty | get --optional 0
    let key = [$settings.auth?.api_key? $env.CUSTOM_CLOUD_API_KEY?] | compact --empty | get --optional 0
    let missing = [
        (if $url == null { "CUSTOM_CLOUD_API_URL" })
        (if $key == null { "CUSTOM_CLOUD_API_KEY" })
    ] | compact
    if ($missing | is-not-empty) {
        error make {
            msg: $"Custom Cloud is not configured: ($missing | str join ', ') not set"
            help: ($missing | each {|name| $"$env.($name) = ..." } | str join "; ")
        }
    }
    let fault = url-fault $url
    if $fault != null { error make {msg: $"Custom Cloud is not configured: ($fault)" help: "check CUSTOM_CLOUD_API_URL"} }
    let seconds = [$settings.api?.timeout? $env.CUSTOM_CLOUD_TIMEOUT? $TIMEOUT] | compact --empty | first
    {url: ($url | str trim --right --char '/') key: $key timeout: ($seconds | into int | into duration --unit sec)}
}

# Returns what is wrong with the address of an API, or null.
export def url-fault [url: string]: nothing -> any {
    let parts = try { $url | url parse } catch { return "the API address is not a URL" }
    if $parts.username != "" or $parts.password != "" { return "the API address must not hold credentials" }
    if $parts.scheme == https { return null }
    if $parts.scheme == http and $parts.host in [localhost 127.0.0.1 "[::1]"] { return null }
    "the API address must be https, or http on this machine"
}

# Sends one request and returns the answer's body.
export def call-api [
    method: string # GET, POST, PUT or DELETE
    path: string # Below the API's address
    --body: record # What to send
    --with: record # Connection, unless the environment's
]: nothing -> any {
    let connection = if $with == null { connection } else { $with }
    let url = $"($connection.url)/($path)"
    let limit = $connection.timeout
    let data = $body | default {} | to json
    let headers = {
        Authorization: $"Bearer ($connection.key)"
        Accept: application/json
        Content-Type: application/json
    }

    let answer = try {
        match $method {
            GET => (http get --full --allow-errors --redirect-mode error --max-time $limit --headers $headers $url)
            POST => (http post --full --allow-errors --redirect-mode error --max-time $limit --headers $headers $url $data)
            PUT => (http put --full --allow-errors --redirect-mode error --max-time $limit --headers $headers $url $data)
            DELETE => (http delete --full --allow-errors --redirect-mode error --max-time $limit --headers $headers $url)
            _ => { error make {msg: $"Unsupported HTTP method: ($method)"} }
        }
    } catch {|e|
        {status: 0 body: {message: ($e.details?.labels?.0?.text? | default $e.msg)}}
    }
    if $answer.status in 200..299 { return $answer.body }

    let said = try { $answer.body.message | into string | str replace --all $connection.key "***" } catch { "" }
    let outcome = if $answer.status == 0 { "no answer" } else { $answer.status | into string }
    error make {
        msg: ([$"Custom Cloud API error: ($method) ($path): ($outcome)" $said] | compact --empty | str join ", ")
        help: (match $answer.status {
            0 => $"is ($connection.url) reachable?"
            401 | 403 => "check CUSTOM_CLOUD_API_KEY"
            404 => "list what there is with `list-servers`"
            _ => "try again later, or ask the provider's support"
        })
    }
}

# Makes an id part of a path. What could lead elsewhere in the API is refused.
export def as-segment []: string -> string {
    let id = $in
    if $id !~ '^[A-Za-z0-9_-][A-Za-z0-9._-]*$' {
        error make {msg: $"Not a server id: ($id)" help: "`list-servers | get id` lists them"}
    }
    $id
}
