export def same [y: string, --flag] { $y }
export def only-two [] { 2 }
