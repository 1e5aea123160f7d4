    let report = $config | check-against ServerConfig
    if $check {
        return {
            action: create-server
            hostname: $config.hostname?
            check_mode: true
            would_create: $report.valid
            errors: $report.errors
            server: $report.value
        }
    }
    let at = (metadata $config).span
    if not $report.valid {
        refuse "Invalid server configuration" $report.errors --at $at --hint "`create-server CONFIG --check` lists the faults"
    }
    # `$report.value` is the configuration with every default. With --wait, return only when the server runs.
    not-written create-server {{ file }} --at $at
