# The provider `custom-cloud`.

use api.nu *
use checks.nu *

export use catalog.nu *
export use custom_cloud.nu *

export const PROVIDER_NAME = "custom-cloud"
export const PROVIDER_VERSION = "1.0.0"

# What each way of logging in needs.
const CREDENTIALS = {
    api_key: [api_key]
    oauth: [api_key api_secret]
}

# Describes the provider.
export def provider-info []: nothing -> record {
    {
        name: $PROVIDER_NAME
        version: $PROVIDER_VERSION
        type: provider
        interface: API
        supported_operations: [
            create-server delete-server list-servers get-server-info
            start-server stop-server reboot-server
            get-pricing get-plans get-zones
            get-ssh-access configure-firewall
        ]
        required_auth: [api_key]
        supported_os: ["ubuntu-22.04" "debian-12"]
        regions: (get-zones | get region | uniq)
    }
}

# Checks provider settings without going to the network, and reports every fault at once.
export def validate-config [
    config: record # Provider settings, see ProviderSettings in schemas/settings.ncl
]: nothing -> record<valid: bool, errors: list<string>, warnings: list<string>> {
    let type_errors = $config | type-errors {auth: record api: record defaults: record}
    if ($type_errors | is-not-empty) { return {valid: false errors: $type_errors warnings: []} }
    let method = $config.auth?.method? | default api_key
    let url = [$config.api?.base_url? $env.CUSTOM_CLOUD_API_URL?] | compact --empty | get --optional 0
    let auth = {api_key: $env.CUSTOM_CLOUD_API_KEY?} | merge ($config.auth? | default {})

    let errors = [
        ...(if $method in $CREDENTIALS {
            $CREDENTIALS | get $method | where {|field| $auth | get --optional $field | is-empty }
                | each {|field| $"Missing ($field | str replace '_' ' ')" }
        } else {
            [$"Unknown authentication method: ($method) \(one of ($CREDENTIALS | columns | str join ', '))"]
        })
        (if $url == null { "Missing API base URL" } else { url-fault $url })
        (if $config.defaults?.plan? != null and $config.defaults.plan not-in (get-plans | get name) { $"Invalid plan: ($config.defaults.plan)" })
        (if $config.defaults?.zone? != null and $config.defaults.zone not-in (get-zones | get name) { $"Invalid zone: ($config.defaults.zone)" })
    ] | compact
    let warnings = [
        (if $config.auth?.api_key? != null { "the key is better kept in CUSTOM_CLOUD_API_KEY than in a file" })
    ] | compact

    {valid: ($errors | is-empty) errors: $errors warnings: $warnings}
}

# Logs in and returns the account, or what went wrong.
export def test-connection [
    config: record = {} # Provider settings
]: nothing -> record {
    try {
        {success: true account_info: (call-api GET account --with (connection $config)) message: "Connection successful"}
    } catch {|e|
        {success: false error: $e.msg message: "Connection failed"}
    }
}
