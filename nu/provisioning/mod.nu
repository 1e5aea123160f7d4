# The names under which the source documents know the plugin's commands, as functions, and what authors of extensions need: services,
# waiting, downloads, configuration files, secrets.
#
# Load the plugin first: Nushell binds commands when it parses, and a plugin cannot be loaded from a module.
#
#     plugin use provisioning
#     use provisioning *
#
# Its parts can be used alone, and `log` and `testing` only so, because their names are those of others:
#
#     use provisioning/service.nu *
#     use provisioning/log.nu
#     use provisioning/testing.nu *

use plugin.nu [extension-types require-plugin]

export use clusters.nu *
export use downloads.nu *
export use loading.nu *
export use net.nu [http-health port-open]
export use operations.nu *
export use rendering.nu *
export use requirements.nu *
export use rest.nu *
export use secrets.nu *
export use service.nu *
export use wait.nu *
export use workflow.nu *

# Registers an extension with the system.
#
# Returns {name, type, version, path, registered_at, replaced, dependencies, provides}.
@example "register a taskserv" { register-extension extensions/taskservs/containerd taskserv }
export def register-extension [
    path: path # directory of the extension
    type?: string@extension-types # provider, taskserv, cluster or template
]: nothing -> record {
    require-plugin
    if $type == null { extension register $path } else { extension register $path --type $type }
}

# Removes an extension from the registry; its files stay.
@example "forget a taskserv" { unregister-extension containerd taskserv }
export def unregister-extension [
    name: string # name of the extension
    type: string@extension-types # provider, taskserv, cluster or template
]: nothing -> nothing {
    require-plugin
    extension unregister $name --type $type
}

# Lists the registered extensions, of one type or of all.
@example "all taskservs" { list-registered-extensions taskserv }
export def list-registered-extensions [
    type?: string@extension-types # provider, taskserv, cluster or template
]: nothing -> table {
    require-plugin
    if $type == null { extension list } else { extension list $type }
}

# Validates an extension without running it.
#
# Returns {name, type, version, path, valid, errors, warnings, checks}.
@example "is it right?" { validate-extension extensions/taskservs/containerd taskserv | get valid }
export def validate-extension [
    path: path # directory of the extension
    type?: string@extension-types # provider, taskserv, cluster or template
]: nothing -> record {
    require-plugin
    if $type == null { extension validate $path } else { extension validate $path --type $type }
}

# Orders the components of a cluster so that each comes after those it depends on.
#
# Components that need nothing of each other keep their order. Raises an error that names every unknown, circular,
# repeated or disabled dependency.
@example "two components" {
    resolve-component-dependencies [{name: app, dependencies: [db]}, {name: db, dependencies: []}] | get name
} --result [db app]
export def resolve-component-dependencies [
    components: list<any> # records with `name` and `dependencies`
]: nothing -> list<any> {
    require-plugin
    $components | cluster resolve-deps | reject wave order --optional
}
