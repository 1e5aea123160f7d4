use common.nu *
export def go-left [] { shared 1 }
