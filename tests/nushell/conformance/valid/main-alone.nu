# The command with the name of the module.
export def main [x: int, --flag]: nothing -> int { $x }
