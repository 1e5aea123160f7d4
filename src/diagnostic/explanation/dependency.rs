//! `dependency::` and what no version can satisfy.

use super::example::file;
use super::{Code, Example, Explanation, shown};
use Example::{Files, Metadata, Schema};

pub(super) const EXPLANATIONS: &[Explanation] = &[
    shown(
        Code::DependencyMissing,
        "An extension that is needed has to be registered, validated in the same call, or lie where `extension discover` looks. Otherwise nothing of what builds on it works.",
        Files(
            &[
                file(
                    "app/metadata.toml",
                    r#"[extension]
name = "app"
type = "taskserv"
version = "1.0.0"

[dependencies]
extensions = ["databse"]
"#,
                ),
                file(
                    "db/metadata.toml",
                    r#"[extension]
name = "db"
type = "taskserv"
version = "1.0.0"
"#,
                ),
            ],
            r#"extension validate app db --rule dependency"#,
        ),
        Files(
            &[
                file(
                    "app/metadata.toml",
                    r#"[extension]
name = "app"
type = "taskserv"
version = "1.0.0"

[dependencies]
extensions = ["db"]
"#,
                ),
                file(
                    "db/metadata.toml",
                    r#"[extension]
name = "db"
type = "taskserv"
version = "1.0.0"
"#,
                ),
            ],
            r#"extension validate app db --rule dependency"#,
        ),
    ),
    shown(
        Code::DependencyVersion,
        "The extension is there, and none of its versions satisfies the constraint. A constraint such as `1.2` means `^1.2`: from 1.2.0 up to, and without, 2.0.0.",
        Files(
            &[
                file(
                    "app/metadata.toml",
                    r#"[extension]
name = "app"
type = "taskserv"
version = "1.0.0"

[dependencies]
extensions = ["db >=2"]
"#,
                ),
                file(
                    "db/metadata.toml",
                    r#"[extension]
name = "db"
type = "taskserv"
version = "1.0.0"
"#,
                ),
            ],
            r#"extension validate app db --rule dependency"#,
        ),
        Files(
            &[
                file(
                    "app/metadata.toml",
                    r#"[extension]
name = "app"
type = "taskserv"
version = "1.0.0"

[dependencies]
extensions = ["db >=1"]
"#,
                ),
                file(
                    "db/metadata.toml",
                    r#"[extension]
name = "db"
type = "taskserv"
version = "1.0.0"
"#,
                ),
            ],
            r#"extension validate app db --rule dependency"#,
        ),
    ),
    shown(
        Code::DependencyType,
        "The declaration says which type of extension is meant, and the one of that name is of another type.",
        Files(
            &[
                file(
                    "app/metadata.toml",
                    r#"[extension]
name = "app"
type = "taskserv"
version = "1.0.0"

[dependencies]
extensions = [{ name = "db", type = "provider" }]
"#,
                ),
                file(
                    "db/metadata.toml",
                    r#"[extension]
name = "db"
type = "taskserv"
version = "1.0.0"
"#,
                ),
            ],
            r#"extension validate app db --rule dependency"#,
        ),
        Files(
            &[
                file(
                    "app/metadata.toml",
                    r#"[extension]
name = "app"
type = "taskserv"
version = "1.0.0"

[dependencies]
extensions = [{ name = "db", type = "taskserv" }]
"#,
                ),
                file(
                    "db/metadata.toml",
                    r#"[extension]
name = "db"
type = "taskserv"
version = "1.0.0"
"#,
                ),
            ],
            r#"extension validate app db --rule dependency"#,
        ),
    ),
    shown(
        Code::DependencyAmbiguous,
        "A name may stand for extensions of several types. Which of them is meant has to be said, or it depends on what happens to be there.",
        Files(
            &[
                file(
                    "app/metadata.toml",
                    r#"[extension]
name = "app"
type = "taskserv"
version = "1.0.0"

[dependencies]
extensions = ["db"]
"#,
                ),
                file(
                    "db/metadata.toml",
                    r#"[extension]
name = "db"
type = "taskserv"
version = "1.0.0"
"#,
                ),
                file(
                    "cluster/metadata.toml",
                    r#"[extension]
name = "db"
type = "cluster"
version = "1.0.0"
"#,
                ),
            ],
            r#"extension validate app db cluster --rule dependency"#,
        ),
        Files(
            &[
                file(
                    "app/metadata.toml",
                    r#"[extension]
name = "app"
type = "taskserv"
version = "1.0.0"

[dependencies]
extensions = [{ name = "db", type = "taskserv" }]
"#,
                ),
                file(
                    "db/metadata.toml",
                    r#"[extension]
name = "db"
type = "taskserv"
version = "1.0.0"
"#,
                ),
                file(
                    "cluster/metadata.toml",
                    r#"[extension]
name = "db"
type = "cluster"
version = "1.0.0"
"#,
                ),
            ],
            r#"extension validate app db cluster --rule dependency"#,
        ),
    ),
    shown(
        Code::DependencyItself,
        "An extension is there when its own dependencies are looked for; to depend on itself says nothing, and is mostly a slip of the pen.",
        Metadata(
            r#"[extension]
name = "app"
type = "taskserv"
version = "1.0.0"

[dependencies]
extensions = ["app"]
"#,
        ),
        Metadata(
            r#"[extension]
name = "app"
type = "taskserv"
version = "1.0.0"

[dependencies]
extensions = []
"#,
        ),
    ),
    shown(
        Code::DependencyNotChecked,
        "Where dependencies are declared, or where extensions are looked for, cannot be read. Nobody has looked whether everything is there.",
        Schema(
            r#"{ taskserv_version = { name = "app", dependencies = nowhere } }
"#,
        ),
        Schema(
            r#"{ taskserv_version = { name = "app", dependencies = [] } }
"#,
        ),
    ),
    shown(
        Code::DependencyProgram,
        "The metadata name a program that the extension uses, and it is not on the PATH of this shell. The check installs nothing; with `--strict-environment` it is an error.",
        Metadata(
            r#"[extension]
name = "app"
type = "taskserv"
version = "1.0.0"

[dependencies]
system_packages = ["no-such-program"]
"#,
        ),
        Metadata(
            r#"[extension]
name = "app"
type = "taskserv"
version = "1.0.0"

[dependencies]
system_packages = ["sh"]
"#,
        ),
    ),
    shown(
        Code::DependencyVariable,
        "The metadata name an environment variable without which the extension does not work, and it is not set here. Its value is never looked at; with `--strict-environment` it is an error.",
        Files(
            &[file(
                "app/metadata.toml",
                r#"[extension]
name = "app"
type = "taskserv"
version = "1.0.0"

[configuration]
required_env = ["APP_KEY"]
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

[configuration]
required_env = ["APP_KEY"]
"#,
            )],
            r#"$env.APP_KEY = 'secret'; extension validate app"#,
        ),
    ),
    shown(
        Code::VersionImpossible,
        "No version is at once what the parts of the constraint ask for, so it can never be satisfied, whatever is installed.",
        Metadata(
            r#"[extension]
name = "app"
type = "taskserv"
version = "1.0.0"

[compatibility]
nushell_version = ">=2, <1"
"#,
        ),
        Metadata(
            r#"[extension]
name = "app"
type = "taskserv"
version = "1.0.0"

[compatibility]
nushell_version = ">=0.107, <99"
"#,
        ),
    ),
];
