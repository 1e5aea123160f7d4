# Deploying components one by one, and taking that back.

use std/log
use operator.nu *
use requirements.nu [install-config]

# How often `wait-until-running` looks.
const POLL = 500ms

# Installs components one after the other; takes back what it did when one fails.
export def deploy [plan: list<record>, span: any]: nothing -> list<record> {
    mut deployed = []
    for component in $plan {
        log info $"Deploying component: ($component.name)"
        let outcome = try {
            {result: (call-component $component.name $component.extension install (install-config $component))}
        } catch {|e| {failure: $e.msg} }
        if $outcome.failure? != null {
            log error $"Failed to deploy ($outcome.failure)"
            # what was there before stays
            undo ($deployed | where result.changed? == true) {|entry|
                let extension = $plan | where name == $entry.component | first | get extension
                call-component $entry.component $extension uninstall {force: true keep_data: false}
            }
            error make {
                msg: $"Cluster deployment failed at component: ($component.name)"
                label: {text: "could not be deployed" span: $span}
                help: $outcome.failure
            }
        }
        $deployed = $deployed ++ [{component: $component.name status: deployed result: $outcome.result}]
    }
    $deployed
}

# Takes steps back, the last one first. A step that cannot be taken back is logged.
export def undo [steps: list<record>, action: closure]: nothing -> nothing {
    for step in ($steps | reverse) {
        log info $"Rolling back component: ($step.component)"
        try { do $action $step } catch {|e| log error $"Failed to roll back ($step.component): ($e.msg)" }
    }
}

# Returns once all of these components run, or raises an error that names those that do not.
export def wait-until-running [names: list<string>, timeout: duration]: nothing -> nothing {
    let deadline = (date now) + $timeout
    loop {
        let idle = $names | where {|name| not (observe $name).running }
        if ($idle | is-empty) { return }
        if (date now) >= $deadline {
            error make {
                msg: $"Cluster not ready after ($timeout): ($idle | str join ', ') not running"
                help: "the components are installed; `restart-component NAME` starts one, or says why it cannot"
            }
        }
        sleep $POLL
    }
}

# Returns the state of a cluster whose components run or do not.
export def state-of []: list<bool> -> string {
    let running = $in
    if ($running | all {|it| $it }) { "running" } else if ($running | any {|it| $it }) { "degraded" } else { "stopped" }
}

# Returns the essentials of a component, whether or not its extension can be asked.
export def observe [name: string]: nothing -> record {
    let answer = try { {value: (call-component $name (extension-of $name) status)} } catch {|e| {failure: $e.msg} }
    {
        component: $name
        installed: ($answer.value?.installed? | default false)
        version: $answer.value?.version?
        running: ($answer.value?.running? | default false)
        healthy: ($answer.value?.health?.healthy? | default false)
        error: ($answer.failure? | default $answer.value?.health?.error?)
    }
}
