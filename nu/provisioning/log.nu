# Logging on standard error: standard output belongs to what a command returns.
#
#     use provisioning/log.nu
#     log info "started" {port: 6379}
#
# A line is time, level, message and fields. $env.PROVISIONING_LOG_LEVEL says from which level on: debug, info, warning, error
# or off; info unless set. Fields that are named like secrets are not shown.

const LEVELS = [debug info warning error off]

# Logs what helps to find a fault.
@example "with fields" { log debug "asking" {url: "http://127.0.0.1:8080/"} }
export def debug [
    message: string # what happens
    fields: record = {} # what belongs to it
]: nothing -> nothing { line debug $message $fields }

# Logs what happens.
@example "with fields" { log info "started" {port: 6379} }
export def info [
    message: string # what happens
    fields: record = {} # what belongs to it
]: nothing -> nothing { line info $message $fields }

# Logs what may go wrong.
@example "with fields" { log warning "little room" {free: 100MB} }
export def warning [
    message: string # what happens
    fields: record = {} # what belongs to it
]: nothing -> nothing { line warning $message $fields }

# Logs what has gone wrong, and does not raise it.
@example "with fields" { log error "did not start" {code: 1} }
export def error [
    message: string # what happens
    fields: record = {} # what belongs to it
]: nothing -> nothing { line error $message $fields }

def line [level: string, message: string, fields: record]: nothing -> nothing {
    let wanted = ($env.PROVISIONING_LOG_LEVEL? | default info | str lowercase)
    let least = ($LEVELS | enumerate | where item == $wanted | get --optional 0.index | default 1)
    let own = ($LEVELS | enumerate | where item == $level | get 0.index)
    if $own < $least { return }
    let told = ($fields | items {|name, value| $"($name)=(shown $name $value)" })
    let time = (date now | format date "%Y-%m-%dT%H:%M:%S%.3f%:z")
    [$time ($level | str uppercase | fill --width 7) (one-line $message) ...$told] | str join " " | print --stderr $in
}

def shown [name: string, value: any]: nothing -> string {
    if $name =~ '(?i)password|passwd|passphrase|secret|token|credential|api_?key|private_?key|access_?key' { return "***" }
    $value | to nuon | one-line $in
}

# A message may hold what others wrote: it stays one line, and does nothing to the terminal.
def one-line [text: string]: nothing -> string {
    $text | str replace --all --regex '[\x00-\x1f\x7f-\x9f]+' ' '
}
