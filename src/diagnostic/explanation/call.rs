//! `call::`: operations of extensions that are called.

use super::example::{File, file};
use super::{Code, Example, Explanation, not_shown, shown};
use Example::{Command, Files};

/// The module of `app`, with something besides the operations of its type.
const fn module(text: &'static str) -> File {
    file("app/nulib/mod.nu", text)
}

const GREET: File = module(
    "export use operations.nu *\nexport def greet [name: string, --loud, --times: int]: nothing -> string { $\"Hello ($name)\" }\n",
);

const GREETS: &[File] = &[GREET];

/// As [`GREETS`], with a variable that it needs.
const NEEDS_A_VARIABLE: &[File] = &[
    GREET,
    file(
        "app/metadata.toml",
        "[extension]\nname = \"app\"\ntype = \"taskserv\"\nversion = \"1.0.0\"\n[configuration]\nrequired_env = [\"APP_URL\"]\n",
    ),
];

pub(super) const EXPLANATIONS: &[Explanation] = &[
    shown(
        Code::CallUnknownOperation,
        "`extension call` runs what the module of an extension exports. There is nothing of that name.",
        Command("extension call ./app stauts"),
        Files(GREETS, "extension call ./app greet you"),
    ),
    shown(
        Code::CallArguments,
        "An operation is called with arguments that its signature has no place for, or without one that it needs. Nothing was run.",
        Files(GREETS, "extension call ./app greet"),
        Files(GREETS, "extension call ./app greet you"),
    ),
    shown(
        Code::CallUnknownFlag,
        "An operation is called with a flag that it does not have; --check is a flag of the operation too, because only the \
         operation knows how to change nothing. Nothing was run.",
        Files(GREETS, "extension call ./app greet you --laud"),
        Files(GREETS, "extension call ./app greet you --loud"),
    ),
    shown(
        Code::CallType,
        "An argument is of another type than the parameter of the operation, or of a flag. Nothing was run.",
        Files(GREETS, "extension call ./app greet you --times many"),
        Files(GREETS, "extension call ./app greet you --times 3"),
    ),
    shown(
        Code::CallEnvironment,
        "An extension names in `[configuration] required_env` what it cannot work without, and sees no variables but those that it \
         names. One of them is not set, or is empty.",
        Files(NEEDS_A_VARIABLE, "extension call ./app greet you"),
        Files(
            NEEDS_A_VARIABLE,
            "extension call ./app greet you --env {APP_URL: 'https://example.com'}",
        ),
    ),
    shown(
        Code::CallFailed,
        "An operation has raised an error that has no code of its own. The place is the first one of the error that lies in the \
         extension.",
        Files(
            &[module(
                "export use operations.nu *\nexport def greet []: nothing -> any { error make {msg: \"nobody is here\"} }\n",
            )],
            "extension call ./app greet",
        ),
        Files(GREETS, "extension call ./app greet you"),
    ),
    shown(
        Code::CallTimeout,
        "An operation has not ended within the time of --timeout, or of the setting `runner.timeout`. It was ended with everything \
         that it has started.",
        Files(
            &[module(
                "export use operations.nu *\nexport def wait []: nothing -> nothing { sleep 1hr }\n",
            )],
            "extension call ./app wait --timeout 300ms",
        ),
        Files(
            &[module(
                "export use operations.nu *\nexport def wait []: nothing -> nothing { sleep 1ms }\n",
            )],
            "extension call ./app wait",
        ),
    ),
    shown(
        Code::CallDied,
        "An operation has ended the Nushell that it ran in, or taken away what belongs to the run, so that nobody knows what came of \
         it.",
        Files(
            &[module(
                "export use operations.nu *\nexport def stop []: nothing -> nothing { exit 3 }\n",
            )],
            "extension call ./app stop",
        ),
        Files(
            &[module(
                "export use operations.nu *\nexport def stop []: nothing -> nothing { return }\n",
            )],
            "extension call ./app stop",
        ),
    ),
    shown(
        Code::CallNotData,
        "What an operation returns is handed to another process, so it has to be data: no closure, and no value of a plugin.",
        Files(
            &[module(
                "export use operations.nu *\nexport def greeter []: nothing -> closure { {|name| $\"Hello ($name)\" } }\n",
            )],
            "extension call ./app greeter",
        ),
        Files(GREETS, "extension call ./app greet you"),
    ),
    not_shown(
        Code::CallTooMuch,
        "An operation may return 64 MiB and print as much: more than that is a mistake, or belongs in a file.",
        "it takes that much",
    ),
    not_shown(
        Code::CallLingered,
        "An operation has ended, and processes that it has started have not. They were ended. A service that is meant to go on \
         has a session of its own, through `setsid` or systemd.",
        "it takes a program that leaves others behind, and the systems have different ones",
    ),
    not_shown(
        Code::CallInterrupted,
        "An operation was ended by Ctrl-C, or because nobody wanted more of its rows, together with everything that it had \
         started. The audit says so.",
        "it takes somebody who interrupts it",
    ),
];
