export module nowhere.nu
