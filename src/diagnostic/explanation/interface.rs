//! `interface::`: what a module has to offer.

use super::example::file;
use super::{Code, Example, Explanation, shown};
use Example::{Files, Module};

pub(super) const EXPLANATIONS: &[Explanation] = &[
    shown(
        Code::InterfaceMissingOperation,
        "The platform calls the operations of an extension by their names. One that is not exported from the module cannot be called, wherever it is defined: a module gives on only what it exports itself, or names in `export use`.",
        Module(
            r#"use operations.nu *
"#,
        ),
        Module(
            r#"export use operations.nu *
"#,
        ),
    ),
    shown(
        Code::InterfaceMissingHelper,
        "Beside the operations, extensions of a type usually have commands with which people look at them: `provider-info`, `taskserv-info`, `cluster-info`, `validate-config`, `test-connection`. The platform does without.",
        Module(
            r#"export use operations.nu [install uninstall configure status restart upgrade get-current-version get-available-versions check-updates]
"#,
        ),
        Module(
            r#"export use operations.nu *
"#,
        ),
    ),
    shown(
        Code::InterfaceMissingParameter,
        "An operation is called with the arguments that the interface names. Without a parameter for one of them the call is an error.",
        Module(
            r#"export use operations.nu *

export def upgrade []: nothing -> record { {} }
"#,
        ),
        Module(
            r#"export use operations.nu *

export def upgrade [version: string]: nothing -> record { {version: $version} }
"#,
        ),
    ),
    shown(
        Code::InterfaceExtraParameter,
        "The platform passes what the interface names, and nothing else. A parameter beyond that has to be optional or have a default, or the call is an error.",
        Module(
            r#"export use operations.nu *

export def upgrade [version: string, channel: string]: nothing -> record { {} }
"#,
        ),
        Module(
            r#"export use operations.nu *

export def upgrade [version: string, channel: string = stable]: nothing -> record { {} }
"#,
        ),
    ),
    shown(
        Code::InterfaceParameterType,
        "A parameter has to take everything that the interface says is passed. It may take more: `any`, or `oneof<string, int>` for `string`.",
        Module(
            r#"export use operations.nu *

export def upgrade [version: int]: nothing -> record { {} }
"#,
        ),
        Module(
            r#"export use operations.nu *

export def upgrade [version: string]: nothing -> record { {} }
"#,
        ),
    ),
    shown(
        Code::InterfaceNarrowParameter,
        "The interface passes any record, and this parameter takes only records with certain fields. That is right when a schema of the extension makes sure of the fields: they are required there, or have a default, with these types.",
        Module(
            r#"export use operations.nu *

export def configure [config: record<port: int>]: nothing -> nothing { }
"#,
        ),
        Module(
            r#"export use operations.nu *

export def configure [config: record]: nothing -> nothing { }
"#,
        ),
    ),
    shown(
        Code::InterfaceMissingFlag,
        "The platform calls operations with the flags of the interface, such as `--check` for a plan without changes. A command without the flag refuses the call.",
        Module(
            r#"export use operations.nu *

export def uninstall [config: record = {}, --force]: nothing -> nothing { }
"#,
        ),
        Module(
            r#"export use operations.nu *

export def uninstall [config: record = {}, --force, --keep-data]: nothing -> nothing { }
"#,
        ),
    ),
    shown(
        Code::InterfaceFlagType,
        "A flag of the interface is a switch, or takes a value of a certain type. What it takes has to be the same here.",
        Module(
            r#"export use operations.nu *

export def uninstall [config: record = {}, --force: int, --keep-data]: nothing -> nothing { }
"#,
        ),
        Module(
            r#"export use operations.nu *

export def uninstall [config: record = {}, --force, --keep-data]: nothing -> nothing { }
"#,
        ),
    ),
    shown(
        Code::InterfaceOutputType,
        "Whoever calls an operation goes on with what it returns, and counts on the type that the interface names. A narrower type is fine: a table for a list of records.",
        Module(
            r#"export use operations.nu *

export def status []: nothing -> string { 'running' }
"#,
        ),
        Module(
            r#"export use operations.nu *

export def status []: nothing -> record { {status: running} }
"#,
        ),
    ),
    shown(
        Code::InterfaceInputType,
        "Operations are called with nothing in the pipeline. A command that takes only something else cannot be called that way.",
        Module(
            r#"export use operations.nu *

export def status []: record -> record { $in }
"#,
        ),
        Module(
            r#"export use operations.nu *

export def status []: nothing -> record { {} }
"#,
        ),
    ),
    shown(
        Code::InterfaceUntyped,
        "Without a type the command may return anything, and nobody can tell whether it returns what the interface asks for. `any` says as little.",
        Module(
            r#"export use operations.nu *

export def status [] { {status: running} }
"#,
        ),
        Module(
            r#"export use operations.nu *

export def status []: nothing -> record { {status: running} }
"#,
        ),
    ),
    shown(
        Code::InterfaceNotADefinition,
        "What an alias or an external command takes and returns is not told by its declaration, so it cannot be compared with the interface.",
        Module(
            r#"export use operations.nu *

export alias restart = date now
"#,
        ),
        Module(
            r#"export use operations.nu *

export def restart []: nothing -> nothing { date now | ignore }
"#,
        ),
    ),
    shown(
        Code::InterfaceNotChecked,
        "Which operations an extension needs depends on its type, and the metadata do not tell it. That is an error of this rule too, because silence would look like success.",
        Files(
            &[file(
                "app/metadata.toml",
                r#"[extension]
name = "app"
version = "1.0.0"
"#,
            )],
            r#"extension validate app"#,
        ),
        Files(
            &[file(
                "app/metadata.toml",
                r#"[extension]
name = "app"
type = "taskserv"
version = "1.0.0"
"#,
            )],
            r#"extension validate app"#,
        ),
    ),
];
