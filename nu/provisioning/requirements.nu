# Programs that have to be there.

# Where Debian keeps programs that the PATH of a user does not name.
const SYSTEM_DIRECTORIES = [/usr/local/sbin /usr/sbin /sbin]

# Returns where a program is, or null: on the PATH, or where programs of the system are.
@example "of the system" { find-command nginx }
export def find-command [
    name: string # name of the program
]: nothing -> any {
    let found = (which --all $name | where type == external | get path)
    if ($found | is-not-empty) { return ($found | first) }
    $SYSTEM_DIRECTORIES | each {|directory| $directory | path join $name } | where {|path| ($path | path type) in [file symlink] } | get --optional 0
}

# Lists those programs that are not there.
@example "which are missing?" { missing-commands [sh no-such-program] } --result [no-such-program]
export def missing-commands [
    wanted: any # names of programs, or a record {program: package that has it}
]: nothing -> list<string> {
    names-of $wanted | where {|name| (find-command $name) == null }
}

# Raises one error that names every program that is not there, and how to get it.
@example "from Debian's packages" { require-commands {ip: iproute2, nft: nftables} }
@example "what every system has" { require-commands [sh] } --result null
export def require-commands [
    wanted: any # names of programs, or a record {program: package that has it}
]: nothing -> nothing {
    let missing = (missing-commands $wanted)
    if ($missing | is-not-empty) {
        let packages = ($missing | each {|name| if ($wanted | describe) =~ '^record' { $wanted | get $name } else { $name } } | uniq)
        error make {
            msg: $"($missing | each {|name| $'`($name)`' } | str join ', ') (if ($missing | length) == 1 { 'is' } else { 'are' }) not on this machine"
            code: "provisioning::requirements::missing"
            label: {text: "needed here", span: (metadata $wanted).span}
            help: $"`apt-get install ($packages | str join ' ')`, or what gives them on this system"
        }
    }
}

def names-of [wanted: any]: nothing -> list<string> {
    if ($wanted | describe) =~ '^record' { $wanted | columns } else { $wanted }
}
