use provisioning *
export def a [path: path]: nothing -> table { list-registered-extensions taskserv }
export def b []: nothing -> record { prepare-taskserv containerd --version 1.7.0 }
export def c []: nothing -> record { rest reload {extension_type: taskserv, name: (load-taskserv containerd).metadata.name} }
