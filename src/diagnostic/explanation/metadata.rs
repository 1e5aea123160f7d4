//! `metadata::`: what is wrong with `metadata.toml`, `manifest.toml` or `extension.toml`.

use super::example::file;
use super::{Code, Example, Explanation, shown};
use Example::{Command, Files, Metadata, Without};

/// Metadata without faults, for examples in which only the wrong side is of interest.
const GOOD: Example = Metadata(
    r#"[extension]
name = "app"
type = "taskserv"
version = "1.0.0"
"#,
);

pub(super) const EXPLANATIONS: &[Explanation] = &[
    shown(
        Code::Missing,
        "A directory is an extension when it has `metadata.toml`; `extension.toml`, the older format, is read where that \
         is not there. Without one of them nobody can tell its name, type and version, so that it can neither be \
         registered nor found.",
        Without("app/metadata.toml"),
        GOOD,
    ),
    shown(
        Code::Unreadable,
        "The file is there and cannot be read: it belongs to somebody else, it is a directory, or it is a device or a \
         pipe, from which one could read forever.",
        Command("rm app/metadata.toml; mkdir app/metadata.toml; extension validate app"),
        GOOD,
    ),
    shown(
        Code::Outside,
        "Metadata are read only from within the extension. A link that leads out of it would show somebody else's file \
         to whoever validates the extension, and would lead nowhere in a copy of it.",
        Command(
            "mv app/metadata.toml shared.toml; ^ln -s ../shared.toml app/metadata.toml; extension validate app",
        ),
        Command(
            "mv app/metadata.toml app/shared.toml; ^ln -s shared.toml app/metadata.toml; extension validate app",
        ),
    ),
    shown(
        Code::TooLarge,
        "Metadata are a page of text. A file beyond the limit is not read at all, so that no extension can take the memory \
         of whoever looks at it.",
        Command(
            "'#' | fill --width 2000000 --character '#' | save --append app/metadata.toml; extension validate app",
        ),
        Command(
            "'# notes belong into the README' | save --append app/metadata.toml; extension validate app",
        ),
    ),
    shown(
        Code::NotUtf8,
        "TOML is UTF-8 text. A file in another encoding, such as Latin-1 or UTF-16, has to be converted.",
        Command(
            "0x[23 20 4D FC 6C 6C 65 72] | save --raw --append app/metadata.toml; extension validate app",
        ),
        Command("'# Müller' | save --append app/metadata.toml; extension validate app"),
    ),
    shown(
        Code::Syntax,
        "The file is not TOML. Texts stand in quotes, lists in brackets, and each key once.",
        Metadata(
            r#"[extension]
name = app
type = "taskserv"
version = "1.0.0"
"#,
        ),
        GOOD,
    ),
    shown(
        Code::TooDeep,
        "No key of the metadata needs more than a few levels. Deeper nesting is refused before it is read, because it could \
         take down the program that reads it.",
        Command(
            r#"$"\n[permissions]\nnested = (1..200 | each {'['} | str join)(1..200 | each {']'} | str join)\n" | save --append app/metadata.toml; extension validate app"#,
        ),
        Command(
            r#""\n[permissions]\nnested = [[1]]\n" | save --append app/metadata.toml; extension validate app"#,
        ),
    ),
    shown(
        Code::MissingKey,
        "`name` and `version` in `[extension]` are required: with the type they are what an extension is registered and \
         found by.",
        Metadata(
            r#"[extension]
name = "app"
type = "taskserv"
"#,
        ),
        GOOD,
    ),
    shown(
        Code::WrongType,
        "Each key takes values of one type. A version is a text, also when it looks like a number: 1.10 and 1.1 would be \
         the same number.",
        Metadata(
            r#"[extension]
name = "app"
type = "taskserv"
version = 1.10
"#,
        ),
        Metadata(
            r#"[extension]
name = "app"
type = "taskserv"
version = "1.10.0"
"#,
        ),
    ),
    shown(
        Code::InvalidName,
        "Names become parts of paths and commands. They have up to 64 lower-case letters, digits, `-` and `_`, and start \
         with a letter or digit.",
        Metadata(
            r#"[extension]
name = "My App"
type = "taskserv"
version = "1.0.0"
"#,
        ),
        GOOD,
    ),
    shown(
        Code::InvalidVersion,
        "Versions are semantic, as in 1.28.0; constraints are such as `>=1.6`, `^3` or `>=1, <3`. What cannot be read \
         cannot be compared, so that nobody would know whether the extension fits.",
        Metadata(
            r#"[extension]
name = "app"
type = "taskserv"
version = "first"
"#,
        ),
        GOOD,
    ),
    shown(
        Code::InvalidValue,
        "The value has the right type and is none of those that the key knows, such as a type that does not exist or an \
         address that is not http.",
        Metadata(
            r#"[extension]
name = "app"
type = "taskserver"
version = "1.0.0"
"#,
        ),
        GOOD,
    ),
    shown(
        Code::TooLong,
        "Texts and lists have limits far above what is useful, so that tables stay readable and nobody can fill the memory \
         of whoever lists extensions.",
        Command(
            r#"$"description = '(1..2000 | each {'x'} | str join)'\n" | save --append app/metadata.toml; extension validate app"#,
        ),
        Command(
            r#""description = 'A service'\n" | save --append app/metadata.toml; extension validate app"#,
        ),
    ),
    shown(
        Code::ForbiddenCharacter,
        "Control characters, characters that turn the direction of text, and invisible ones make a reader see something \
         else than what is written, or change what a terminal does.",
        Metadata(
            r#"[extension]
name = "app"
type = "taskserv"
version = "1.0.0"
description = "safe \u202e elif"
"#,
        ),
        Metadata(
            r#"[extension]
name = "app"
type = "taskserv"
version = "1.0.0"
description = "safe file"
"#,
        ),
    ),
    shown(
        Code::UnknownKey,
        "A key that is not known is kept and does nothing. Mostly it is mistyped, and then what it was meant to say is not \
         said.",
        Metadata(
            r#"[extension]
name = "app"
type = "taskserv"
version = "1.0.0"
licence = "MIT"
"#,
        ),
        Metadata(
            r#"[extension]
name = "app"
type = "taskserv"
version = "1.0.0"
license = "MIT"
"#,
        ),
    ),
    shown(
        Code::Conflict,
        "Two places say different things, and one of them is wrong: the metadata files of an extension among each other, \
         or the type that was given and the one in the metadata.",
        Files(
            &[
                file(
                    "app/metadata.toml",
                    "[extension]\nname = \"app\"\ntype = \"taskserv\"\nversion = \"1.0.0\"\n",
                ),
                file("app/manifest.toml", "[extension]\nversion = \"2.0.0\"\n"),
            ],
            "extension validate app",
        ),
        Files(
            &[
                file(
                    "app/metadata.toml",
                    "[extension]\nname = \"app\"\ntype = \"taskserv\"\nversion = \"1.0.0\"\n",
                ),
                file(
                    "app/manifest.toml",
                    "[support]\nissues = \"https://example.org/issues\"\n",
                ),
            ],
            "extension validate app",
        ),
    ),
    shown(
        Code::UnknownType,
        "The type decides which operations and files an extension has to have. It is written in the metadata, follows from \
         `[provides]` or from the folder (`taskservs/app`), or is given with `--type`.",
        Metadata(
            r#"[extension]
name = "app"
version = "1.0.0"
"#,
        ),
        GOOD,
    ),
    shown(
        Code::PaddedVersion,
        "A semantic version has three numbers. `1.10` is read as 1.10.0; other programs may refuse it.",
        Metadata(
            r#"[extension]
name = "app"
type = "taskserv"
version = "1.10"
"#,
        ),
        Metadata(
            r#"[extension]
name = "app"
type = "taskserv"
version = "1.10.0"
"#,
        ),
    ),
];
