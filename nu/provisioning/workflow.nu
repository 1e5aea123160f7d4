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

# What was loaded with an extension: the versions that were chosen for it.
def dependencies-of [extension: record]: nothing -> table {
    let own = {
        type: $extension.metadata.extension_type
        name: $extension.metadata.name
        version: $extension.metadata.version
    }
    let registered = (extension list | select type name version)
    let loaded = (extension loaded | select type name version)
    extension resolve $extension.path
    | select type name version path
    | where {|row| ($row | reject path) != $own }
    | each {|row|
        let key = ($row | reject path)
        $row | insert registered ($key in $registered) | insert loaded ($key in $loaded)
    }
}
