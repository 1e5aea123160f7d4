# A tour of the plugin. Run it with `cargo xtask demo`, or in a shell that has the plugin: source examples/quickstart.nu

use provisioning *

const EXTENSIONS = path self extensions

# Shows a command and what it gives.
def show [command: string, code: closure]: nothing -> nothing {
    print $"(ansi green)> ($command)(ansi reset)"
    print (do $code)
    print ""
}

# Shows a command that fails, and its error as a person sees it.
def show-error [command: string, code: closure]: nothing -> nothing {
    print $"(ansi green)> ($command)(ansi reset)"
    try { do $code | ignore } catch {|error| print $error.rendered }
}

print "1. What extensions are there?"
cd $EXTENSIONS
show "extension discover --root . | sort-by type name | reject path error" {
    extension discover --root . | sort-by type name | reject path error
}

print "2. Register some, and see what is registered."
show "extension register taskservs/containerd" { extension register taskservs/containerd | reject path }
show "[taskservs/buildkit clusters/buildkit bundles/custom-cloud] | extension register | select name type provides.name?" {
    [taskservs/buildkit clusters/buildkit bundles/custom-cloud] | extension register | select name type provides.name?
}
show "extension list | select type name version package" { extension list | select type name version package }

print "3. What does one need, and where does it say so?"
show "extension info buildkit --type taskserv | get dependencies" {
    extension info buildkit --type taskserv | get dependencies | update source { path relative-to $EXTENSIONS }
}

print "4. Are they right? Nothing of them is run to find out."
show "extension validate ...(glob '*/*') | select name type valid warnings" {
    extension validate ...(glob '*/*') | sort-by name type | select name type valid warnings
}
show "extension validate taskservs/legacy-etcd | get 0.warnings | select code message help" {
    extension validate taskservs/legacy-etcd | get 0.warnings | select code message help
}

print "5. Nickel files are data."
show "nickel eval clusters/buildkit/schemas/cluster.ncl --field buildkit_cluster.resources" {
    nickel eval clusters/buildkit/schemas/cluster.ncl --field buildkit_cluster.resources
}
show "open clusters/buildkit/schemas/cluster.ncl | get buildkit_cluster.components | select name type version" {
    open clusters/buildkit/schemas/cluster.ncl | get buildkit_cluster.components | select name type version
}

print "6. In which order is a cluster deployed?"
show "cluster resolve-deps buildkit | select wave order name dependencies" {
    cluster resolve-deps buildkit | select wave order name dependencies
}

print "7. Errors underline your own text, and say what to do."
show-error "[{name: web, dependencies: [api]}, {name: api, dependencies: [databse]}, {name: database}] | cluster resolve-deps" {
    [{name: web, dependencies: [api]}, {name: api, dependencies: [databse]}, {name: database}] | cluster resolve-deps
}
show-error "extension info containrd" { extension info containrd }
show-error "\"{ port | Number = 'http }\" | from ncl" { "{ port | Number = 'http }" | from ncl }

print "8. The same by the names of the source documents."
show "list-registered-extensions taskserv | get name" { list-registered-extensions taskserv | get name }
