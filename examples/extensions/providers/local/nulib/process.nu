# Starting what a server runs.

use network.nu [access-to network-up]
use utils.nu *

# Starts the process of an existing server and records it.
export def launch [
    id: string # Server id
    --wait # Return only when the server's command runs
]: nothing -> nothing {
    let dir = server-dir $id
    let server = read-server $id
    if $server.address? != null { network-up $server }
    let command = if $server.address? == null { $server.command } else { (access-to $id) ++ $server.command }
    let process = spawn-process $command ($dir | path join output.log)
    # recorded before anything can fail, so that the process can always be found and ended
    $server | update process $process | update started_at (date now) | write-record $dir
    if $wait { wait-for-start $process }
}

# Starts a server's command as a session of its own and returns what identifies the process.
def spawn-process [command: list<string>, log: string]: nothing -> record<pid: int, start_ticks: int, boot_id: string> {
    # the shell only forks: `setsid` then replaces itself by the command, so `$!` is its pid
    let script = 'log=$1; shift; setsid "$@" </dev/null >>"$log" 2>&1 & echo $!'
    let started = ^sh -c $script sh $log ...$command | complete
    if $started.exit_code != 0 {
        error make {msg: $"Cannot start a process: ($started.stderr | str trim)"}
    }
    let pid = $started.stdout | str trim | into int
    let ticks = proc-stat $pid | get start_ticks? | default 0
    {pid: $pid start_ticks: $ticks boot_id: (boot-id)}
}

# Returns once the command itself runs in the process (and no longer `setsid`), or raises.
def wait-for-start [process: record]: nothing -> nothing {
    let launchers = [setsid ip] | each {|tool| which --all $tool | where type == external | get --optional path.0 } | compact | path expand
    let deadline = (date now) + $PATIENCE
    while (is-alive $process) and (exe-of $process.pid) in $launchers {
        if (date now) > $deadline { error make {msg: "Server creation timeout"} }
        sleep $POLL
    }
    if not (is-alive $process) {
        error make {msg: "the command ended as soon as it was started"}
    }
}
