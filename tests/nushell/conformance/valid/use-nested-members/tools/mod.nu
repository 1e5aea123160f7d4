export module deep.nu
