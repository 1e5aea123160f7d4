//! `nushell::`: what is wrong with the code itself.

use super::{Code, Example, Explanation, not_shown, shown};
use Example::{Command, Module};

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
