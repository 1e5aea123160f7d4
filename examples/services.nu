# What scripts and authors of extensions have in the Nushell library, on services of this machine. Run it in a shell that has the
# plugin, with nu/ among its library directories: source examples/services.nu

use std/assert
use provisioning *

const EXTENSIONS = path self extensions
const DEBIAN = {redis-server: redis-server, redis-cli: redis-tools, docker-registry: docker-registry, nginx: nginx-light}

let home = mktemp --directory
$env.XDG_STATE_HOME = ($home | path join state)
$env.config.plugins.provisioning = {data_dir: ($home | path join data)}
cd $EXTENSIONS
[taskservs/redis taskservs/nginx providers/local] | extension register | ignore

print "1. What is missing is one error, and says what to install."
require-commands $DEBIAN
print (try { require-commands {no-such-program: no-such-package} } catch {|error| $error.details.help })

print "2. A taskserv, by the names of the source documents."
let port = port 20000 20999
taskserv create nginx --config {port: $port, manager: process} --wait | ignore
print (taskserv status nginx | select service status endpoint)
assert (taskserv health nginx).healthy

deploy-application {name: redis, config: {port: (port 21000 21999), manager: process}} | ignore
assert (taskserv health redis).healthy
remove-application {name: redis} | ignore
print (provider get-zones local | select name description)

print "3. Waiting, asking, trying again."
wait-until { port-open $port } --for "nginx" | ignore
print (http-health $"http://127.0.0.1:($port)/healthz" | select healthy status)
let attempts = $home | path join attempts
let answer = retry { "x" | save --append $attempts; if (open $attempts | str length) < 3 { error make {msg: "not yet"} }; "the third time" } --delay 1ms
assert equal $answer "the third time"

print "4. A download is what it was published as, or it is not there."
let page = http get --raw $"http://127.0.0.1:($port)/healthz"
let target = $home | path join page
print (download $"http://127.0.0.1:($port)/healthz" $target --sha256 ($page | hash sha256) | select size changed)
let refused = try { download $"http://127.0.0.1:($port)/healthz" $"($target).2" --sha256 ("" | hash sha256); "" } catch {|error| $error.msg }
assert not ($"($target).2" | path exists)
print $refused

print "5. Secrets come from the environment or a file, and are masked in what is said of them."
with-env {NGINX_TOKEN: "correct-horse"} {
    assert equal (secret NGINX_TOKEN) "correct-horse"
    print ("the token is correct-horse" | mask-secrets)
}

print "6. A deployment that fails is kept when that is asked for, and taken back later."
let stack = [
    {name: nginx, type: application, config: {port: $port, manager: process}}
    {name: redis, type: taskserv, config: {port: $port, manager: process, start_timeout: 5}, dependencies: [nginx]}
]
let failed = try { $stack | cluster create --name second --no-rollback --quiet | ignore; "" } catch {|error| $error.details.code }
assert equal $failed "deployment::failed"
print (cluster status second | get unfinished | select operation outcome)
rollback-cluster-deployment second | ignore
assert equal (cluster status second | get status) "absent"

print "7. Now with a port of its own."
let right = $stack | update 1.config.port (port 21000 21999)
print (check-cluster-requirements {name: second, components: $right})
$right | cluster create --name second --quiet | ignore
print (wait-for-cluster-ready second --timeout 1min | select status healthy)
print (get-cluster-endpoints second)
cluster delete second --quiet | ignore
assert equal (taskserv status nginx | get installed) false

cd
rm --recursive $home
print "Done."
