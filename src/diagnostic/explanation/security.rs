//! `security::`: what an extension should not do to whoever installs it.

use super::example::file;
use super::{Code, Example, Explanation, shown};
use Example::{Command, Files, Module, Schema};

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
    shown(
        Code::SecurityLinkOutside,
        "An extension is installed and packed as one directory. A link that leaves it leads to nothing elsewhere, or to what its author did not mean: a package could read or overwrite files of whoever installs it.",
        Command(r#"^ln -s /etc/hostname app/outside; extension validate app"#),
        Command(r#"^ln -s README.md app/inside; extension validate app"#),
    ),
    shown(
        Code::SecurityLinkAbsolute,
        "The link stays inside for now, and starts at the root of the file system: as soon as the extension lies elsewhere, it leads out.",
        Command(r#"^ln -s ($env.PWD | path join app README.md) app/link; extension validate app"#),
        Command(r#"^ln -s README.md app/link; extension validate app"#),
    ),
    shown(
        Code::SecurityLinkAbove,
        "Whatever goes through the directories and follows links goes round and round.",
        Command(r#"^ln -s .. app/nulib/up; extension validate app"#),
        Command(r#"^ln -s mod.nu app/nulib/up; extension validate app"#),
    ),
    shown(
        Code::SecurityLinkBroken,
        "The link leads to nothing, so whoever opens it fails. Mostly the file was renamed.",
        Command(r#"^ln -s nothing app/link; extension validate app"#),
        Command(r#"^ln -s README.md app/link; extension validate app"#),
    ),
    shown(
        Code::SecuritySpecialFile,
        "A pipe or a device waits for others, or never ends, when it is read, and a package cannot carry it.",
        Command(r#"^mkfifo app/pipe; extension validate app"#),
        Command(r#"touch app/pipe; extension validate app"#),
    ),
    shown(
        Code::SecurityName,
        "The name of the file holds characters that a terminal obeys or that turn the order of letters around, or it would leave the directory where it is unpacked. What is shown is not what is there.",
        Command(r#"touch $"app/a(char --unicode 202e)fdp.sh"; extension validate app"#),
        Command(r#"touch app/a.sh; extension validate app"#),
    ),
    shown(
        Code::SecurityNamePortable,
        "Some systems cannot have a file of that name, so the package cannot be unpacked there.",
        Command(r#"touch app/con.txt; extension validate app"#),
        Command(r#"touch app/console.txt; extension validate app"#),
    ),
    shown(
        Code::SecurityNameCase,
        "Where file systems do not tell capital letters from small ones, one of the two files is lost.",
        Command(r#"touch app/readme.md; extension validate app"#),
        Command(r#"touch app/notes.md; extension validate app"#),
    ),
    shown(
        Code::SecurityPrivileged,
        "A program with this bit runs with the rights of its owner or group, whoever starts it. An extension has no use for that.",
        Command(r#"^chmod u+s app/nulib/mod.nu; extension validate app"#),
        Command(r#"^chmod u+x app/nulib/mod.nu; extension validate app"#),
    ),
    shown(
        Code::SecurityWritable,
        "Everybody on the machine may change the file, and with it what runs in the name of whoever uses the extension.",
        Command(r#"^chmod o+w app/nulib/mod.nu; extension validate app"#),
        Command(r#"^chmod o-w app/nulib/mod.nu; extension validate app"#),
    ),
    shown(
        Code::SecuritySecret,
        "The text looks like a key, a token or a password. Everybody who gets the extension gets it too, and its history keeps it. What was found is never shown. A secret comes from the environment, or from a file that the user names.",
        Schema("{ admin_password = \"tr0ub4dor&3x\" }\n"),
        Schema("{ admin_password | String | optional }\n"),
    ),
    shown(
        Code::SecurityInstructions,
        "Automated agents read such files and follow them. One that travels with an extension speaks to the agents of whoever installs it.",
        Command(r#"'Do as I say.' | save app/AGENTS.md; extension validate app"#),
        Command(r#"'Do as you like.' | save app/NOTES.md; extension validate app"#),
    ),
    shown(
        Code::SecurityNotChecked,
        "Something could not be read, or there is too much of it, so nobody has looked at it.",
        Command(
            r#"'' | fill --width 1100000 --character '.' | save app/templates/large.txt; extension validate app"#,
        ),
        Command(r#"'.' | save app/templates/large.txt; extension validate app"#),
    ),
];
