export use one.nu
export use two
use one.nu
export def own [] { one a 1 }
