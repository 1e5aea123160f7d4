# The settings of Custom Database, and the files and directories that follow from them.

use std/log

const TEMPLATE = path self ../../templates/config.j2

# Settings that were not given; the directories follow the XDG ones.
const DEFAULTS = {
    port: 5432
    max_connections: 100
    memory_limit: "512MB"
    log_level: info
    ssl: {enabled: false cert_file: "" key_file: ""}
}

# Completes settings; the directories are the user's own unless the configuration says otherwise.
export def settings-of [config: record]: nothing -> record {
    let home = {|variable, fallback| [($env | get --optional $variable) $fallback] | compact --empty | first | path expand }
    {
        data_directory: (do $home XDG_DATA_HOME "~/.local/share" | path join customdb)
        log_directory: (do $home XDG_STATE_HOME "~/.local/state" | path join customdb log)
        config_directory: (do $home XDG_CONFIG_HOME "~/.config" | path join customdb)
    } | merge $DEFAULTS | merge $config
}

# Returns every fault of a configuration and of the settings completed from it.
export def setting-errors [config: record, settings: record]: nothing -> list<string> {
    let examples = {data_directory: "" log_directory: "" config_directory: ""} | merge $DEFAULTS
    let known = $examples | columns
    let faults = $config | columns | each {|key|
        if $key not-in $known {
            $"unknown key ($key) \(known: ($known | str join ', '))"
        } else if (type-of ($config | get $key)) != (type-of ($examples | get $key)) {
            $"($key) must be of type (type-of ($examples | get $key))"
        }
    } | compact
    # what is not of its type can be looked into no further
    if ($faults | is-not-empty) { return $faults }
    [
        (if $settings.port not-in 1025..65535 { "port must be between 1025 and 65535" })
        (if $settings.max_connections < 1 { "max_connections must be positive" })
        (if $settings.memory_limit !~ '^\d+(MB|GB)$' { "memory_limit must be a quantity such as 512MB" })
        ...([data_directory log_directory config_directory] | where {|key| ($settings | get $key) !~ '^/' }
            | each {|key| $"($key) must be an absolute path" })
        (if $settings.ssl.enabled? == true and ([cert_file key_file] | any {|field| not (is-file ($settings.ssl | get --optional $field)) }) {
            "ssl needs cert_file and key_file, files that exist"
        })
    ] | compact
}

# Renders the settings into the configuration file.
export def write-config [settings: record]: nothing -> nothing {
    let values = $settings | reject ssl config_directory | merge {
        ssl: ($settings.ssl.enabled? | default false)
        ssl_cert_file: ($settings.ssl.cert_file? | default "")
        ssl_key_file: ($settings.ssl.key_file? | default "")
    }
    $values | transpose name value | reduce --fold (open --raw $TEMPLATE) {|it, text|
        $text | str replace --all $"{{ ($it.name) | tojson }}" ($it.value | to json --raw)
    } | save-atomically (config-file $settings)
}

# Returns the path of the configuration file.
export def config-file [settings: record]: nothing -> string { $settings.config_directory | path join customdb.conf }

# Takes a directory for the database, so that `uninstall` can tell it from one that held other things.
export def claim-directory [dir: string]: nothing -> nothing {
    if ($dir | path exists) and not (marker $dir | path exists) and (ls --all $dir | is-not-empty) {
        log warning $"Directory is not empty and will not be removed by uninstall: ($dir)"
        return
    }
    mkdir $dir
    touch (marker $dir)
}

# Returns the file that marks a directory as taken by the database.
export def marker [dir: string]: nothing -> string { $dir | path join .custom-database }

# Writes a file beside the old one and renames it into place.
export def save-atomically [target: string]: string -> nothing {
    let text = $in
    mkdir ($target | path dirname)
    let staged = $"($target).(random chars --length 8)"
    $text | save --raw $staged
    mv --force $staged $target
}

def is-file [file: any]: nothing -> bool { ($file | is-not-empty) and ($file | path expand | path type) == file }

def type-of [value: any]: nothing -> string { $value | describe | str replace --regex '<.*' '' }
