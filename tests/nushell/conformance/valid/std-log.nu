use std/log
export def a [message: string]: nothing -> nothing { log info $message; log error --short "x" }
