export use one.nu *
export use two.nu *
