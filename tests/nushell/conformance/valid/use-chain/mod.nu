export use a.nu *
