# Starting points for using what the package provides.
#
#     use generate/generate.nu
#     generate server-config web-1 | create-server $in --check

use ../nulib/providers/catalog.nu *
use ../nulib/clusters/components.nu [COMPONENTS]

# Returns the configuration of the smallest server.
export def server-config [
    hostname: string # Host name of the server
    --zone: string # One of `get-zones`; the first one unless given
]: nothing -> record {
    {
        hostname: $hostname
        plan: (get-plans | first | get name)
        zone: ($zone | default (get-zones | first | get name))
        tags: {}
    }
}

# Returns the configuration of a stack with every tier's size spelled out.
export def stack-config [
    app_name: string # First part of every host name
]: nothing -> record {
    {
        app_name: $app_name
        zone: (get-zones | first | get name)
        components: ($COMPONENTS | reduce --fold {} {|component, all| $all | insert $component.name $component.config })
    }
}
