# Creates a server.
# Second line of the same paragraph.
#
# The rest of it:
#   indented, and `code`.
export def a [
    name: string # its name, with a comma
    --size: int   #    many blanks
] { [$name $size] }

# not this one

# This one.
export def b [] { }

export def c [] { } # behind
#without a blank
export def d [] { }
#!shebang
export def e [] { }
