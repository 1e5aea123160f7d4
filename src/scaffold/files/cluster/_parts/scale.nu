    let at = (metadata $replicas).span
    if $replicas < 1 {
        refuse "Cannot scale" [$"($replicas) replicas are none"] --at $at --hint "give a number from 1 on"
    }
    not-written scale {{ file }} --at $at
