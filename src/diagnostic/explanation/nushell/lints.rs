//! `nushell::`: what parses and goes wrong when it is run.

use super::super::{Code, Example, Explanation, shown};
use Example::Module;

pub(in super::super) const EXPLANATIONS: &[Explanation] = &[
    shown(
        Code::NushellUnknownCommand,
        "Nushell takes a word that no command has for the name of a program, and looks for it when the line is run. Mostly it is a slip of the pen, a helper that was forgotten, or a missing import; a program is marked with `^`.",
        Module(
            r#"export use operations.nu *

export def a []: nothing -> nothing { download-binary app }
"#,
        ),
        Module(
            r#"export use operations.nu *

def download-binary [name: string]: nothing -> nothing { ^curl --remote-name $"https://example.com/($name)" }
export def a []: nothing -> nothing { download-binary app }
"#,
        ),
    ),
    shown(
        Code::NushellQuotedPath,
        "Quotes make one name of everything between them: the column called `auth.key`, and not the column `key` in `auth`.",
        Module(
            r#"export use operations.nu *

export def a [config: record]: nothing -> any { $config | get "auth.key" }
"#,
        ),
        Module(
            r#"export use operations.nu *

export def a [config: record]: nothing -> any { $config | get auth.key }
"#,
        ),
    ),
    shown(
        Code::NushellUnguardedField,
        "`$config.port` is an error when there is no `port`, and `default` is never asked. With a question mark a field that is not there is nothing, which `default` replaces.",
        Module(
            r#"export use operations.nu *

export def a [config: record]: nothing -> any { $config.port | default 80 }
"#,
        ),
        Module(
            r#"export use operations.nu *

export def a [config: record]: nothing -> any { $config.port? | default 80 }
"#,
        ),
    ),
    shown(
        Code::NushellUnguardedEnv,
        "A variable of the environment that is not set is an error when it is read. With a question mark it is nothing.",
        Module(
            r#"export use operations.nu *

export def a []: nothing -> bool { $env.APP_KEY | is-empty }
"#,
        ),
        Module(
            r#"export use operations.nu *

export def a []: nothing -> bool { $env.APP_KEY? | is-empty }
"#,
        ),
    ),
    shown(
        Code::NushellUnguardedRow,
        "`parse` gives a row for each match. Without a match there is no first row, and reading it is an error.",
        Module(
            r#"export use operations.nu *

export def a []: nothing -> any { ^app --version | parse 'app {version}' | get version.0 }
"#,
        ),
        Module(
            r#"export use operations.nu *

export def a []: nothing -> any { ^app --version | parse 'app {version}' | get --optional version.0 }
"#,
        ),
    ),
    shown(
        Code::NushellEnvLost,
        "What a command does to the environment ends with it, unless it is defined with `--env`.",
        Module(
            r#"export use operations.nu *

export def a []: nothing -> nothing { $env.APP_READY = true }
"#,
        ),
        Module(
            r#"export use operations.nu *

export def --env a []: nothing -> nothing { $env.APP_READY = true }
"#,
        ),
    ),
    shown(
        Code::NushellExitStatus,
        "`systemctl is-active` answers no with an exit status, and a program that fails ends its pipeline with an error. What it has printed is lost.",
        Module(
            r#"export use operations.nu *

export def a []: nothing -> string { ^systemctl is-active app | str trim }
"#,
        ),
        Module(
            r#"export use operations.nu *

export def a []: nothing -> string { ^systemctl is-active app | complete | get stdout | str trim }
"#,
        ),
    ),
    shown(
        Code::NushellSaveOnce,
        "`save` refuses to write a file that exists. Where the path is always the same, the second run fails.",
        Module(
            r#"export use operations.nu *

export def a []: nothing -> nothing { 'x' | save /etc/app.conf }
"#,
        ),
        Module(
            r#"export use operations.nu *

export def a []: nothing -> nothing { 'x' | save --force /etc/app.conf }
"#,
        ),
    ),
    shown(
        Code::NushellSplitBlanks,
        "Programs align columns with as many blanks as it takes. Split at each of them, empty items stand between the columns.",
        Module(
            r#"export use operations.nu *

export def a []: nothing -> string { ^free | lines | last | split row ' ' | get 1 }
"#,
        ),
        Module(
            r#"export use operations.nu *

export def a []: nothing -> string { ^free | lines | last | split row --regex '\s+' | get 1 }
"#,
        ),
    ),
    shown(
        Code::NushellPrints,
        "`print` writes to standard output, where the data of the command go too: whoever reads them as JSON stumbles over it.",
        Module(
            r#"export use operations.nu *

export def a []: nothing -> record { print 'working'; {a: 1} }
"#,
        ),
        Module(
            r#"export use operations.nu *

export def a []: nothing -> record { print --stderr 'working'; {a: 1} }
"#,
        ),
    ),
];
