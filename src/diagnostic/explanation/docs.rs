//! `docs::`: what keeps the documentation of an extension from being made, or from being true.

use super::example::{File, file};
use super::{Code, Example, Explanation, shown};
use Example::{Command, Files};

pub(super) const EXPLANATIONS: &[Explanation] = &[
    shown(
        Code::DocsIncomplete,
        "What is wrong with the metadata, the schemas or the code would be a hole in the documentation, so none is made.",
        Files(
            &[file("app/schemas/version.ncl", "{ taskserv_version = }\n")],
            "extension docs app",
        ),
        Command("extension docs app"),
    ),
    shown(
        Code::DocsStale,
        "`extension docs --check` compares the generated parts of `API.md` with what the metadata, the schemas and the code say \
         now. Write it again with `--save`; what stands outside of those parts stays.",
        Files(
            &[file(
                "app/API.md",
                "# app API\n\n## Overview\n\n<!-- generated: overview -->\n\nOld.\n\n<!-- end of overview -->\n",
            )],
            "extension docs app --check",
        ),
        Command(
            "mv app/API.md app/before.md; extension docs app --save | ignore; extension docs app --check",
        ),
    ),
    shown(
        Code::DocsHandWritten,
        "Nothing in the file is generated, so nothing in it is replaced unasked. With `--force`, what is generated is added at \
         the end of its sections, and all that was there stays.",
        Files(
            &[file("app/API.md", "# app API\n\nWritten by hand.\n")],
            "extension docs app --save",
        ),
        Files(
            &[file("app/API.md", "# app API\n\nWritten by hand.\n")],
            "extension docs app --save --force",
        ),
    ),
    shown(
        Code::DocsIo,
        "There is something at `API.md` that cannot be used: it is no regular file, no UTF-8 text, larger than 4 MiB, or may not \
         be read or written.",
        Files(
            &[
                File {
                    path: "app/API.md",
                    text: None,
                },
                file("app/API.md/notes.md", "A directory.\n"),
            ],
            "extension docs app",
        ),
        Command("extension docs app"),
    ),
];
