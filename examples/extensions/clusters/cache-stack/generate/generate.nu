# A starting point for creating the cluster `cache-stack`.
#
#     use generate/generate.nu
#     generate cluster-config --first-port 18000 | create $in --check

use ../nulib/components.nu [cluster]

const TEMPLATE = path self ../templates/config.j2

# Returns a configuration that gives each component a port, from the first one on.
@example "ports from 18000 on" { cluster-config --first-port 18000 }
export def cluster-config [
    --first-port: int = 18000 # Port of the first component
]: nothing -> record {
    {
        components: (cluster | get components | enumerate | reduce --fold {} {|entry, all|
            $all | insert $entry.item.name {port: ($first_port + $entry.index)}
        })
    }
}

# Returns the text of a configuration file that can be given to `create` after `open`.
export def config-file [
    --first-port: int = 18000 # Port of the first component
]: nothing -> string {
    template render $TEMPLATE --data (cluster-config --first-port $first_port)
}
