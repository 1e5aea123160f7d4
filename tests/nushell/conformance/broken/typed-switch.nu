export def a [--check: bool = false] { $check }
