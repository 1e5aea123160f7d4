    let known = get-available-versions
    let at = (metadata $version).span
    if $version not-in $known {
        refuse "Cannot upgrade" [$"there is no version ($version)"] --at $at --hint $"one of: ($known | str join ', ')"
    }
    not-written upgrade {{ file }} --at $at
