//! `schema::`: what is wrong with the schemas besides what Nickel itself says.

use super::example::file;
use super::{Code, Example, Explanation, shown};
use Example::{Command, Files, Schema};

pub(super) const EXPLANATIONS: &[Explanation] = &[
    shown(
        Code::SchemaStringUnion,
        "KCL lists the texts that a field allows with `|`. In Nickel `|` adds a contract, and a text is none. An enum contract lists them; with `TagOrString` texts and tags are allowed, and texts are exported.",
        Schema(
            r#"{
  Settings | not_exported = { method | "api_key" | "oauth" },
}
"#,
        ),
        Schema(
            r#"{
  Settings | not_exported = { method | std.enum.TagOrString | [| 'api_key, 'oauth |] },
}
"#,
        ),
    ),
    shown(
        Code::SchemaListContract,
        "In Nickel square brackets make a list, and a list is no contract. The contract of lists is `Array`, with that of the items behind it.",
        Schema(
            r#"{
  Settings | not_exported = { names | [String] },
}
"#,
        ),
        Schema(
            r#"{
  Settings | not_exported = { names | Array String },
}
"#,
        ),
    ),
    shown(
        Code::SchemaNullDefault,
        "`null` is a value like any other, and no text. A field that may be left out is `optional`.",
        Schema(
            r#"{
  Settings | not_exported = { api_key | String = null },
}
"#,
        ),
        Schema(
            r#"{
  Settings | not_exported = { api_key | String | optional },
}
"#,
        ),
    ),
    shown(
        Code::SchemaKclField,
        "`name?: str` is KCL. Nickel has the contract behind `|`, and `optional` or `default` behind that.",
        Schema(
            r#"{
  Settings = {
    plan?: str
  },
}
"#,
        ),
        Schema(
            r#"{
  Settings | not_exported = {
    plan | String | optional,
  },
}
"#,
        ),
    ),
    shown(
        Code::SchemaKclSchema,
        "Nickel has no word `schema`: a contract is a record like any other, with contracts behind its fields. `not_exported` keeps it out of the data.",
        Schema(
            r#"schema Settings {
  name: str
}
"#,
        ),
        Schema(
            r#"{
  Settings | not_exported = { name | String },
}
"#,
        ),
    ),
    shown(
        Code::SchemaKclCheck,
        "Nickel has no `check` block. What has to hold is a contract: a function that says whether a value is right, behind the field or the record that it is about.",
        Schema(
            r#"{
  Settings = {
    size: int
    check:
      size > 0, "size must be positive"
  },
}
"#,
        ),
        Schema(
            r#"{
  Settings | not_exported = { size | std.number.PosNat },
}
"#,
        ),
    ),
    shown(
        Code::SchemaUnbalanced,
        "A bracket has no counterpart, so Nickel cannot tell where things end. The first place is named; the others may follow from it.",
        Schema(
            r#"{
  ports = [80, 443,
  name = "a",
}
"#,
        ),
        Schema(
            r#"{
  ports = [80, 443],
  name = "a",
}
"#,
        ),
    ),
    shown(
        Code::SchemaMissingComma,
        "Nickel separates fields by commas, also at the end of a line.",
        Schema(
            r#"{
  name = "a",
  size = 3
  zone = "b",
}
"#,
        ),
        Schema(
            r#"{
  name = "a",
  size = 3,
  zone = "b",
}
"#,
        ),
    ),
    shown(
        Code::SchemaFixedValue,
        "A value in a contract is as strong as one in data: two that differ cannot be merged, so nobody can ever give another one. A default gives way.",
        Schema(
            r#"{
  Component = {
    name | String,
    enabled | Bool = true,
  },
}
"#,
        ),
        Schema(
            r#"{
  Component = {
    name | String,
    enabled | Bool | default = true,
  },
}
"#,
        ),
    ),
    shown(
        Code::SchemaEmptyContract,
        "`{}` is the contract of records without any field. For any fields write `{ _ : Dyn }`.",
        Schema(
            r#"{
  Component | not_exported = { config | {} | default = {} },
}
"#,
        ),
        Schema(
            r#"{
  Component | not_exported = { config | { _ : Dyn } | default = {} },
}
"#,
        ),
    ),
    shown(
        Code::SchemaWithoutValue,
        "A section with a contract and without a value says what may stand there, and nothing stands there. In a value that is exported, something has to.",
        Schema(
            r#"{
  server = {
    name = "a",
    limits | { cpu | String | default = "1" },
  },
}
"#,
        ),
        Schema(
            r#"{
  server = {
    name = "a",
    limits | { cpu | String | default = "1" } | default = {},
  },
}
"#,
        ),
    ),
    shown(
        Code::SchemaOwnName,
        "The fields of a record see each other, so behind `port |` the name `port` is the field itself. Contracts are named with a capital letter.",
        Schema(
            r#"let port = std.number.PosNat in
{
  server = { port | port = 80 },
}
"#,
        ),
        Schema(
            r#"let Port = std.number.PosNat in
{
  server = { port | Port = 80 },
}
"#,
        ),
    ),
    shown(
        Code::SchemaUnchecked,
        "The file has a contract for such values, and this value is not held against it: a mistake in it shows when it is deployed.",
        Files(
            &[
                file(
                    "app/metadata.toml",
                    r#"[extension]
name = "app"
type = "cluster"
version = "1.0.0"
"#,
                ),
                file(
                    "app/schemas/cluster.ncl",
                    r#"{
  ClusterConfig = { name | String, components | Array { name | String, .. } },
  app_cluster = { name = "app", components = [{ name = "db" }] },
}
"#,
                ),
            ],
            r#"extension validate app --rule schema"#,
        ),
        Files(
            &[
                file(
                    "app/metadata.toml",
                    r#"[extension]
name = "app"
type = "cluster"
version = "1.0.0"
"#,
                ),
                file(
                    "app/schemas/cluster.ncl",
                    r#"{
  ClusterConfig | not_exported = { name | String, components | Array { name | String, .. } },
  app_cluster | ClusterConfig = { name = "app", components = [{ name = "db" }] },
}
"#,
                ),
            ],
            r#"extension validate app --rule schema"#,
        ),
    ),
    shown(
        Code::SchemaFraction,
        "A number of things is whole. `Number` allows fractions; `std.number.Nat` and `std.number.PosNat` do not.",
        Files(
            &[
                file(
                    "app/metadata.toml",
                    r#"[extension]
name = "app"
type = "cluster"
version = "1.0.0"
"#,
                ),
                file(
                    "app/schemas/cluster.ncl",
                    r#"{
  app_cluster = { name = "app", components = [{ name = "web", resources.replicas = 1.5 }] },
}
"#,
                ),
            ],
            r#"extension validate app --rule schema"#,
        ),
        Files(
            &[
                file(
                    "app/metadata.toml",
                    r#"[extension]
name = "app"
type = "cluster"
version = "1.0.0"
"#,
                ),
                file(
                    "app/schemas/cluster.ncl",
                    r#"{
  app_cluster = { name = "app", components = [{ name = "web", resources.replicas = 2 }] },
}
"#,
                ),
            ],
            r#"extension validate app --rule schema"#,
        ),
    ),
    shown(
        Code::SchemaMismatch,
        "The schema gives the extension another name or version than its metadata. The metadata count; whoever reads the schema is misled.",
        Schema(
            r#"{ taskserv_version = { name = "other", version = "1.0.0" } }
"#,
        ),
        Schema(
            r#"{ taskserv_version = { name = "app", version = "1.0.0" } }
"#,
        ),
    ),
    shown(
        Code::SchemaInvalidDependency,
        "A dependency is a record with a `name`, and maybe a `version` and a `type`, or a text such as `db >=1`.",
        Schema(
            r#"{ taskserv_version = { name = "app", dependencies = [{ version = ">=1" }] } }
"#,
        ),
        Schema(
            r#"{ taskserv_version = { name = "app", dependencies = [] } }
"#,
        ),
    ),
    shown(
        Code::SchemaInvalidVersion,
        "Versions have three numbers, such as 1.28.0; before and after them there is nothing but `-` with a pre-release.",
        Schema(
            r#"{ taskserv_version = { name = "app", version = "v1" } }
"#,
        ),
        Schema(
            r#"{ taskserv_version = { name = "app", version = "1.0.0" } }
"#,
        ),
    ),
    shown(
        Code::SchemaOutside,
        "The file is a link to one outside of the extension, which is not there where the extension is installed. It is not read.",
        Command(r#"^ln -s /etc/hostname app/schemas/other.ncl; extension validate app"#),
        Command(r#"'{ }' | save app/schemas/other.ncl; extension validate app"#),
    ),
    shown(
        Code::SchemaLimit,
        "There are so many schema files that looking at all of them would take too long. The rest was not checked.",
        Command(
            r#"for n in 1..1005 { '{}' | save $'app/schemas/s($n).ncl' }; extension validate app --rule schema"#,
        ),
        Command(
            r#"for n in 1..5 { '{}' | save $'app/schemas/s($n).ncl' }; extension validate app --rule schema"#,
        ),
    ),
    shown(
        Code::SchemaUnknown,
        "Which schema belongs to an extension depends on its type, and the metadata have errors. That is an error of this rule too, because silence would look like success.",
        Files(
            &[file(
                "app/metadata.toml",
                r#"[extension]
name = "app"
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
