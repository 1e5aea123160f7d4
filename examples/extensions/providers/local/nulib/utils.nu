# State and processes behind the servers of the provider `local`.
#
# One directory per server, `<state>/servers/<id>/`, holds `server.nuon` (the record) and
# `output.log` (what the process wrote). Records are replaced by rename, never edited.

# How long a process may take to start, or to end after a signal, before that is an error.
export const PATIENCE = 5sec
export const POLL = 20ms

# Returns the directory that holds everything the provider remembers.
export def state-dir []: nothing -> string {
    let home = [$env.XDG_STATE_HOME? "~/.local/state"] | compact --empty | first
    [$env.LOCAL_PROVIDER_STATE? ($home | path join provisioning local)] | compact --empty | first | path expand
}

# Returns the directory of one server.
export def server-dir [id: string]: nothing -> string {
    state-dir | path join servers $id
}

# Tells whether a directory exists and is writable, or could be created.
export def is-creatable [dir: string]: nothing -> bool {
    mut existing = $dir | path expand
    while not ($existing | path exists) { $existing = $existing | path dirname }
    (^test -d $existing -a -w $existing | complete).exit_code == 0
}

# Returns every server's record, oldest first.
export def read-servers []: nothing -> list<any> {
    let root = state-dir | path join servers
    if not ($root | path exists) { return [] }
    # a dot directory is a server still being written, or one being removed
    ls $root | where type == dir and ($it.name | path basename | $in !~ '^\.')
    | each {|dir| read-record ($dir.name | path join server.nuon) }
    | sort-by created_at
}

# Returns one server's record, or raises an error that names the servers there are.
export def read-server [
    id: string # Server id
    --span: any # Where the caller's user wrote the id
]: nothing -> record {
    let known = read-servers
    let found = $known | where id == $id
    if ($found | is-empty) {
        error make {
            msg: $"Server not found: ($id)"
            label: {text: "no local server has this id" span: ($span | default (metadata $id).span)}
            help: (if ($known | is-empty) { "there are no local servers yet: see `create-server`" } else {
                $"known servers: ($known.id | str join ', ')"
            })
        }
    }
    $found | first
}

def read-record [file: string]: nothing -> record {
    let content = try { {record: (open --raw $file | from nuon)} } catch {|e| {failure: $e.msg} }
    if $content.failure? != null {
        error make {
            msg: $"Cannot read the server record ($file): ($content.failure)"
            help: "repair the file, or remove its directory after ending the process it belongs to"
        }
    }
    $content.record
}

# Writes a record beside the old one and renames it into place.
export def write-record [dir: string]: record -> nothing {
    let target = $dir | path join server.nuon
    let staged = $"($target).(random chars --length 8)"
    $in | to nuon --indent 2 | save --raw $staged
    mv --force $staged $target
}

# Ends a process and everything in its session, and returns only when it is gone.
export def end-process [process: record]: nothing -> nothing {
    for signal in [TERM KILL] {
        if not (is-alive $process) { return }
        # the process leads its group (setsid), so the negative pid reaches its children too
        ^sh -c 'kill -s "$1" -- "-$2"' sh $signal $process.pid | complete | ignore
        let deadline = (date now) + $PATIENCE
        while (is-alive $process) and (date now) < $deadline { sleep $POLL }
    }
    if (is-alive $process) {
        error make {msg: $"Process ($process.pid) survived SIGKILL" help: "it may be waiting for a device; try again later"}
    }
}

# Tells whether the very process that was started still runs. Its start time and the boot
# it belongs to guard against a pid that the kernel has since given to another process.
export def is-alive [process?: record]: nothing -> bool {
    if $process == null or $process.boot_id != (boot-id) { return false }
    let stat = proc-stat $process.pid
    # Z and X: ended, but not yet collected by its parent
    $stat != null and $stat.state not-in [Z X] and $stat.start_ticks == $process.start_ticks
}

# Returns whether a process lives and when it was started, as the kernel has it.
export def proc-stat [pid: int]: nothing -> any {
    try {
        # the second field is the command's name in parentheses and may itself contain both
        let fields = open --raw $"/proc/($pid)/stat" | str replace --regex '(?s)^.*\) ' '' | split row ' '
        {state: ($fields | get 0) start_ticks: ($fields | get 19 | into int)}
    } catch { null }
}

# Returns the program that a process runs.
export def exe-of [pid: int]: nothing -> string {
    try { $"/proc/($pid)/exe" | path expand --strict } catch { "" }
}

# Returns what tells this boot of the machine from any other.
export def boot-id []: nothing -> string {
    try { open --raw /proc/sys/kernel/random/boot_id | str trim } catch { "" }
}

# Returns a record as the user sees it: what is really so, not what was last written.
export def observe []: record -> record {
    let server = $in
    let running = is-alive $server.process?
    let status = if $running { "running" } else if $server.process? == null { "stopped" } else { "exited" }
    $server
    | reject process
    | insert status $status
    | insert pid (if $running { $server.process.pid })
    | insert uptime (if $running { (date now) - $server.started_at })
    | select id hostname status plan zone os pid uptime created_at started_at tags ssh_keys command
}

# Returns the fields of a record that are there, but not of their type.
export def type-errors [types: record]: record -> list<string> {
    let given = $in
    $types | items {|field, type|
        let value = $given | get --optional $field
        # a list of records is described as a table
        let found = $value | describe | str replace --regex '<.*' '' | str replace table list
        if $value != null and $found != $type { $"($field) must be of type ($type)" }
    } | compact
}

# Returns what is wrong with each rule, numbered from 1.
export def firewall-rule-errors []: list<any> -> list<string> {
    enumerate | each {|entry|
        let rule = if ($entry.item | describe) =~ '^record' { $entry.item } else { {} }
        [
            (if $rule.direction? not-in [ingress egress] { "direction must be ingress or egress" })
            (if $rule.protocol? not-in [tcp udp icmp] { "protocol must be tcp, udp or icmp" })
            (if $rule.action? not-in [allow deny] { "action must be allow or deny" })
            (if $rule.port? != null and not ($rule.port | into string | is-port-range) { "port must be a port or a range such as 8000-8010" })
            (if $rule.port? != null and $rule.protocol? == icmp { "icmp has no ports" })
            ...([source destination] | each {|side|
                let value = $rule | get --optional $side
                if $value != null and ($value | into string) !~ '^[0-9a-fA-F:.]+(/[0-9]{1,3})?$' { $"($side) must be an address or a range such as 10.0.0.0/8" }
            })
        ] | compact | each {|fault| $"rule ($entry.index + 1): ($fault)" }
    } | flatten
}

def is-port-range []: string -> bool {
    if $in !~ '^\d{1,5}(-\d{1,5})?$' { return false }
    let ends = $in | split row '-' | into int
    ($ends | all {|port| $port in 1..65535 }) and $ends.0 <= ($ends | last)
}
