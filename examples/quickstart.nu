# A tour of the plugin. Run it with `cargo xtask demo`, or in a shell that has the plugin: source examples/quickstart.nu

use provisioning *

const EXTENSIONS = path self extensions

# Shows a piece of code, and what it gives: a value, or an error as a person sees it.
def show [code: closure]: nothing -> nothing {
    let color = (if (is-terminal --stdout) { {on: (ansi green), off: (ansi reset)} } else { {on: "", off: ""} })
    let source = (view source $code | str trim --char "{" | str trim --char "}" | str trim)
    print $"($color.on)> ($source)($color.off)"
    print (try { do $code } catch {|error| $error.rendered })
    print ""
}

cd $EXTENSIONS

print "1. What extensions are there?"
show { extension discover --root . | sort-by type name | reject path error }

print "2. Register some, and see what is registered."
show { extension register taskservs/containerd | reject path }
show { [taskservs/buildkit clusters/buildkit bundles/custom-cloud] | extension register | select name type provides.name }
show { extension list | select type name version package }

print "3. What does one need, and where does it say so?"
show { extension info buildkit --type taskserv | get dependencies | update source { path relative-to $EXTENSIONS } }

print "4. Are they right? Nothing of them is run to find out."
show { extension validate ...(glob "*/*") | sort-by name type | select name type valid warnings }
show { extension validate taskservs/legacy-etcd | get warnings | select code message }

print "5. Nickel files are data."
show { nickel eval clusters/buildkit/schemas/cluster.ncl --field buildkit_cluster.resources }
show { open clusters/buildkit/schemas/cluster.ncl | get buildkit_cluster.components | select name type version }

print "6. Data are held against Nickel contracts: every fault at once, under your own values."
show { [[direction protocol action]; [ingress tcp allow] [ingress tpc allow]] | nickel validate providers/local/schemas/contracts.ncl --contract FirewallRule | select valid errors.path }
show { {direction: ingress, protocol: tpc, actoin: allow} | nickel apply providers/local/schemas/contracts.ncl --contract FirewallRule }
show { nickel query providers/local/schemas/contracts.ncl --field FirewallRule | select name type required tags }

print "7. In which order is a cluster deployed?"
show { cluster resolve-deps buildkit | select wave order name dependencies }
show { cluster graph buildkit }
show { [{name: web, dependencies: [api]}, {name: api, dependencies: [web db]}] | cluster graph }

print "8. Errors underline your own text, and say what to do."
show { [{name: web, dependencies: [api]}, {name: api, dependencies: [databse]}, {name: database}] | cluster resolve-deps }
show { extension info containrd }
show { "{ port | Number = 'http }" | from ncl }

print "9. Load one, with everything it needs: read, checked and kept, and nothing of it is run."
show { extension load buildkit --type cluster | get operations | transpose name signature | first 3 }
show { extension loaded | select type name version }
show { extension load containerd --version 9.0.0 }
show { extension cache | select entries loads hits hit_ratio }
show { provisioning audit --last 3 | select operation type extension outcome }

print "10. The same by the names of the source documents."
show { list-registered-extensions taskserv | get name }

print "11. A cluster comes up for real, and is taken down again: Redis, an image registry and nginx on this machine."
let missing = missing-commands [redis-server redis-cli docker-registry nginx]
if ($missing | is-empty) {
    let stack = "clusters/cache-stack/schemas/cluster.ncl"
    let ports = {redis: (port 17000 17999), docker-registry: (port 18000 18999), nginx: (port 19000 19999)}
    let settings = {redis: {port: $ports.redis}, docker-registry: {port: $ports.docker-registry}, nginx: {port: $ports.nginx}}
    let cluster = nickel eval $stack --override {cache_stack_cluster: {settings: $settings}}
    show { [taskservs/redis taskservs/docker-registry taskservs/nginx] | extension register | select name version }
    show { $cluster | cluster plan | select wave component operation reason }
    show { $cluster | cluster create --quiet | where status in [done ready] | select wave component operation status duration }
    show { cluster status cache-stack | get components }
    show { $cluster | cluster graph }
    show { http get $"http://127.0.0.1:($ports.nginx)/v2/_catalog" }
    show { $cluster | cluster create --quiet | length }
    show { cluster delete cache-stack --quiet | where status == done | select component operation }
    show { cluster history cache-stack | select operation outcome duration }
} else {
    print $"It needs ($missing | str join ', '): on Debian, `apt-get install redis-server docker-registry nginx-light`.\n"
}
