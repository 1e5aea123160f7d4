use a.nu *
