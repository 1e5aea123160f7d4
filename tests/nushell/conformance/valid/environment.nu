export def a [] { $env.HOME? | default "x"; $env.PATH | length }
export def b [] { with-env {X: 1} { ^env }; X=1 ^env }
export def --env c [] { load-env {A: 1}; hide-env -i A; $env.B = {c: 1}; $env.B.c += 1 }
export def d [] { $nu.os-info.name }
