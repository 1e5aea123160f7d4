//! `nushell::`: what older Nushells took, and what other shells have.

use super::super::{Code, Example, Explanation, shown};
use Example::Module;

pub(in super::super) const EXPLANATIONS: &[Explanation] = &[
    shown(
        Code::NushellDeprecated,
        "The command or flag works and says so with a warning each time; a later Nushell will not have it.",
        Module(
            r#"export use operations.nu *

export def a [s: string]: nothing -> string { $s | str downcase }
"#,
        ),
        Module(
            r#"export use operations.nu *

export def a [s: string]: nothing -> string { $s | str lowercase }
"#,
        ),
    ),
    shown(
        Code::NushellOldReturnType,
        "Until Nushell 0.73 a signature named only what a command returns. Since then it names the type of what is piped in as well: `nothing` for a command that takes nothing from the pipeline.",
        Module(
            r#"export use operations.nu *

export def a [] -> record { {a: 1} }
"#,
        ),
        Module(
            r#"export use operations.nu *

export def a []: nothing -> record { {a: 1} }
"#,
        ),
    ),
    shown(
        Code::NushellNullType,
        "`null` is a value; the type of it is called `nothing`.",
        Module(
            r#"export use operations.nu *

export def a []: nothing -> null { }
"#,
        ),
        Module(
            r#"export use operations.nu *

export def a []: nothing -> nothing { }
"#,
        ),
    ),
    shown(
        Code::NushellTypedSwitch,
        "A switch is there or not, and has no type: it is false when it is left out.",
        Module(
            r#"export use operations.nu *

export def a [--check: bool = false]: nothing -> bool { $check }
"#,
        ),
        Module(
            r#"export use operations.nu *

export def a [--check]: nothing -> bool { $check }
"#,
        ),
    ),
    shown(
        Code::NushellSwitchValue,
        "A switch takes no value of its own. What stands after a blank is the next argument; a value that is computed follows an equals sign.",
        Module(
            r#"export use operations.nu *

export def a [--check]: nothing -> bool { $check }
export def b []: nothing -> bool { a --check true }
"#,
        ),
        Module(
            r#"export use operations.nu *

export def a [--check]: nothing -> bool { $check }
export def b []: nothing -> bool { a --check=true }
"#,
        ),
    ),
    shown(
        Code::NushellEndsInError,
        "The last expression of a command is what it returns, and an error is no value of the declared type.",
        Module(
            r#"export use operations.nu *

export def a [n: int]: nothing -> string { if $n > 1 { return x }; error make {msg: 'no'} }
"#,
        ),
        Module(
            r#"export use operations.nu *

export def a [n: int]: nothing -> string { if $n <= 1 { error make {msg: 'no'} }; 'x' }
"#,
        ),
    ),
    shown(
        Code::NushellCapturedMutable,
        "A closure may run later or elsewhere, so it cannot use a variable that changes. `catch` takes a closure.",
        Module(
            r#"export use operations.nu *

export def a []: nothing -> bool { mut ok = true; try { ^false } catch { $ok = false }; $ok }
"#,
        ),
        Module(
            r#"export use operations.nu *

export def a []: nothing -> bool { try { ^false; true } catch { false } }
"#,
        ),
    ),
    shown(
        Code::NushellStdImport,
        "`use std log` brings one command called `log`, and not `log info` and its siblings; `use std testing` brings no attributes. The module itself is `std/log`.",
        Module(
            r#"export use operations.nu *

use std log
export def a []: nothing -> nothing { log info 'x' }
"#,
        ),
        Module(
            r#"export use operations.nu *

use std/log
export def a []: nothing -> nothing { log info 'x' }
"#,
        ),
    ),
    shown(
        Code::NushellDurationAsNumber,
        "The difference of two dates is a duration, and stays one when it is divided by a number. It cannot be compared with a number.",
        Module(
            r#"export use operations.nu *

export def a [begin: datetime, limit: int]: nothing -> bool { ((date now) - $begin) / 1000000000 > $limit }
"#,
        ),
        Module(
            r#"export use operations.nu *

export def a [begin: datetime, limit: int]: nothing -> bool { ((date now) - $begin) / 1sec > $limit }
"#,
        ),
    ),
    shown(
        Code::NushellShellSubstitution,
        "In a text with `$` before the quote, round brackets hold Nushell code. A `$(...)` of other shells is run as that, with a stray `$` before it.",
        Module(
            r#"export use operations.nu *

export def a []: nothing -> string { $"backup-$(date +%Y).sql" }
"#,
        ),
        Module(
            r#"export use operations.nu *

export def a []: nothing -> string { $"backup-(date now | format date %Y).sql" }
"#,
        ),
    ),
    shown(
        Code::NushellEnvList,
        "`with-env` took a list of names and values in old Nushells; today it takes a record.",
        Module(
            r#"export use operations.nu *

export def a []: nothing -> any { with-env [APP_KEY 'x'] { ^app } }
"#,
        ),
        Module(
            r#"export use operations.nu *

export def a []: nothing -> any { with-env {APP_KEY: 'x'} { ^app } }
"#,
        ),
    ),
    shown(
        Code::NushellShellOperator,
        "Nushell has no `&&`, `||` and `2>&1`, and takes a bare `>` for one more argument. Commands follow each other with `;`, and what they print goes to a file with `save`, or that of a program with `out>`, `err>` and `out+err>`.",
        Module(
            r#"export use operations.nu *

export def a []: nothing -> nothing { ^make install >/tmp/make.log 2>&1 && ^ldconfig }
"#,
        ),
        Module(
            r#"export use operations.nu *

export def a []: nothing -> nothing { ^make install out+err> /tmp/make.log; ^ldconfig }
"#,
        ),
    ),
];
