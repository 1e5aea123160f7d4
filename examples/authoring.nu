# An extension from its first line to the shells of others. Run it in a shell that has the plugin: source examples/authoring.nu

use std/assert

let home = mktemp --directory
cd $home
mkdir remote elsewhere
$env.config.plugins.provisioning = {
    data_dir: ($home | path join data)
    remotes: {team: $"file://($home)/remote"}
}

print "1. A complete extension, which is valid, tested and documented from the start."
let made = extension new taskserv redis-cache --author "Ada <ada@example.com>"
print ($made.files | select path size)
let report = extension validate redis-cache
print ($report | select name valid errors warnings)
assert $report.valid
assert equal ($report.errors ++ $report.warnings) []

print "2. Its tests, each file in a Nushell of its own."
let tests = extension test redis-cache
print ($tests | update file { path basename } | select file test status)
assert ($tests | all {|row| $row.status == passed })

print "3. Its documentation is made from its code and its schemas."
extension docs redis-cache --check | ignore

print "4. A package, the same bytes on every machine, signed."
let key = extension keygen --out team.key
let built = extension build redis-cache --out dist --sign team.key
print ($built | select name version size digest)
assert equal (extension build redis-cache --check --out dist).digest $built.digest
let read = extension verify $built.path --key $key.public_key
assert equal $read.contents $built.contents

print "5. Published for everybody, and found."
print (extension publish $built.path | select name version status)
print (extension search redis | select type name version description)

print "6. Installed by somebody else, who trusts the key."
$env.config.plugins.provisioning = {
    data_dir: ($home | path join elsewhere)
    remotes: {team: $"file://($home)/remote"}
    trusted_keys: [$key.public_key]
}
print (extension install redis-cache | select name version action signed_by)
print (extension load redis-cache | get metadata | select name version extension_type)

print "7. A new version, which is wrong, and is withdrawn."
let metadata = open redis-cache/metadata.toml --raw | str replace 'version = "0.1.0"' 'version = "0.2.0"'
$metadata | save --force redis-cache/metadata.toml
let second = extension build redis-cache --out dist --sign team.key --no-validate
extension publish $second.path | ignore
print (extension outdated | select name current latest)
print (extension update | select name version action replaces)
extension yank redis-cache 0.2.0 --reason "forgets its settings" | ignore
print (extension search redis-cache --all | select version installed yanked)
extension uninstall redis-cache | ignore
print (extension install redis-cache | select name version action)
assert equal (extension list | get version) [0.1.0]
assert (provisioning audit --verify | is-not-empty)

cd /
rm --recursive $home
print "Done."
