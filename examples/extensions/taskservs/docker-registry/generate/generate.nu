# A starting point for using the taskserv `docker-registry`.
#
#     use generate/generate.nu
#     generate service-config --port 7000 | install $in

const SCHEMA = path self ../schemas/settings.ncl

# Returns a configuration with every setting.
@example "another port" { service-config --port 7000 }
export def service-config [
    --port: int = 5000 # Port to serve on
]: nothing -> record {
    {port: $port} | nickel apply $SCHEMA --contract ServiceConfig
}
