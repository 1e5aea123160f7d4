    let described = nickel eval $VERSION --field taskserv_version
    let settings = nickel eval $SETTINGS --field default_settings
    {
        name: $SERVICE_NAME
        version: $SERVICE_VERSION
        type: taskserv
        description: $described.description
        dependencies: ($described.dependencies | each { get name })
        ports: [$settings.port]
        config_files: [$settings.config_file]
        data_directories: [$settings.data_directory]
    }
