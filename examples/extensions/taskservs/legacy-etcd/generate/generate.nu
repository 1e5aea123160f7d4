# Starting points for using the taskserv `legacy-etcd`.
#
#     use generate/generate.nu
#     generate service-config --archive ./etcd-v3.5.9-linux-amd64.tar.gz | install $in

use ../nulib/mod.nu [install SERVICE_VERSION]

# Returns a configuration with every setting at its default.
export def service-config [
    --archive: string # Release archive to install from
    --version: string # Version of that archive
]: nothing -> record {
    let settings = install --check | get settings
    let config = {version: ($version | default $SERVICE_VERSION)} | merge $settings
    if $archive == null { $config } else { {archive: $archive} | merge $config }
}
