//! `structure::`, `version::`, `validation::`: what the rules find in an extension besides its metadata.

use super::example::file;
use super::{Code, Example, Explanation, not_shown, shown};
use Example::{Command, Files, Metadata, Without};

/// Metadata of `app` with this constraint on Nushell.
macro_rules! needs_nushell {
    ($constraint:literal) => {
        Metadata(concat!(
            "[extension]\nname = \"app\"\ntype = \"taskserv\"\nversion = \"1.0.0\"\n\n",
            "[compatibility]\nnushell_version = \"",
            $constraint,
            "\"\n"
        ))
    };
}

pub(super) const EXPLANATIONS: &[Explanation] = &[
    shown(
        Code::StructureMissing,
        "The platform loads an extension from fixed places: the module with its operations, and at least one Nickel schema. \
         What is not there cannot be used.",
        Without("app/nulib/mod.nu"),
        Command("extension validate app"),
    ),
    shown(
        Code::StructureRecommended,
        "The extension works without it. Whoever uses or changes the extension will look for it: what it is for, how it is \
         called, what changed, and tests.",
        Without("app/README.md"),
        Command("extension validate app"),
    ),
    shown(
        Code::StructureName,
        "An extension is looked for in a directory of its name (`app`, `app/1.0.0` or `app-1.0.0`), and in the folder of its \
         type. Under another name it can be registered, and is not found by people.",
        Command("mv app application; extension validate application"),
        Command("extension validate app"),
    ),
    shown(
        Code::StructureLegacyKcl,
        "KCL was the language of schemas before Nickel. Such an extension is accepted, and its schemas are not checked.",
        Command(
            "rm --recursive app/schemas; mkdir app/kcl; touch app/kcl/settings.k; extension validate app",
        ),
        Command("extension validate app"),
    ),
    shown(
        Code::StructureNotDirectory,
        "An extension is a directory. The path leads to a file, often to the metadata in it.",
        Command("extension validate app/metadata.toml"),
        Command("extension validate app"),
    ),
    shown(
        Code::StructureEmpty,
        "The file is there and says nothing, so whoever looks for it is no wiser.",
        Files(&[file("app/README.md", "\n")], "extension validate app"),
        Command("extension validate app"),
    ),
    shown(
        Code::StructureSection,
        "People look for certain headings: how to install, to configure and to use the extension, and what to do when it does \
         not work. Those that a document of its kind usually has and this one lacks are named.",
        Files(
            &[file("app/README.md", "# app\nDoes things.\n")],
            "extension validate app",
        ),
        Command("extension validate app"),
    ),
    shown(
        Code::VersionIncompatible,
        "The extension says with which versions of Nushell, Nickel, the provisioning API or the interface contract it works, \
         and one that is here is not among them. It may load and then fail in the middle of its work.",
        needs_nushell!(">=99.0.0"),
        needs_nushell!(">=0.107.0"),
    ),
    shown(
        Code::VersionUnknown,
        "The constraints stand in the metadata, and these cannot be read. That is an error of this rule too, because \
         silence would look like success.",
        Metadata("[extension]\nname = \"app\"\n"),
        needs_nushell!(">=0.107.0"),
    ),
    shown(
        Code::VersionNotChecked,
        "The constraint is about KCL, which is not used here: schemas are Nickel. Nobody has looked whether it is satisfied.",
        Metadata(
            r#"[extension]
name = "app"
type = "taskserv"
version = "1.0.0"

[compatibility]
kcl_version = ">=0.11.0"
"#,
        ),
        Metadata(
            r#"[extension]
name = "app"
type = "taskserv"
version = "1.0.0"

[compatibility]
nickel_version = ">=1.15.0"
"#,
        ),
    ),
    shown(
        Code::ValidationFailed,
        "With `--strict` a validation that finds errors is an error itself, so that a script stops there. Everything found \
         is listed in it.",
        Command("rm app/nulib/mod.nu; extension validate app --strict"),
        Command("rm app/nulib/mod.nu; extension validate app"),
    ),
    shown(
        Code::FixRefused,
        "What `--fix` writes has to be better than what was there. An edit that brings out another error is left out, the \
         others are made, and a person has to decide about it: here a caller passes a value on to the switch.",
        Files(
            &[file(
                "app/nulib/mod.nu",
                "export use operations.nu *\n\nexport def a [--check: bool = false]: nothing -> bool { $check }\nexport def b [check: bool]: nothing -> bool { a --check $check }\n",
            )],
            "extension validate app --fix",
        ),
        Files(
            &[file(
                "app/nulib/mod.nu",
                "export use operations.nu *\n\nexport def a [--check: bool = false]: nothing -> bool { $check }\nexport def b [check: bool]: nothing -> bool { a --check=$check }\n",
            )],
            "extension validate app --fix",
        ),
    ),
    not_shown(
        Code::FixWrite,
        "The file was changed between reading and writing, or may not be written. It was left as it is: validate again, and \
         see who else works on it.",
        "another program has to change the file at the same moment",
    ),
];
