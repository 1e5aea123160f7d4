# A program.
export extern "tool" []
export extern "tool run" [
    name: string # what to run
    --force (-f) # without asking
    --level: int
    ...rest: path
]
extern inner [x: string]
export extern other [mode: string@modes]
def modes [] { [a b] }
