# What is remembered of the cluster between one command and the next: what it was created from.

# Returns what the cluster was created from, or null when it was not.
export def deployment []: nothing -> any {
    let file = deployment-file
    if ($file | path exists) { open --raw $file | from nuon } else { null }
}

# Writes what the cluster was created from, beside the old file and then over it.
export def remember-deployment [record: record]: nothing -> nothing {
    let file = deployment-file
    mkdir ($file | path dirname)
    let staged = $"($file).(random chars --length 8)"
    $record | to nuon --indent 2 | save --raw $staged
    mv --force $staged $file
}

# Forgets that the cluster was created.
export def forget-deployment []: nothing -> nothing { rm --force (deployment-file) }

def deployment-file []: nothing -> string {
    let home = [$env.XDG_STATE_HOME? "~/.local/state"] | compact --empty | first
    $home | path join provisioning clusters buildkit.nuon | path expand
}
