use std/testing *
use std/assert

@test
def "test one" [] { assert equal 1 1 }

@before-each
def before [] { {} }

export def a [] { 1 }
