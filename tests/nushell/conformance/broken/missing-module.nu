use nowhere.nu *
export def a [] { 1 }
