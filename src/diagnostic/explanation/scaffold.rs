//! `scaffold::`: new extensions that cannot be made, and what to know of those that can.

use super::example::file;
use super::{Code, Example, Explanation, File, shown};
use Example::{Command, Files};

const NEW: &str = "extension new taskserv cache";
const FROM: &str = "extension new taskserv cache --from ./company --check";

const METADATA: File = file(
    "company/metadata.toml.tmpl",
    r#"[extension]
name = "{{ name }}"
type = "{{ type }}"
version = "{{ version }}"
description = {{ toml.description }}
"#,
);

pub(super) const EXPLANATIONS: &[Explanation] = &[
    shown(
        Code::ScaffoldName,
        "The name is that of a directory on every system, and a part of other names: small letters, digits, `-` and `_`, and no name of a device of Windows.",
        Command("extension new taskserv 'My Cache' --check"),
        Command("extension new taskserv my-cache --check"),
    ),
    shown(
        Code::ScaffoldText,
        "Author and description stand in the metadata, in documents and in code, in one line each. Line breaks and characters that nobody sees have no place there.",
        Command("extension new taskserv cache --description \"fast\\nand small\" --check"),
        Command("extension new taskserv cache --description 'fast and small' --check"),
    ),
    shown(
        Code::ScaffoldExists,
        "A new extension gets a directory of its own, so that nothing of what is there is mixed with it. An empty directory will do. With --force, files of the same names are written over, and all others stay.",
        Command("extension new taskserv app --check"),
        Command("extension new taskserv app --force --check"),
    ),
    shown(
        Code::ScaffoldInTheWay,
        "A link leads somewhere else, and a directory cannot be replaced by a file: neither is touched, with --force either. Everything that is in the way is told, and nothing is written.",
        Command("'notes' | save cache; extension new taskserv cache"),
        Command(NEW),
    ),
    shown(
        Code::ScaffoldNotFound,
        "`--from` names a directory by its path, or one in `scaffolds` below the data directory by its name.",
        Command("extension new taskserv cache --from ./compony --check"),
        Files(&[METADATA], FROM),
    ),
    shown(
        Code::ScaffoldUnusable,
        "A scaffold holds the files of an extension, at least its metadata; regular files of bounded size, and no links. The paths that they get have to be usable on every system. Faults of templates are told with their own codes.",
        Files(&[file("company/README.md.tmpl", "# {{ name }}\n")], FROM),
        Files(&[METADATA], FROM),
    ),
    shown(
        Code::ScaffoldIo,
        "The place cannot be written, or a file of a scaffold cannot be read. A new directory is there as a whole or not at all, so nothing is left of it.",
        Command("extension new taskserv cache --path app/README.md"),
        Command("extension new taskserv cache --path app/more"),
    ),
    shown(
        Code::ScaffoldRegistered,
        "An extension of that type and name is registered from another directory. Two of the same version cannot be, so this is right only when it becomes another version of it.",
        Command("extension register app | ignore; extension new taskserv app --path new --check"),
        Command("extension register app | ignore; extension new taskserv cache --path new --check"),
    ),
    shown(
        Code::ScaffoldLicense,
        "The file LICENSE has the texts of MIT, Apache-2.0, BSD-3-Clause and MPL-2.0. Of another license, it says what to put there.",
        Command("extension new taskserv cache --license ISC --check"),
        Command("extension new taskserv cache --license 'MIT OR Apache-2.0' --check"),
    ),
];
