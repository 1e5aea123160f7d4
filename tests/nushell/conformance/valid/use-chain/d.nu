export def in-d [--flag: string] { $flag }
export def lost [] { }
