    let report = $config | check-against ProviderSettings
    let key = $report.value.auth?.api_key? | default $env.{{ env }}_API_KEY?
    let errors = $report.errors ++ (if ($key | is-empty) {
        ["Missing API key: give `auth.api_key`, or set {{ env }}_API_KEY"]
    } else { [] })
    let warnings = if ($config.auth?.api_key? | is-not-empty) {
        ["the key is better kept in {{ env }}_API_KEY than in a file"]
    } else { [] }
    {valid: ($errors | is-empty) errors: $errors warnings: $warnings}
