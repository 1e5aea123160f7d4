export def a [] {
    use helper.nu
    helper h 1
}
export def b [] {
    use helper.nu *
    h 2
}
