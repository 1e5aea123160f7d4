export def a [x: string = r#'raw "text" with 'quotes''#] { $x }
export def b [] { r##'with '# inside'## }
export def c [] { r#'over
lines { [ ( '# }
