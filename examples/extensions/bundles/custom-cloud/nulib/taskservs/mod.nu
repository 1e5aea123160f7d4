# The taskserv `custom-database`.

export use custom_database.nu *

export const SERVICE_NAME = "custom-database"
export const SERVICE_VERSION = "1.0.0"

# Describes the taskserv.
export def taskserv-info []: nothing -> record {
    {
        name: $SERVICE_NAME
        version: $SERVICE_VERSION
        type: taskserv
        category: database
        description: "Custom Database server"
        dependencies: []
        ports: [5432 9187]
        config_files: [customdb.conf]
        data_directories: [customdb]
    }
}
