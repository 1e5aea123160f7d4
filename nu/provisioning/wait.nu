# Waiting for what takes its time, and trying again what may fail.

# Waits until a condition holds, asking less and less often.
#
# A condition that raises an error does not hold yet; when the time is over, the last error is told. Returns {attempts, waited}.
@example "until a port is open" { wait-until { port-open 6379 } --timeout 10sec --for "redis" }
@example "what holds at once is asked for once" { wait-until { true } | get attempts } --result 1
export def wait-until [
    condition: closure # returns true when there is nothing left to wait for
    --timeout: duration = 1min # raise an error after this time
    --interval: duration = 50ms # the first pause
    --max-interval: duration = 2sec # the longest pause
    --for: string = "the condition" # what is waited for, in the error's words
]: nothing -> record<attempts: int, waited: duration> {
    let begin = date now
    mut attempts = 0
    mut pause = $interval
    mut waited = 0sec
    loop {
        let answer = (try { {value: (do $condition)} } catch {|error| {value: false, error: $error.msg} })
        $attempts += 1
        $waited = ((date now) - $begin)
        if $answer.value == true { break }
        if $waited >= $timeout {
            error make {
                msg: $"($for) was not there after ($timeout)"
                code: "provisioning::wait::timeout"
                label: {text: "this did not become true", span: (metadata $condition).span}
                help: (
                    if $answer.error? == null { $"it was asked for ($attempts) times; --timeout gives it more time" } else {
                        $"the last of ($attempts) attempts: ($answer.error)"
                    }
                )
            }
        }
        sleep ([$pause, ($timeout - $waited)] | math min)
        $pause = ([($pause * 2), $max_interval] | math min)
    }
    {attempts: $attempts, waited: $waited}
}

# Does something again when it fails, with longer and longer pauses, and returns what it returns.
#
# The closure gets the number of the attempt, from 1. When every attempt has failed, the last error is raised.
@example "the third time it works" { retry {|attempt| if $attempt < 3 { error make {msg: "busy"} } else { $attempt } } --delay 1ms } --result 3
export def retry [
    work: closure # what to do
    --times: int = 5 # attempts, the first one included
    --delay: duration = 200ms # the first pause
    --factor: number = 2 # each pause is this many times the one before
    --max-delay: duration = 30sec # the longest pause
    --when: closure # given the error, tells whether trying again may help; always, unless given
]: nothing -> any {
    if $times < 1 {
        error make {
            msg: "no attempt was asked for"
            code: "input::invalid"
            label: {text: "at least 1", span: (metadata $times).span}
        }
    }
    mut pause = $delay
    for attempt in 1..($times - 1) {
        if $times == 1 { break }
        let outcome = (try { {value: (do $work $attempt)} } catch {|error| {error: $error} })
        if "value" in $outcome { return $outcome.value }
        if $when != null and (do $when $outcome.error) != true { error make $outcome.error.details }
        sleep $pause
        $pause = ([($pause * $factor), $max_delay] | math min)
    }
    # The last error is raised as it is, with its own place.
    do $work $times
}
