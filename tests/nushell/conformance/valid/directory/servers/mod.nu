export def list [--all]: nothing -> table { [] }
