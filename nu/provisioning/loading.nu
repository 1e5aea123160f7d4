# Loading, under the names that the source documents have for the extension manager.

use plugin.nu [extension-types require-plugin]

# Loads an extension and everything that it needs, and keeps it.
#
# Returns {metadata, path, loaded_at, operations, schemas, fingerprint, dependencies}. What is loaded already is taken as it
# is, so there is no need to ask before; what has changed on disk is read again.
@example "the latest version" { load-extension taskserv containerd | get metadata.version }
@example "a certain one" { load-extension taskserv kubernetes 1.28.0 }
export def load-extension [
    type: string@extension-types # provider, taskserv, cluster or template
    name: string # name of the extension, or its directory
    version?: string # this version, or the highest of a range; the latest otherwise
]: nothing -> record {
    require-plugin
    if $version == null {
        extension load $name --type $type
    } else {
        extension load $name --type $type --version $version
    }
}

# Lists what is loaded, each as `load-extension` returns it.
@example "names and versions" { list-loaded-extensions | get metadata | select name version }
export def list-loaded-extensions []: nothing -> table {
    require-plugin
    extension loaded --full
}

# Reads an extension again, whatever is remembered of it: every loaded version or, when none is, the latest.
#
# Returns the highest, as `load-extension` does.
@example "after a change that its files do not show" { reload-extension taskserv containerd }
export def reload-extension [
    type: string@extension-types # provider, taskserv, cluster or template
    name: string # name of the extension
]: nothing -> record {
    require-plugin
    if (extension is-loaded $name --type $type) {
        # By its path alone it could be any taskserv of its bundle.
        extension reload $name --type $type | last | select type name path | extension load
    } else {
        extension load $name --type $type
    }
}

# Tells whether an extension is loaded, in whatever version.
@example "is it?" { is-extension-loaded taskserv kubernetes }
export def is-extension-loaded [
    type: string@extension-types # provider, taskserv, cluster or template
    name: string # name of the extension
]: nothing -> bool {
    require-plugin
    extension is-loaded $name --type $type
}

# Forgets everything that is loaded; nothing is lost, because what is needed again is read again.
@example "start anew" { clear-cache }
export def clear-cache []: nothing -> nothing {
    require-plugin
    extension cache clear | ignore
}
