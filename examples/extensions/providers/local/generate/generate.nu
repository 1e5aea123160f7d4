# Starting points for using the provider `local`.
#
#     use generate/generate.nu
#     generate server-config web-1 | create-server $in

use ../nulib/catalog.nu *
use ../nulib/utils.nu [state-dir]

const TEMPLATE = path self ../templates/config.j2

# Returns a server configuration that `create-server` accepts as it is.
@example "a server with the smallest plan" { server-config web-1 }
export def server-config [
    hostname: string # Host name of the server
    --plan: string # One of `get-plans`; the first one unless given
    --command: list<string> # What the server runs; nothing much unless given
]: nothing -> record {
    let config = {
        hostname: $hostname
        plan: ($plan | default (get-plans | first | get name))
        zone: (get-zones | first | get name)
        tags: {}
    }
    if $command == null { $config } else { $config | insert command $command }
}

# Returns the text of a settings file with every value it can hold.
export def settings-file []: nothing -> string {
    let values = {state_dir: (state-dir) plan: (get-plans | first | get name) zone: (get-zones | first | get name)}
    $values | transpose name value | reduce --fold (open --raw $TEMPLATE) {|it, text|
        $text | str replace --all $"{{ ($it.name) | tojson }}" ($it.value | to json --raw)
    }
}
