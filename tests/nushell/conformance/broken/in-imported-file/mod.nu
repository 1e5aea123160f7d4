export use one.nu *
