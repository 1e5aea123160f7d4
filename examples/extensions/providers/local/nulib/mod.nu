# The provider `local`: its servers are background processes of this machine.

use utils.nu *

export use create.nu *
export use delete.nu *
export use power.nu *
export use query.nu *
export use firewall.nu *
export use catalog.nu *

export const PROVIDER_NAME = "local"
export const PROVIDER_VERSION = "1.0.0"

# Describes the provider: its operations, the zones it serves and what it asks for.
export def provider-info []: nothing -> record {
    {
        name: $PROVIDER_NAME
        version: $PROVIDER_VERSION
        type: provider
        interface: process
        supported_operations: [
            create-server delete-server list-servers get-server-info
            start-server stop-server reboot-server
            get-pricing get-plans get-zones
            get-ssh-access configure-firewall
        ]
        required_auth: []
        supported_os: [(sys host | get name)]
        regions: (get-zones | get name)
    }
}

# Checks provider settings (see `schemas/settings.ncl`) and reports every fault at once.
export def validate-config [
    config: record # Provider settings
]: nothing -> record<valid: bool, errors: list<string>, warnings: list<string>> {
    let type_errors = $config | type-errors {state_dir: string auth: record api: record defaults: record features: record}
    if ($type_errors | is-not-empty) { return {valid: false errors: $type_errors warnings: []} }
    let state = $config.state_dir? | default (state-dir)
    let asked_features = $config.features? | default {} | items {|feature, on| if $on == true { $feature } } | compact
    let defaults = $config.defaults? | default {}

    let errors = [
        (if not ("/proc/self/stat" | path exists) {
            "The local provider reads /proc and runs on Linux only"
        })
        (if not (is-creatable $state) { $"State directory is not writable: ($state)" })
        (if $defaults.plan? != null and $defaults.plan not-in (get-plans | get name) { $"Invalid plan: ($defaults.plan)" })
        (if $defaults.zone? != null and $defaults.zone not-in (get-zones | get name) { $"Invalid zone: ($defaults.zone)" })
        ...($asked_features | each {|feature| $"Feature not available on local servers: ($feature)" })
        ...($defaults.firewall_rules? | default [] | firewall-rule-errors)
    ] | compact

    let warnings = [
        (if ($config.auth?.method? | default none) != none { "Credentials are ignored: local servers need none" })
        (if ($config.api?.base_url? | is-not-empty) { "api.base_url is ignored: there is no API behind local servers" })
    ] | compact

    {valid: ($errors | is-empty) errors: $errors warnings: $warnings}
}

# Tells whether servers can be created here, by trying what creating one needs.
export def test-connection [
    config: record = {} # Provider settings
]: nothing -> record {
    let validation = validate-config $config
    let missing = [sh setsid mv test] | where {|tool| which --all $tool | where type == external | is-empty }
    let errors = $validation.errors ++ ($missing | each {|tool| $"Command not found: ($tool)" })

    if ($errors | is-empty) {
        {
            success: true
            account_info: {user: (whoami) host: (sys host | get hostname) state_dir: ($config.state_dir? | default (state-dir))}
            message: "Connection successful"
        }
    } else {
        {success: false error: ($errors | str join "; ") message: "Connection failed"}
    }
}
