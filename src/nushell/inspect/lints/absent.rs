//! What is read without asking whether it is there.

use nu_protocol::ast::{Call, Expr, Expression, PathMember};
use nu_protocol::{ENV_VARIABLE_ID, Type};

use super::super::outcome::{Place, Problem};
use super::{Look, has_flag};
use crate::diagnostic::Code;

/// Variables that every shell sets.
const ALWAYS_SET: &[&str] = &[
    "config",
    "PWD",
    "PATH",
    "NU_VERSION",
    "NU_LIB_DIRS",
    "LAST_EXIT_CODE",
    "CMD_DURATION_MS",
];

/// Fields that every error has which is caught.
const FIELDS_OF_ERRORS: &[&str] = &["msg", "debug", "rendered", "json", "raw", "details"];

impl Look<'_, '_> {
    /// `$config.version | default "1"`: the column is looked up before `default` is asked (NUR-15, NUR-17).
    pub(super) fn unguarded(&self, value: &Expression, command: &str) -> Option<Problem> {
        let Expr::FullCellPath(path) = &value.expr else {
            return None;
        };
        let Some(PathMember::String {
            val: name,
            span,
            optional: false,
            ..
        }) = path.tail.last()
        else {
            return None;
        };
        let Expr::Var(variable) = &path.head.expr else {
            return None;
        };
        let place = self.place(*span)?;
        let end = Place {
            start: place.end,
            ..place
        };
        if *variable == ENV_VARIABLE_ID {
            if ALWAYS_SET.contains(&name.as_str()) || self.is_looked_at(&place, name) {
                return None;
            }
            return Some(
                Problem::warning(
                    Code::NushellUnguardedEnv,
                    format!("`$env.{name}` is an error when the variable is not set, before `{command}` is asked"),
                )
                .at(place, "may not be set")
                .help(format!("write `$env.{name}?`"))
                .edit(end, "?"),
            );
        }
        // Of a record whose fields are known, the field is there.
        if matches!(&path.head.ty, Type::Record(fields) if !fields.is_empty())
            || command != "default"
        {
            return None;
        }
        let text = self.text(value.span);
        if self.errors.contains(variable) && FIELDS_OF_ERRORS.contains(&name.as_str()) {
            return None;
        }
        Some(
            Problem::warning(
                Code::NushellUnguardedField,
                format!(
                    "`{text}` is an error when there is no `{name}`, before `default` is asked"
                ),
            )
            .at(place, "may not be there")
            .help(format!("write `{text}?`"))
            .edit(end, "?"),
        )
    }

    /// Whether the code before a place sets a variable, or asks whether it is there.
    fn is_looked_at(&self, place: &Place, name: &str) -> bool {
        let before = self.before(place);
        before.contains(&format!("$env.{name} ="))
            || before.contains(&format!("$env.{name}?"))
            || [
                format!("\"{name}\" in"),
                format!("{name} in"),
                format!("'{name}' in"),
            ]
            .iter()
            .any(|asked| before.contains(&format!("{asked} $env")))
    }

    /// `parse "..." | get version.0`: an error when nothing matches (NUR-23).
    pub(super) fn unguarded_row(&self, value: &Expression, get: &Call) -> Option<Problem> {
        let Expr::Call(parse) = &value.expr else {
            return None;
        };
        let is_split = self.name(parse) == "split row";
        if self.name(parse) != "parse" && !is_split {
            return None;
        }
        if has_flag(get, "optional") {
            return None;
        }
        let path = get.positional_iter().next()?;
        let (Expr::CellPath(members), place) = (&path.expr, self.place(path.span)?) else {
            return None;
        };
        if is_split {
            // NUR-20
            let blank = parse.positional_iter().next().is_some_and(
                |separator| matches!(&separator.expr, Expr::String(text) if text == " "),
            );
            let is_later =
                matches!(members.members.as_slice(), [PathMember::Int { val, .. }] if *val > 0);
            return (blank && is_later && !has_flag(parse, "regex")).then(|| {
                Problem::warning(
                    Code::NushellSplitBlanks,
                    "columns that are aligned with blanks have several between them, and empty items come out",
                )
                .at(place, "may be an empty item")
                .help("split with: split row --regex '\\s+'")
            });
        }
        let is_row = members.members.iter().any(|member| {
            matches!(
                member,
                PathMember::Int {
                    optional: false,
                    ..
                }
            )
        });
        is_row.then(|| {
            Problem::warning(
                Code::NushellUnguardedRow,
                "`parse` gives an empty table when nothing matches, and then there is no such row",
            )
            .at(place, "may not be there")
            .help(format!(
                "write `get --optional {}`, and a value for nothing: `| default \"unknown\"`",
                self.text(path.span)
            ))
        })
    }
}
