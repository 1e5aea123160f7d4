    let report = $config | check-config
    if $check {
        return {
            action: create
            cluster: $CLUSTER_NAME
            check_mode: true
            would_create: $report.valid
            errors: $report.errors
            components: $report.components
            description: (description-of $report.components)
        }
    }
    let at = if ($config | is-not-empty) { (metadata $config).span }
    if not $report.valid {
        refuse "Invalid configuration" $report.errors --at $at --hint "`create CONFIG --check` lists the faults"
    }
    # `$report.components` are the components in their order. With --wait, return only when all of them run.
    not-written create {{ file }} --at $at
