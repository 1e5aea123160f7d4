export def a [] { r#'abc' }
