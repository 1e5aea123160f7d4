# The module of a directory.
export def main [x: int] { $x }
export use servers
export module create.nu
