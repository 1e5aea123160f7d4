# What the module is about.
#
# At length.

export def a [] { 1 }
