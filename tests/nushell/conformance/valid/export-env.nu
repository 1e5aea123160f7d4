export-env {
    $env.CONFORMANCE_SET = "1"
    $env.CONFORMANCE_LIST = [a b]
}
export def a [] { $env.CONFORMANCE_SET? }
