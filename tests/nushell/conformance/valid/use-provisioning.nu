use provisioning *
export def a [path: path]: nothing -> table { list-registered-extensions taskserv }
