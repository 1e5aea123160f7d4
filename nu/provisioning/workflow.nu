# The first two steps of installing a taskserv: load it, and see that everything it needs is there.

use plugin.nu [extension-types require-plugin]

# Loads a taskserv: the first step of installing it. Nobody can come between asking whether it is loaded and loading it.
@example "the latest version" { load-taskserv kubernetes }
@example "a certain one" { load-taskserv kubernetes --version 1.28.0 }
export def load-taskserv [
    name: string # name of the taskserv, or its directory
    --version (-v): string # this version, or the highest of a range; the latest otherwise
]: nothing -> record {
    require-plugin
    if $version == null {
        extension load $name --type taskserv
    } else {
        extension load $name --type taskserv --version $version
    }
}

# Loads everything that an extension needs, and what that needs, and lists it: the second step of installing it.
#
# Returns a table {type, name, version, path, registered, loaded}, without the extension itself. Raises one error that names
# everything that is missing.
@example "what buildkit needs" { ensure-dependencies buildkit | select name version loaded }
export def ensure-dependencies [
    name: string # name of the extension, or its directory
    --type (-t): string@extension-types = taskserv # provider, taskserv, cluster or template
    --version (-v): string # this version, or the highest of a range; the latest otherwise
]: nothing -> table {
    require-plugin
    let extension = if $version == null {
        extension load $name --type $type --with-dependencies
    } else {
        extension load $name --type $type --version $version --with-dependencies
    }
    dependencies-of $extension
}

# Does the first two steps of installing a taskserv: loads it, and everything that it needs.
#
# Returns {extension, dependencies}, from which the other steps start: what `load-taskserv` and `ensure-dependencies` return.
@example "ready to be installed?" { prepare-taskserv buildkit | get dependencies.loaded | all { $in } }
export def prepare-taskserv [
    name: string # name of the taskserv, or its directory
    --version (-v): string # this version, or the highest of a range; the latest otherwise
]: nothing -> record<extension: record, dependencies: table> {
    require-plugin
    let extension = if $version == null {
        extension load $name --type taskserv --with-dependencies
    } else {
        extension load $name --type taskserv --version $version --with-dependencies
    }
    {extension: $extension, dependencies: (dependencies-of $extension)}
}

# What an extension needs, of what is loaded: loading has chosen, and nothing is chosen again here.
def dependencies-of [extension: record]: nothing -> table {
    let registered = (extension list | select type name version)
    let loaded = (
        extension loaded --full
        | each {|one|
            let key = {type: $one.metadata.extension_type, name: $one.metadata.name, version: $one.metadata.version}
            $key | merge {path: $one.path, registered: ($key in $registered), loaded: true, dependencies: $one.dependencies}
        }
    )
    # As loading does: of what is registered if that is enough, and of everything otherwise.
    let of_registered = (closure-of $extension ($loaded | where registered))
    let found = if ($of_registered | all {|row| $row.loaded }) { $of_registered } else { closure-of $extension $loaded }
    let own = ($extension.metadata | select extension_type name version | rename type)
    $found | reject dependencies | where {|row| ($row | select type name version) != $own }
}

# What an extension needs, and what that needs, of some that are loaded.
def closure-of [extension: record, loaded: list]: nothing -> list {
    mut found = []
    # What is found needs something itself, and may tell more exactly which version is meant. A round for each is enough.
    for _ in 0..($loaded | length) {
        let requirements = ($found | each {|row| $row.dependencies } | prepend [$extension.dependencies] | flatten)
        let next = (of-requirements $requirements $loaded)
        if $next == $found { break }
        $found = $next
    }
    $found
}

# What fits requirements, sorted, each once.
def of-requirements [requirements: list, loaded: list]: nothing -> list {
    $requirements
    | uniq-by name type
    | each {|one|
        let same = ($requirements | where {|other| $other.name == $one.name and $other.type == $one.type })
        let constraints = ($same | get version | uniq | where {|constraint| $constraint != '*' })
        let named = ($loaded | where {|row| $row.name == $one.name and ($one.type == null or $row.type == $one.type) })
        let fitting = ($named | where {|row| fits $row $constraints })
        if ($fitting | is-empty) {
            # There is not room in memory for everything.
            {type: $one.type, name: $one.name, version: null, path: null, registered: false, loaded: false, dependencies: []}
        } else {
            # They are sorted by version.
            $fitting | last
        }
    }
    | uniq
    | sort-by type name
}

# Whether a loaded version satisfies constraints.
def fits [row: record, constraints: list<string>]: nothing -> bool {
    let range = ($constraints | prepend $"=($row.version)" | str join ', ')
    extension is-loaded $row.name --type $row.type --version $range
}
