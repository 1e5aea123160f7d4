export def main [name: string]: nothing -> record { {name: $name} }
export def server [name: string, --check]: nothing -> record { {name: $name, check: $check} }
