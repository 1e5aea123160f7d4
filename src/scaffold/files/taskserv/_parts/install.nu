    let wanted = $version | default $SERVICE_VERSION
    let report = $config | check-settings
    let known = get-available-versions
    let errors = $report.errors ++ (if $wanted in $known { [] } else {
        [$"there is no version ($wanted): one of ($known | str join ', ')"]
    })
    if $check {
        return {
            action: install
            service: $SERVICE_NAME
            version: $wanted
            check_mode: true
            would_install: ($errors | is-empty)
            errors: $errors
            settings: $report.value
            files: (if ($errors | is-empty) { files-of $report.value } else { [] })
        }
    }
    let at = if ($config | is-not-empty) { (metadata $config).span }
    if ($errors | is-not-empty) {
        refuse "Invalid configuration" $errors --at $at --hint "`install CONFIG --check` lists the faults"
    }
    # `$report.value` is the configuration with every default, `files-of $report.value` what to write.
    not-written install {{ file }} --at $at
