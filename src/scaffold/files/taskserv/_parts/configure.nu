    let report = $config | check-settings
    if not $report.valid {
        refuse "Invalid configuration" $report.errors --at (metadata $config).span --hint "see `ServiceConfig` in schemas/settings.ncl"
    }
    # The unit belongs to the installation. Whoever changes the configuration restarts the service.
    let file = files-of $report.value | first
    mkdir ($file.path | path dirname)
    $file.text | save --force --raw $file.path
