//! `security::`: what an extension should not do to whoever installs it.

use super::example::file;
use super::{Code, Example, Explanation, shown};
use Example::{Files, Module};

pub(super) const EXPLANATIONS: &[Explanation] = &[
    shown(
        Code::SecurityOutsideImport,
        "An extension is installed and packed as one directory. Code from outside of it is not there elsewhere, and was never looked at; nothing of such a file is told.",
        Files(
            &[
                file(
                    "outside.nu",
                    r#"export def a []: nothing -> int { 1 }
"#,
                ),
                file(
                    "app/nulib/mod.nu",
                    r#"export use operations.nu *
use ../../outside.nu *
"#,
                ),
            ],
            r#"extension validate app"#,
        ),
        Files(
            &[
                file(
                    "app/nulib/inside.nu",
                    r#"export def a []: nothing -> int { 1 }
"#,
                ),
                file(
                    "app/nulib/mod.nu",
                    r#"export use operations.nu *
use inside.nu *
"#,
                ),
            ],
            r#"extension validate app"#,
        ),
    ),
    shown(
        Code::SecurityRunsFile,
        "`source`, `source-env` and `run` take in a file as code, whatever it is. A module names what it needs with `use`, which can be checked.",
        Module(
            r#"export use operations.nu *

export def a []: nothing -> nothing { source helpers.nu }
"#,
        ),
        Module(
            r#"export use operations.nu *

use operations.nu *
"#,
        ),
    ),
    shown(
        Code::SecurityChangesShell,
        "An extension does its work and leaves the shell as it was. Overlays and plugins belong to the person who uses the shell.",
        Module(
            r#"export use operations.nu *

export def a []: nothing -> nothing { overlay use operations.nu }
"#,
        ),
        Module(
            r#"export use operations.nu *

use operations.nu *
"#,
        ),
    ),
];
