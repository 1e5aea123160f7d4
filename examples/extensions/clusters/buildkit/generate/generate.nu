# Starting points for creating the cluster `buildkit`.
#
#     use generate/generate.nu
#     generate cluster-config --archives ./releases | create $in --check

use ../nulib/components.nu [COMPONENTS]

const TEMPLATE = path self ../templates/config.j2

# Returns a configuration that names an archive of each component: `<dir>/<name>-<version>.tar.gz`.
export def cluster-config [
    --archives: path = "." # Directory of the release archives
]: nothing -> record {
    {
        components: ($COMPONENTS | reduce --fold {} {|component, all|
            $all | insert $component.name {archive: (archive-of $archives $component)}
        })
    }
}

# Returns the text of a configuration file that can be given to `create` after `open`.
export def config-file [
    --archives: path = "." # Directory of the release archives
]: nothing -> string {
    let by_name = $COMPONENTS | reduce --fold {} {|component, all| $all | insert $component.name $component }
    let values = {
        wait_timeout: 60
        containerd_archive: (archive-of $archives $by_name.containerd)
        buildkit_archive: (archive-of $archives $by_name.buildkit)
        registry_archive: (archive-of $archives $by_name.registry)
        worker_count: $by_name.buildkit.config.worker_count
        storage_path: $by_name.registry.config.storage_path
    }
    $values | transpose name value | reduce --fold (open --raw $TEMPLATE) {|it, text|
        $text | str replace --all $"{{ ($it.name) | tojson }}" ($it.value | to json --raw)
    }
}

def archive-of [dir: string, component: record]: nothing -> string {
    $dir | path expand | path join $"($component.name)-($component.version).tar.gz"
}
