    let at = (metadata $version).span
    if $version !~ '^\d+\.\d+\.\d+' {
        refuse "Cannot upgrade" [$"($version) is no version"] --at $at --hint "a version has the form 1.2.3"
    }
    not-written upgrade {{ file }} --at $at
