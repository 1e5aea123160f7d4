# Services: programs that go on running when the shell has ended.
#
# Where systemd runs the machine and we are its root, a service is a unit of systemd's. Anywhere else it is a process with a
# session of its own, a pid file and a log. Both are started, stopped and asked in the same way.
#
# A directory for each, below $env.XDG_STATE_HOME/provisioning/run (~/.local/state unless set), holds
#
#     pid           process, the time it was started in the kernel's ticks, and the boot: one line
#     log           what it has written; the one before, when it got larger than 10 MB, is `log.1`
#     lock          held by the process and by what it starts, for as long as they run
#     service.nuon  how it is started
#
# The process writes its pid before it becomes the program, so that there is none without a file; and since a number may be
# given to another process, only one that was started at the very time in the same boot counts.

use net.nu [listening-sockets]
use requirements.nu [require-commands]
use secrets.nu [mask-secrets]
use wait.nu [wait-until]

const LOG_LIMIT = 10MB
const NAME = '^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$'

# $1: directory of the service, $2: directory to run in, then the command.
const LAUNCHER = '
service=$1
exec 9>"$service/lock" || exit 125
flock --nonblock 9 || { echo "another start is going on, or something that the service has started still runs" >&2; exit 125; }
read -r line </proc/$$/stat
ticks=$(set -- $line; echo "${22}")
echo "$$ $ticks $(cat /proc/sys/kernel/random/boot_id)" >"$service/.pid" && mv "$service/.pid" "$service/pid" || exit 125
cd "$2" || exit 125
shift 2
exec "$@"
'

# How the process is told from the program that it becomes.
const MARK = "provisioning-service-start"

# Starts a service, or leaves it alone when it runs.
#
# The process inherits the environment; a unit of systemd gets only those --variables. Returns what `service status`
# does, with `changed`: whether it had to be started.
@example "a server for files" {
    service start files [python3 -m http.server "8000" --bind "127.0.0.1"] --port 8000
}
export def "service start" [
    name: string # name of the service
    command: list<string> # program and arguments, which do not go through a shell
    --cwd: path # directory to run in; / unless given
    --ready: closure # returns true when it serves; without this and --port it is enough that the program runs
    --port: int # it serves only when it listens on this TCP port itself, whoever else may answer there
    --timeout: duration = 30sec # how long it may take to be ready
    --manager: string@managers = auto # systemd, process, or auto: systemd where it runs
    --variables: list<string> = [] # variables that a unit of systemd gets
]: nothing -> record {
    check-name $name (metadata $name).span
    let span = (metadata $command).span
    if ($command | is-empty) {
        error make {msg: "a service needs a program", code: "input::invalid", label: {text: "is empty", span: $span}}
    }
    let before = (service status $name)
    if $before.running { return ($before | insert changed false) }
    let directory = (directory-of $name)
    let cwd = ($cwd | default "/" | path expand)
    let manager = (chosen $manager)
    require-commands (if $manager == systemd { [systemd-run systemctl] } else { [setsid flock sh] })
    if (which --all $command.0 | where type == external | is-empty) {
        error make {
            msg: $"the program of the service `($name)` is not on this machine"
            code: "provisioning::service::no-program"
            label: {text: $"no `($command.0)`", span: $span}
        }
    }
    mkdir $directory
    ^chmod "700" $directory
    rotate ($directory | path join log)
    {command: $command, cwd: $cwd, manager: $manager, variables: $variables} | to nuon --indent 2 | put ($directory | path join service.nuon)
    let is_ours = if $manager == systemd {
        start-unit $name $command $cwd $variables $span
        true
    } else {
        launch $name $directory $command $cwd $span
    }
    if $ready != null or $port != null {
        # What listens is asked for last: until then another one may have answered, and ours may have ended because of that.
        let serves = { ($ready == null or (do $ready) == true) and ($port == null or (service listens $name $port)) }
        let failure = (
            try {
                wait-until { (not (service status $name).running) or (do $serves) } --timeout $timeout --for $"the service `($name)`" | ignore
                null
            } catch {|error| $error.details }
        )
        if $failure != null or not (service status $name).running {
            let said = (last-words $directory)
            let running = (service status $name).running
            if $is_ours { service stop $name | ignore }
            error make {
                msg: $"the service `($name)` (if $running { $'was not ready after ($timeout)' } else { 'ended before it was ready' })"
                code: "provisioning::service::not-ready"
                label: {text: "started with this", span: $span}
                help: (if ($said | is-empty) { $failure.help? | default "it has said nothing" } else { $"it has said: ($said)" })
            }
        }
    }
    service status $name | insert changed $is_ours
}

# Stops a service: asks it to end, and ends it with all that it has started when its time is over.
#
# Returns {name, changed, forced}: whether it ran, and whether it had to be ended.
@example "with its time to end" { service stop redis --timeout 30sec }
export def "service stop" [
    name: string # name of the service
    --signal: string = TERM # how it is asked to end
    --timeout: duration = 10sec # how long it may take
]: nothing -> record<name: string, changed: bool, forced: bool> {
    check-name $name (metadata $name).span
    let directory = (directory-of $name)
    if (manager-of $directory) == systemd {
        let was = (service status $name).running
        let run = (^systemctl stop (unit-of $name) | complete)
        if $was and $run.exit_code != 0 {
            error make {msg: $"systemd did not stop `($name)`", code: "provisioning::service::systemd", help: ($run.stderr | str trim)}
        }
        return {name: $name, changed: $was, forced: false}
    }
    let process = (read-pid $directory)
    if not (is-alive $process) {
        # What was left by a crash or by a boot that is over.
        end-leftovers $process
        rm --force ($directory | path join pid)
        return {name: $name, changed: false, forced: false}
    }
    send $signal $process.pid
    let ended = (wait-for-end $process $timeout)
    if not $ended { send KILL $process.pid }
    let gone = $ended or (wait-for-end $process 10sec)
    # It has led a session, so that what it has left behind is known.
    end-leftovers $process
    if not $gone {
        error make {
            msg: $"the service `($name)` cannot be ended"
            code: "provisioning::service::survives"
            help: $"process ($process.pid) may be waiting for a device: try again later"
        }
    }
    rm --force ($directory | path join pid)
    {name: $name, changed: true, forced: (not $ended)}
}

# Stops a service and starts it with the same command. Returns what `service start` does.
@example "after its configuration has changed" { service restart redis --port 6379 }
export def "service restart" [
    name: string # name of the service
    --ready: closure # returns true when it serves
    --port: int # it serves only when it listens on this TCP port itself
    --timeout: duration = 30sec # how long it may take to end, and to be ready
]: nothing -> record {
    check-name $name (metadata $name).span
    let file = (directory-of $name | path join service.nuon)
    if not ($file | path exists) {
        error make {
            msg: $"the service `($name)` was never started"
            code: "provisioning::service::unknown"
            label: {text: "nobody knows its command", span: (metadata $name).span}
            help: $"`service start ($name) [PROGRAM ARGUMENT ...]`"
        }
    }
    let known = (open --raw $file | from nuon)
    service stop $name --timeout $timeout | ignore
    service start $name $known.command --cwd $known.cwd --manager $known.manager --variables $known.variables --ready $ready --port $port --timeout $timeout
}

# Tells what is so: never what was last written.
#
# Returns {name, running, pid, since, manager, state, log}. `state` is running, stopped, exited (it has ended by itself) or unknown (it
# was never started).
@example "is it there?" { service status no-such-service | get state } --result unknown
export def "service status" [
    name: string # name of the service
]: nothing -> record {
    check-name $name (metadata $name).span
    let directory = (directory-of $name)
    let manager = (manager-of $directory)
    if $manager == null {
        return {name: $name, running: false, pid: null, since: null, manager: null, state: unknown, log: null}
    }
    let log = ($directory | path join log)
    if $manager == systemd {
        let told = (
            ^systemctl show (unit-of $name) --property=ActiveState,MainPID | complete | get stdout | lines
            | parse "{key}={value}" | transpose --header-row --as-record
        )
        let running = ($told.ActiveState? in [active reloading])
        let pid = if $running { $told.MainPID? | default "0" | into int }
        return {
            name: $name, running: $running, pid: $pid, since: (if $running { started-at $pid }), manager: systemd
            state: (if $running { "running" } else if $told.ActiveState? == failed { "exited" } else { "stopped" }), log: $log
        }
    }
    let process = (read-pid $directory)
    let running = (is-alive $process)
    {
        name: $name
        running: $running
        pid: (if $running { $process.pid })
        since: (if $running { started-at $process.pid })
        manager: process
        state: (if $running { "running" } else if $process == null { "stopped" } else { "exited" })
        log: $log
    }
}

# Tells whether a service itself listens on a TCP port: its process, or one of its session. What else may listen there does not count.
@example "is it really redis that answers?" { service listens redis 6379 } --result false
export def "service listens" [
    name: string # name of the service
    port: int # from 1 to 65535
]: nothing -> bool {
    let now = (service status $name)
    if $now.pid == null { return false }
    # Its own tables: it may have another network.
    let sockets = (listening-sockets $"/proc/($now.pid)/net" | where port == $port | get inode | each {|inode| $"socket:[($inode)]" })
    if ($sockets | is-empty) { return false }
    session-of $now.pid | any {|pid|
        # It may be gone by now, or somebody else's.
        let held = (try { ls --long $"/proc/($pid)/fd" | get target } catch { [] })
        $held | any {|target| $target in $sockets }
    }
}

# Lists the services that were started here, as `service status` tells them.
@example "which run?" { service list | where running | get name }
export def "service list" []: nothing -> list<any> {
    let home = (home-of-services)
    if not ($home | path exists) { return [] }
    ls $home | where type == dir | get name | path basename | where {|name| $name =~ $NAME } | sort | each {|name| service status $name }
}

# Removes what is left of a service that does not run: its log, and how it was started.
@example "after an uninstallation" { service forget no-such-service } --result null
export def "service forget" [
    name: string # name of the service
]: nothing -> nothing {
    if (service status $name).running {
        error make {
            msg: $"the service `($name)` runs"
            code: "provisioning::service::runs"
            label: {text: "still needed", span: (metadata $name).span}
            help: $"`service stop ($name)` first"
        }
    }
    rm --recursive --force (directory-of $name)
}

# Tells whether systemd runs this machine, as opposed to merely being installed.
@example "here?" { systemd-runs }
export def systemd-runs []: nothing -> bool { "/run/systemd/system" | path exists }

def managers []: nothing -> list<string> { [auto process systemd] }

def chosen [manager: string]: nothing -> string {
    match $manager {
        process => "process"
        auto => (if (systemd-runs) and (is-admin) { "systemd" } else { "process" })
        systemd => {
            if not (systemd-runs) {
                error make {
                    msg: "systemd does not run this machine"
                    code: "provisioning::service::no-systemd"
                    label: {text: "cannot be used here", span: (metadata $manager).span}
                    help: "--manager process starts a process of its own"
                }
            }
            "systemd"
        }
        _ => {
            error make {
                msg: $"`($manager)` does not manage services"
                code: "input::invalid"
                label: {text: "auto, process or systemd", span: (metadata $manager).span}
            }
        }
    }
}

def check-name [name: string, span: any]: nothing -> nothing {
    if $name !~ $NAME {
        error make {
            msg: "this is no name of a service"
            code: "input::invalid"
            label: {text: "small letters, digits and inner . _ -, at most 63", span: $span}
        }
    }
}

def home-of-services []: nothing -> string {
    let home = ([$env.XDG_STATE_HOME? "~/.local/state"] | compact --empty | first)
    $home | path join provisioning run | path expand
}

def directory-of [name: string]: nothing -> string { home-of-services | path join $name }

def unit-of [name: string]: nothing -> string { $"provisioning-($name).service" }

def manager-of [directory: string]: nothing -> any {
    try { open --raw ($directory | path join service.nuon) | from nuon | get manager } catch { null }
}

# Writes a file beside the old one and renames it into its place.
def put [file: string]: string -> nothing {
    let part = $"($file).(random chars --length 8)"
    $in | save --raw $part
    mv --force $part $file
}

def rotate [log: string]: nothing -> nothing {
    if ($log | path exists) and (ls $log | get 0.size) > $LOG_LIMIT { mv --force $log $"($log).1" }
}

def last-words [directory: string]: nothing -> string {
    let log = ($directory | path join log)
    if ($log | path exists) { open --raw $log | into string | lines | last 5 | str join "\n" | str trim | mask-secrets } else { "" }
}

# Starts the process, and returns when it has become the program: whether it is ours, and not of somebody who was faster.
def launch [name: string, directory: string, command: list<string>, cwd: string, span: any]: nothing -> bool {
    let before = (read-pid $directory)
    if (is-alive $before) { return false }
    # The file stays until the process that holds the lock replaces it: by now it may be the one of another start.
    end-leftovers $before
    let log = ($directory | path join log)
    let begin = (try { ls $log | get 0.size | into int } catch { 0 })
    # The outer shell ends at once, and what it has started belongs to nobody: `setsid` has made a session of it.
    let outer = 'log=$1; shift; setsid -- "$@" </dev/null >>"$log" 2>&1 & echo $!'
    let started = (^sh -c $outer sh $log sh -c $LAUNCHER $MARK $directory $cwd ...$command | complete)
    if $started.exit_code != 0 {
        error make {msg: "no process can be started", code: "provisioning::service::failed", help: ($started.stderr | str trim)}
    }
    let first = ($started.stdout | str trim | into int)
    wait-until {
        (state-of $first) in [Z X] or ((read-pid $directory | get --optional pid) == $first and not (is-launcher $first))
    } --interval 2ms --timeout 30sec --for $"the process of the service `($name)`" | ignore
    let now = (read-pid $directory)
    if not (is-alive $now) {
        let said = (try { open --raw $log | into binary | bytes at $begin.. | decode utf-8 | str trim | mask-secrets } catch { "" })
        error make {
            msg: $"the service `($name)` ended as soon as it was started"
            code: "provisioning::service::failed"
            label: {text: "started with this", span: $span}
            help: (if ($said | is-empty) { "it has said nothing" } else { $"it has said: ($said | str substring 0..2000)" })
        }
    }
    $now.pid == $first
}

def is-launcher [pid: int]: nothing -> bool {
    try { open --raw $"/proc/($pid)/cmdline" | into string | str contains $MARK } catch { false }
}

# A transient unit: it is gone when it is stopped, and nothing is left in the system's directories.
def start-unit [name: string, command: list<string>, cwd: string, variables: list<string>, span: any]: nothing -> nothing {
    let log = (directory-of $name | path join log)
    let arguments = [
        --quiet --collect --service-type=exec $"--unit=(unit-of $name)" $"--working-directory=($cwd)"
        --property=Restart=on-failure $"--property=StandardOutput=append:($log)" $"--property=StandardError=append:($log)"
        # The names alone: systemd-run takes the values from its environment, where nobody sees them.
        ...($variables | each {|variable| $"--setenv=($variable)" })
        -- ...$command
    ]
    let run = (^systemd-run ...$arguments | complete)
    if $run.exit_code != 0 {
        error make {
            msg: $"systemd did not start `($name)`"
            code: "provisioning::service::systemd"
            label: {text: "started with this", span: $span}
            help: ($run.stderr | str trim)
        }
    }
}

def read-pid [directory: string]: nothing -> any {
    try {
        let words = (open --raw ($directory | path join pid) | into string | str trim | split row " ")
        {pid: ($words.0 | into int), ticks: ($words.1 | into int), boot: $words.2}
    } catch { null }
}

def is-alive [process?: record]: nothing -> bool {
    if $process == null { return false }
    if $process.boot != (boot-id) { return false }
    let stat = (stat-of $process.pid)
    $stat != null and $stat.state not-in [Z X] and $stat.ticks == $process.ticks
}

def state-of [pid: int]: nothing -> any { stat-of $pid | get --optional state | default X }

# Z and X are processes that have ended. The second field is the program's name in brackets and may hold blanks and brackets itself.
def stat-of [pid: int]: nothing -> any {
    try {
        let fields = (open --raw $"/proc/($pid)/stat" | into string | str replace --regex '(?s)^.*\) ' '' | split row " ")
        {state: $fields.0, session: ($fields.3 | into int), ticks: ($fields.19 | into int)}
    } catch { null }
}

def started-at [pid: int]: nothing -> any {
    try {
        let ticks = (stat-of $pid | get ticks)
        let boot = (open --raw /proc/stat | lines | parse "btime {at}" | get 0.at | into int)
        # The kernel counts hundredths of a second for programs, whatever it counts itself.
        ($boot * 1_000_000_000 + $ticks * 10_000_000) | into datetime
    } catch { null }
}

def send [signal: string, target: any]: nothing -> nothing {
    ^sh -c 'kill -s "$1" -- "$2"' sh $signal ($target | into string) | complete | ignore
}

# Ends what a process has left behind that has ended itself: all of its session. A session keeps its number to itself for as long as
# somebody is in it, and a process that has the number now and another start has begun another one.
def end-leftovers [process?: record]: nothing -> nothing {
    if $process == null or $process.boot != (boot-id) { return }
    let now = (stat-of $process.pid)
    if $now != null and $now.ticks != $process.ticks { return }
    let left = (
        session-of $process.pid | where {|pid| $pid != $process.pid }
    )
    for pid in $left { send KILL $pid }
    if ($left | is-not-empty) {
        wait-until { $left | all {|pid| (state-of $pid) in [Z X] } } --interval 2ms --timeout 10sec --for "the end of what a service has left behind" | ignore
    }
}

# The processes of a session, its leader first.
def session-of [leader: int]: nothing -> list<int> {
    let others = (ls /proc | get name | path basename | where $it =~ '^\d+$' | into int | where {|pid| $pid != $leader })
    [$leader ...($others | where {|pid| (stat-of $pid | get --optional session) == $leader })]
}

def boot-id []: nothing -> string { try { open --raw /proc/sys/kernel/random/boot_id | str trim } catch { "" } }

def wait-for-end [process: record, timeout: duration]: nothing -> bool {
    try {
        wait-until { not (is-alive $process) } --interval 5ms --max-interval 200ms --timeout $timeout | ignore
        true
    } catch { false }
}
