    let current = get-current-version
    let latest = get-available-versions | sort-by { into semver } | last
    {current: $current latest: $latest update_available: (($latest | into semver) > ($current | into semver))}
