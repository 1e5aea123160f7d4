    let at = (metadata $name).span
    known-component $name --at $at
    not-written {{ operation.name }} {{ file }} --at $at
