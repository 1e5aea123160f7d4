# Installing a service from a release archive, below one prefix:
#
#     <prefix>/versions/<version>/   what the archive held
#     <prefix>/current               link to the version in use
#     <prefix>/etc/                  configuration rendered from templates/
#     <prefix>/data/                 the service's own data
#
# What is installed is remembered in `<state home>/provisioning/services/<name>.nuon`.
# The taskservs of these examples carry the same copy of this file: an extension has to work
# wherever its directory is put.

use std/log

# Configuration that every service takes besides its own settings: what is chosen at installation.
export const COMMON_KEYS = [prefix archive sha256 version start]

# What these values have to be, by example.
const COMMON_TYPES = {prefix: "" archive: "" sha256: "" version: "" start: false}

# The first semantic version in a program's own words.
const VERSION_PATTERN = '(?<version>\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?)'

# Returns what is installed, or null.
export def installation [service: record]: nothing -> any {
    let file = state-file $service
    if ($file | path exists) { open --raw $file | from nuon }
}

# Returns what is installed, or raises an error saying that nothing is.
export def installation-or-fail [service: record]: nothing -> record {
    let installed = installation $service
    if $installed == null {
        error make {msg: $"($service.name) is not installed" help: "install it first: `install {archive: PATH}`"}
    }
    $installed
}

# Writes what is installed. This is the last step of every change: until then nothing has happened.
export def remember [service: record, installed: record]: nothing -> nothing {
    $installed | to nuon --indent 2 | save-atomically (state-file $service)
}

# Forgets what is installed.
export def forget [service: record]: nothing -> nothing { rm --force (state-file $service) }

def state-file [service: record]: nothing -> string {
    let home = [$env.XDG_STATE_HOME? "~/.local/state"] | compact --empty | first
    $home | path join provisioning services $"($service.name).nuon" | path expand
}

# Completes a configuration into a plan: which release, from where, to where, with which settings.
export def make-plan [service: record, config: record, version?: string]: nothing -> record {
    let home = [$env.XDG_DATA_HOME? "~/.local/share"] | compact --empty | first
    let wanted = $version | default $config.version? | default $service.version
    let variable = $service.name | str uppercase | str replace --all '-' '_'
    let archive = $config.archive? | default ($env | get --optional $"($variable)_ARCHIVE")
    {
        version: $wanted
        prefix: ($config.prefix? | default ($home | path join provisioning services $service.name) | path expand --no-symlink)
        archive: (if $archive != null { $archive | str replace --all '{version}' $wanted | expand-path })
        sha256: ($config.sha256? | default ($env | get --optional $"($variable)_SHA256"))
        start: ($config.start? | default false)
        settings: ($service.settings | merge ($config | reject --optional ...$COMMON_KEYS))
    }
}

# Returns the keys of a configuration that are unknown, or hold something of the wrong type.
# Only one without such faults can be made into a plan.
export def config-errors [service: record, config: record]: nothing -> list<string> {
    let examples = $COMMON_TYPES | merge $service.settings
    $config | columns | each {|key|
        if $key not-in ($examples | columns) {
            $"unknown key ($key) \(known: ($examples | columns | str join ', '))"
        } else if (type-of ($config | get $key)) != (type-of ($examples | get $key)) {
            $"($key) must be of type (type-of ($examples | get $key))"
        }
    } | compact
}

# Returns every fault of a plan.
export def plan-errors [service: record, config: record, plan: record]: nothing -> list<string> {
    let installed = installation $service
    [
        (if not ($plan.version | is-version) { $"version ($plan.version) is not of the form 1.2.3" })
        (if $plan.prefix !~ '^/[\w./+@-]+$' { $"prefix ($plan.prefix) must be an absolute path of letters, digits and ._+@-" })
        (if $installed != null and $installed.prefix != $plan.prefix and $config.prefix? != null {
            $"prefix ($plan.prefix): already installed below ($installed.prefix)"
        })
        (if $plan.sha256 != null and $plan.sha256 !~ '^[0-9a-fA-F]{64}$' { "sha256 must be 64 hexadecimal digits" })
        (if ($plan.archive? | default "") starts-with "https://" {
            if $plan.sha256 == null { "an archive that is downloaded needs its sha256" }
        } else if ($plan.archive? | default "") =~ '^\w+://' {
            $"archive ($plan.archive) must be a path or an https URL"
        })
    ] | compact
}

# Returns what this machine lacks for carrying out a plan.
export def plan-missing [service: record, plan: record]: nothing -> list<string> {
    [
        (if (which --all tar | where type == external | is-empty) { "tar" })
        (if $plan.start and not (systemd-runs) { "systemd" })
        (if not (is-unpacked $plan) {
            if $plan.archive == null { "archive" } else if $plan.archive !~ '://' and ($plan.archive | path type) != file {
                $"archive ($plan.archive)"
            }
        })
    ] | compact
}

# Tells whether systemd runs this machine, as opposed to merely being installed.
export def systemd-runs []: nothing -> bool { "/run/systemd/system" | path exists }

# Tells whether the release of a plan has been unpacked before.
export def is-unpacked [plan: record]: nothing -> bool { version-dir $plan.prefix $plan.version | path exists }

# Returns the directory of one unpacked release.
def version-dir [prefix: string, version: string]: nothing -> string { $prefix | path join versions $version }

# Unpacks the release of a plan and makes sure that it is what it claims to be.
# Whatever fails, the prefix is left as it was.
export def unpack-release [service: record, plan: record]: nothing -> nothing {
    if (is-unpacked $plan) { return }
    claim-prefix $service $plan.prefix
    let staging = $plan.prefix | path join versions $".(random chars --length 8)"
    mkdir $staging
    let failure = try {
        let archive = fetch-archive $plan $staging
        let digest = open --raw $archive | hash sha256
        if $plan.sha256 == null {
            log warning $"No sha256 given for ($plan.archive): it is ($digest)"
        } else if $digest != ($plan.sha256 | str lowercase) {
            error make {msg: $"Checksum mismatch for ($plan.archive): expected ($plan.sha256), got ($digest)"}
        }
        let content = $staging | path join content
        mkdir $content
        extract $archive $content
        let root = release-root $service $content
        check-version $service $root $plan.version
        mv $root (version-dir $plan.prefix $plan.version)
        null
    } catch {|e| {msg: $e.msg help: ($e.details?.help? | default "nothing was changed")} }
    rm --recursive --force $staging
    if $failure != null {
        release-prefix $service $plan.prefix
        error make $failure
    }
}

# Takes a prefix for a service. One that holds other things is left alone: `uninstall`
# removes what it finds there.
def claim-prefix [service: record, prefix: string]: nothing -> nothing {
    let marker = marker-file $service $prefix
    if ($prefix | path exists) and not ($marker | path exists) and (ls --all $prefix | is-not-empty) {
        error make {msg: $"Prefix is not empty: ($prefix)" help: $"choose a directory that ($service.name) can have to itself"}
    }
    mkdir ($prefix | path join versions)
    touch $marker
}

# Returns the file that marks a prefix as belonging to a service.
def marker-file [service: record, prefix: string]: nothing -> string { $prefix | path join $".($service.name).taskserv" }

# Gives a prefix back when nothing but its marker is left in it.
export def release-prefix [service: record, prefix: string]: nothing -> nothing {
    let versions = $prefix | path join versions
    if ($versions | path exists) and (ls --all $versions | is-empty) { rm --recursive $versions }
    if (ls --all $prefix | get name | path basename) == [(marker-file $service $prefix | path basename)] {
        rm --recursive $prefix
    }
}

def fetch-archive [plan: record, staging: string]: nothing -> string {
    if $plan.archive !~ '^https://' { return $plan.archive }
    let file = $staging | path join download
    log info $"Downloading ($plan.archive)"
    http get --raw --max-time 10min $plan.archive | save --raw $file
    $file
}

def extract [archive: string, target: string]: nothing -> nothing {
    let listing = ^tar --list --file $archive | complete
    if $listing.exit_code != 0 {
        error make {msg: $"Not a readable archive: ($archive)" help: ($listing.stderr | str trim)}
    }
    let stray = $listing.stdout | lines | where $it =~ '^/' or $it =~ '(^|/)\.\.(/|$)'
    if ($stray | is-not-empty) {
        error make {msg: $"Archive reaches outside its own directory: ($stray | first)"}
    }
    let run = ^tar --extract --no-same-owner --file $archive --directory $target | complete
    if $run.exit_code != 0 { error make {msg: $"Cannot unpack ($archive): ($run.stderr | str trim)"} }
}

# Finds the directory that holds the program: the archive's top, or its only directory.
def release-root [service: record, content: string]: nothing -> string {
    let candidates = [$content ...(ls $content | where type == dir | get name)]
    let found = $candidates | where {|dir| $dir | path join $service.binary | path exists }
    if ($found | is-empty) {
        error make {
            msg: $"Archive holds no ($service.binary)"
            help: $"it holds: (ls $content | get name | path basename | str join ', ')"
        }
    }
    $found | first
}

def check-version [service: record, root: string, wanted: string]: nothing -> nothing {
    let found = version-of ($root | path join $service.binary)
    if $found != $wanted {
        error make {
            msg: $"Archive holds ($service.name) ($found | default 'of an unknown version'), not ($wanted)"
            help: $"ask for the version you have, or give the archive of ($wanted)"
        }
    }
}

# Asks a program for its version; null when it cannot tell.
export def version-of [binary: string]: nothing -> any {
    let run = try { ^$binary --version | complete } catch { {exit_code: 1 stdout: "" stderr: ""} }
    if $run.exit_code == 0 { $run.stdout | parse --regex $VERSION_PATTERN | get --optional version.0 }
}

# Points `current` at a release, in one step.
export def activate [plan: record]: nothing -> nothing {
    let staged = $plan.prefix | path join $".current.(random chars --length 8)"
    ^ln --symbolic ("versions" | path join $plan.version) $staged
    ^mv --no-target-directory $staged ($plan.prefix | path join current)
}

# Renders a template into a file. Templates hold `{{ name }}` and `{{ name | tojson }}` only:
# Jinja2 renders them the same, and JSON's quoting is TOML's and YAML's too.
export def render-file [template: string, values: record, target: string]: nothing -> nothing {
    let text = $values | transpose name value | reduce --fold (open --raw $template) {|it, text|
        $text
        | str replace --all $"{{ ($it.name) | tojson }}" ($it.value | to json --raw)
        | str replace --all $"{{ ($it.name) }}" ($it.value | to text | str trim)
    }
    let left = $text | parse --regex '\{\{ *(?<name>[^}]*?) *\}\}' | get name
    if ($left | is-not-empty) { error make {msg: $"No value for ($left | first) in ($template | path basename)"} }
    mkdir ($target | path dirname)
    $text | save-atomically $target
}

# Writes a file beside the old one and renames it into place.
def save-atomically [target: string]: string -> nothing {
    let text = $in
    mkdir ($target | path dirname)
    let staged = $"($target).(random chars --length 8)"
    $text | save --raw $staged
    mv --force $staged $target
}

# Returns the known versions and the unpacked ones, oldest first.
export def available-versions [service: record]: nothing -> list<string> {
    let installed = installation $service
    let versions = $installed.prefix? | default "" | path join versions
    let unpacked = if $installed != null and ($versions | path exists) {
        ls $versions | where type == dir | get name | path basename | where {|name| $name | is-version }
    } else { [] }
    $service.known_versions ++ $unpacked | uniq | sort-by { into semver }
}

# Returns the highest version that is not a pre-release.
export def latest-version [service: record]: nothing -> string { available-versions $service | where $it !~ '-' | last }

# Tells whether a string is a semantic version.
export def is-version []: string -> bool {
    let text = $in
    try { $text | into semver | ignore; true } catch { false }
}

# Removes one directory or link of an installation; a failure is a warning. Refuses whatever
# is not inside a prefix that is marked as the service's own.
export def remove-part [service: record, prefix: string, part: string]: nothing -> nothing {
    let path = $prefix | path join $part | path expand --no-symlink
    let owned = (marker-file $service $prefix | path exists) and ($path | str starts-with $"($prefix)/")
    if not $owned {
        log warning $"Left in place, outside the prefix of ($service.name): ($path)"
        return
    }
    try { rm --recursive --force $path } catch {|e| log warning $"Failed to remove ($path): ($e.msg)" }
}

# Makes a path absolute and leaves a URL alone.
def expand-path []: string -> string { if $in =~ '^\w+://' { $in } else { $in | path expand } }

def type-of [value: any]: nothing -> string { $value | describe | str replace --regex '<.*' '' | str replace table list }
