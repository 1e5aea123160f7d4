# Raises one error for everything that is wrong with what the caller has given.
export def refuse [
    what: string # What cannot be used
    errors: list<string> # What is wrong with it
    --at: any # Where the caller has written it
    --hint: string # What to do
]: nothing -> any {
    raise {msg: $"($what): ($errors | str join '; ')" help: $hint} "cannot be used" $at
}

# Raises the error of an operation whose body is not written yet.
export def not-written [
    operation: string # Name of the operation
    file: string # File with its body
    --at: any # Where the caller has written its argument
]: nothing -> any {
    raise {
        msg: $"`($operation)` of the {{ type }} `{{ name }}` is not written yet"
        code: "extension::not_written"
        help: $"write the body of `export def ($operation)` in ($file)"
    } "nothing was done with this" $at
}

def raise [error: record, label: string, at: any]: nothing -> any {
    if $at == null { error make --unspanned $error }
    error make ($error | insert label {text: $label span: $at})
}
