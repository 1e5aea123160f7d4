# What all functions of the library rest on.

# Parsed before the plugin was loaded, its commands would be looked for as programs.
export def require-plugin []: nothing -> nothing {
    if (scope commands | where name == "extension list" | is-empty) {
        error make {
            msg: "the provisioning plugin is not loaded"
            help: "run `plugin add` once, then `plugin use provisioning`, and only then `use provisioning *`"
        }
    }
}

# The types of extensions, for completion.
export def extension-types []: nothing -> list<string> {
    [provider taskserv cluster template]
}
