//! `nushell::`: what is wrong with the code itself.

pub(super) mod legacy;
pub(super) mod lints;

use super::{Code, Example, Explanation, not_shown, shown};
use Example::{Command, Module};

/// What keeps a file from being read.
pub(super) const EXPLANATIONS: &[Explanation] = &[
    shown(
        Code::NushellSyntax,
        "The parser cannot read the file, so no command of the module can be used.",
        Module(
            r#"export use operations.nu *

export def a []: nothing -> int { 1 + }
"#,
        ),
        Module(
            r#"export use operations.nu *

export def a []: nothing -> int { 1 + 1 }
"#,
        ),
    ),
    shown(
        Code::NushellBrackets,
        "A bracket or a quote is opened and not closed, or closed and not opened. What follows cannot be told apart, so only the first place in a file is named.",
        Module(
            r#"export use operations.nu *

export def a []: nothing -> list<int> { [1 2 }
"#,
        ),
        Module(
            r#"export use operations.nu *

export def a []: nothing -> list<int> { [1 2] }
"#,
        ),
    ),
    shown(
        Code::NushellType,
        "A value of one type stands where another one is needed. The parser refuses the file.",
        Module(
            r#"export use operations.nu *

export def a []: nothing -> int { 'one' }
"#,
        ),
        Module(
            r#"export use operations.nu *

export def a []: nothing -> int { 1 }
"#,
        ),
    ),
    shown(
        Code::NushellArguments,
        "The command takes fewer or more arguments than it is given.",
        Module(
            r#"export use operations.nu *

export def a []: nothing -> string { $nu.pid | into string x y z | str trim --nothing }
export def b [x: int]: nothing -> int { $x }
export def c []: nothing -> int { b }
"#,
        ),
        Module(
            r#"export use operations.nu *

export def b [x: int]: nothing -> int { $x }
export def c []: nothing -> int { b 1 }
"#,
        ),
    ),
    shown(
        Code::NushellUnknownVariable,
        "The name is not defined where it is used. A variable is known from its `let` to the end of the block.",
        Module(
            r#"export use operations.nu *

export def a [config: record]: nothing -> any { $confg }
"#,
        ),
        Module(
            r#"export use operations.nu *

export def a [config: record]: nothing -> any { $config }
"#,
        ),
    ),
    shown(
        Code::NushellUnknownFlag,
        "The command has no flag of that name; the parser refuses the file.",
        Module(
            r#"export use operations.nu *

export def a []: nothing -> string { 1 | fill --width 2 --char '0' }
"#,
        ),
        Module(
            r#"export use operations.nu *

export def a []: nothing -> string { 1 | fill --width 2 --character '0' }
"#,
        ),
    ),
    shown(
        Code::NushellModuleNotFound,
        "A path after `use` starts at the file that says it, or in a directory of `NU_LIB_DIRS`. The module is not there, and everything that it would define is missing.",
        Module(
            r#"export use operations.nu *

use helpers.nu *
"#,
        ),
        Module(
            r#"export use operations.nu *

use operations.nu *
"#,
        ),
    ),
    shown(
        Code::NushellCircularImport,
        "A module uses one that uses the first, so neither can be read before the other.",
        Module(
            r#"export use operations.nu *

use mod.nu *
"#,
        ),
        Module(
            r#"export use operations.nu *

use operations.nu *
"#,
        ),
    ),
    shown(
        Code::NushellNotUtf8,
        "Nushell code is UTF-8 text. Bytes of another encoding cannot be read as code.",
        Command(r#"0x[ff fe] | save app/nulib/latin.nu; extension validate app"#),
        Command(r#"'# é' | save app/nulib/latin.nu; extension validate app"#),
    ),
    shown(
        Code::NushellTooLarge,
        "Code is written by people, and no file of it is that long. It is not read, so that it cannot take all memory.",
        Command(
            r#"'' | fill --width 1100000 --character '#' | save app/nulib/large.nu; extension validate app"#,
        ),
        Command(r#"'# small' | save app/nulib/large.nu; extension validate app"#),
    ),
    shown(
        Code::NushellTooDeep,
        "The parser follows brackets inside of brackets without a limit of its own, and would run out of stack.",
        Command(
            r#"$"export def a [] { ('' | fill --width 200 --character '[')('' | fill --width 200 --character ']') }" | save app/nulib/deep.nu; extension validate app"#,
        ),
        Command(
            r#"'export def a []: nothing -> any { [[[]]] }' | save app/nulib/deep.nu; extension validate app"#,
        ),
    ),
    shown(
        Code::NushellUnreadable,
        "A file with the ending of code cannot be opened, or is no regular file: a pipe or a device would be read for ever.",
        Command(r#"^mkfifo app/nulib/pipe.nu; extension validate app"#),
        Command(r#"'# a file' | save app/nulib/pipe.nu; extension validate app"#),
    ),
    shown(
        Code::NushellLimit,
        "The parser did not come to an end within 10 seconds and 1 GiB of memory. Some texts take it exponentially long, such as brackets with `|` that are opened again and again.",
        Command(
            r#"1..30 | each { '$a = { |' } | str join (char newline) | save app/nulib/slow.nu; extension validate app"#,
        ),
        Command(
            r#"'export def a []: nothing -> closure { {|x| $x} }' | save app/nulib/slow.nu; extension validate app"#,
        ),
    ),
    not_shown(
        Code::NushellInternal,
        "The process that parses could not be started, was ended by the system, or has a fault. Please report it, with the \
         file.",
        "only a fault of the plugin or of the system brings it about",
    ),
];
