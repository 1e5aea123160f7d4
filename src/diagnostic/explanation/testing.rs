//! `run::` and `test::`: code of an extension that runs, and what tests say of it.

use super::example::{File, file};
use super::{Code, Example, Explanation, not_shown, shown};
use Example::{Command, Files};

/// Runs the tests of `app`.
const TEST: &str = "extension test app";

/// Tests of which nothing is wrong.
const PASSING: &[File] = &[file(
    "app/tests/unit_tests.nu",
    "use std/assert\nuse std/testing *\n\n@test\ndef \"one and one is two\" [] { assert equal (1 + 1) 2 }\n",
)];

pub(super) const EXPLANATIONS: &[Explanation] = &[
    shown(
        Code::RunStart,
        "Code of an extension runs in a Nushell of its own: the one that the setting `runner.nu` names, otherwise the shell's own. \
         It cannot be started, has ended before it came to the code, or is of another release than the plugin is built for.",
        Files(
            PASSING,
            "$env.config.plugins.provisioning.runner.nu = '/nowhere/nu'; extension test app",
        ),
        Files(
            PASSING,
            "$env.config.plugins.provisioning.runner.nu = $nu.current-exe; extension test app",
        ),
    ),
    not_shown(
        Code::RunScratch,
        "Each run has a temporary directory of its own, for what the code writes there and for what it tells. It cannot be \
         made, or nothing can be written in it.",
        "the plugin asks for the place of temporary files when it starts",
    ),
    shown(
        Code::TestFailed,
        "A command that is a test has raised an error, as `assert` does when something is not as it should be. The place is \
         the first one of the error that lies in the extension.",
        Files(
            &[file(
                "app/tests/unit_tests.nu",
                "use std/assert\nuse std/testing *\n\n@test\ndef \"one and one is two\" [] { assert equal (1 + 1) 3 }\n",
            )],
            TEST,
        ),
        Files(PASSING, TEST),
    ),
    shown(
        Code::TestTimeout,
        "A test has not ended within the time of --timeout, or of the setting `runner.timeout`. It was ended with everything that \
         it has started; those behind it run all the same.",
        Files(
            &[file(
                "app/tests/unit_tests.nu",
                "export def test_server_is_there [] { sleep 1hr }\n",
            )],
            "extension test app --timeout 300ms",
        ),
        Files(
            &[file(
                "app/tests/unit_tests.nu",
                "export def test_server_is_there [] { sleep 1ms }\n",
            )],
            TEST,
        ),
    ),
    shown(
        Code::TestDied,
        "A test has ended the Nushell that it ran in, with `exit` or through a signal, or has removed what belongs to the run. Those \
         behind it run in another one.",
        Files(
            &[file(
                "app/tests/unit_tests.nu",
                "export def test_port_is_free [] { if true { exit 3 } }\n",
            )],
            TEST,
        ),
        Files(
            &[file(
                "app/tests/unit_tests.nu",
                "export def test_port_is_free [] { if false { error make {msg: 'the port is taken'} } }\n",
            )],
            TEST,
        ),
    ),
    shown(
        Code::TestHook,
        "A command with @before-all, @before-each, @after-each or @after-all has failed. Where it runs before tests, these were \
         not run.",
        Files(
            &[file(
                "app/tests/unit_tests.nu",
                "use std/testing *\n\n@before-each\ndef setup [] { open nowhere.toml }\n\n@test\ndef \"the port is read\" [] { $in.port }\n",
            )],
            TEST,
        ),
        Files(
            &[file(
                "app/tests/unit_tests.nu",
                "use std/testing *\n\n@before-each\ndef setup [] { {port: 80} }\n\n@test\ndef \"the port is read\" [] { $in.port }\n",
            )],
            TEST,
        ),
    ),
    shown(
        Code::TestNone,
        "A file that is named like tests has none, or an extension has none at all, so that nothing would be known of it. \
         Tests are commands with @test, and exported commands that are named test_...",
        Command(TEST),
        Files(PASSING, TEST),
    ),
    shown(
        Code::TestName,
        "Tests are called by their names and without arguments. A name with a bracket or a semicolon, or one that begins with a \
         word of the language, cannot be called.",
        Files(
            &[file(
                "app/tests/unit_tests.nu",
                "export def test_port [port: int] { $port }\n",
            )],
            TEST,
        ),
        Files(
            &[file(
                "app/tests/unit_tests.nu",
                "export def test_port [port: int = 80] { $port }\n",
            )],
            TEST,
        ),
    ),
    shown(
        Code::TestOutside,
        "A link in the folder of tests leads out of the extension. It is not followed: what lies there is not the extension's, and \
         is not there where others install it.",
        Files(
            PASSING,
            "^ln -s /etc/hosts app/tests/more_tests.nu; extension test app",
        ),
        Files(PASSING, TEST),
    ),
];
