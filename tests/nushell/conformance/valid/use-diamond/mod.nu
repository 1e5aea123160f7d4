export use left.nu *
export use right.nu *
