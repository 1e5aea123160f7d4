use common.nu *
export def go-right [] { shared 2 }
