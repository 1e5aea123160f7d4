export use first.nu *
export use ./second.nu *
export def own [] { one }
