    {
        name: $PROVIDER_NAME
        version: $PROVIDER_VERSION
        type: provider
        interface: API
        supported_operations: [
{%- for operation in operations if operation.required %}
            {{ operation.name }}
{%- endfor %}
        ]
        required_auth: [api_key]
        supported_os: (nickel eval $SETTINGS --field systems)
        regions: (get-zones | each { get name })
    }
