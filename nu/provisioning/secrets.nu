# Secrets: from the environment or from a file, never from an argument, which everybody on the machine can read.

const NAMED_LIKE_SECRETS = '(?i)password|passwd|passphrase|secret|token|credential|api_?key|private_?key|access_?key'

# Such as `password=x`, `"token": "x"`, `Authorization: Bearer x` and `requirepass x`.
const TOLD = r#'(?i)((?:[a-z0-9_-]*(?:password|passwd|passphrase|secret|token|credential|api[_-]?key|private[_-]?key|access[_-]?key)[a-z0-9_-]*["']?|authorization)\s*[=:]\s*(?:(?:bearer|basic)\s+)?|\b(?:requirepass|masterauth)\s+)(?:"[^"]*"|'[^']*'|[^\s"',;]+)'#
const IN_A_URL = '([A-Za-z][A-Za-z0-9+.-]*://[^\s/:@]*:)[^\s/@]+(?=@)'

# Returns a secret: the variable of that name, or the contents of the file that the variable NAME_FILE or --file names.
#
# What it returns is a plain text: hand it to a program by its environment or its standard input, and never to a log. No error
# shows it. A line break at the end of a file does not belong to it.
@example "of a service" { secret REDIS_PASSWORD }
@example "one that need not be there" { secret REDIS_PASSWORD --optional }
export def secret [
    name: string # name of the variable
    --file: path # where it stands when no variable says it
    --optional # return null when it is nowhere
]: nothing -> any {
    let span = (metadata $name).span
    let value = ($env | get --optional $name)
    if ($value | is-not-empty) { return ($value | into string) }
    let told = ($env | get --optional $"($name)_FILE")
    let place = if ($told | is-not-empty) { $told } else { $file }
    if $place == null {
        if $optional { return null }
        error make {
            msg: $"the secret `($name)` is not given"
            code: "provisioning::secret::missing"
            label: {text: "neither this variable nor a file of it", span: $span}
            help: $"set ($name), or ($name)_FILE to the path of a file that holds it"
        }
    }
    let found = (try { open --raw $place | into string | str replace --regex '\r?\n$' '' } catch { null })
    if ($found | is-empty) {
        if $optional and $found == null and ($told | is-empty) { return null }
        error make {
            msg: $"the file of the secret `($name)` (if $found == null { 'cannot be read' } else { 'is empty' })"
            code: "provisioning::secret::file"
            label: {text: "this secret", span: $span}
            help: $"it has to be at ($place)"
        }
    }
    $found
}

# Returns a text without the secrets that are known: the values of variables that are named like secrets, the contents of the files
# that NAME_FILE names, and what a text itself calls a password or a token.
@example "a line of a log" { "connecting with password=hunter2" | mask-secrets } --result "connecting with password=***"
export def mask-secrets []: string -> string {
    let text = $in
    let named = ($env | transpose name value | where {|one| $one.name =~ $NAMED_LIKE_SECRETS })
    let values = (
        $named | each {|one|
            let text = (try { $one.value | into string } catch { "" })
            if $one.name =~ '_FILE$' { [(try { open --raw $text | into string | str trim } catch { "" })] } else { [$text] }
        }
        | flatten
        # Shorter ones may stand in a text by chance.
        | where {|text| ($text | str length) >= 4 }
        # One may be a part of another.
        | sort-by --reverse { str length }
    )
    $values
    | reduce --fold $text {|value, text| $text | str replace --all $value "***" }
    | str replace --all --regex $IN_A_URL '${1}***'
    | str replace --all --regex $TOLD '${1}***'
}
