@example "x" { 1 }
