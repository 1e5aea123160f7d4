# What the interface for web clients answers, as records: `to json` makes the documents' JSON of them.

use plugin.nu [extension-types require-plugin]

# The answer to GET /api/v1/extensions/loaded.
#
# Returns {success: true, data} with {metadata, path, loaded_at} for each loaded extension, or {success: false, error}.
@example "as JSON" { rest loaded | to json }
export def "rest loaded" []: nothing -> record {
    require-plugin
    answer { extension loaded --full | each {|extension| item $extension } }
}

# The answer to POST /api/v1/extensions/reload.
#
# Returns {success: true, data: "Extension NAME reloaded"}, or {success: false, error: {code, message, help}}.
@example "the documents' request" { rest reload {extension_type: taskserv, name: kubernetes} }
export def "rest reload" [
    request: record # {extension_type, name}; the type in small or capital letters
]: nothing -> record {
    require-plugin
    answer {
        for field in [extension_type name] {
            if ($request | get --optional $field | describe) != string {
                error make {
                    msg: $"`($field)` of the request is not a text"
                    code: "input::invalid"
                    help: "such as {extension_type: taskserv, name: kubernetes}"
                }
            }
        }
        let type = $request.extension_type
        if (extension is-loaded $request.name --type $type) {
            extension reload $request.name --type $type | ignore
        } else {
            extension load $request.name --type $type | ignore
        }
        $"Extension ($request.name) reloaded"
    }
}

# The envelope of an answer.
def answer [work: closure]: nothing -> record {
    try {
        {success: true, data: (do $work)}
    } catch {|error|
        let details = $error.details
        {
            success: false
            error: {
                code: ($details.code? | default "plugin::failed")
                message: ($details.msg? | default $error.msg)
                help: $details.help?
            }
        }
    }
}

def item [extension: record]: nothing -> record {
    let metadata = $extension.metadata
    {
        metadata: ($metadata | update extension_type ($metadata.extension_type | str capitalize))
        path: $extension.path
        loaded_at: ($extension.loaded_at | date to-timezone UTC | format date "%Y-%m-%dT%H:%M:%S%.fZ")
    }
}
