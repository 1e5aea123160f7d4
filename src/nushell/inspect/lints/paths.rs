//! Paths of columns.

use nu_protocol::ast::{Call, CellPath, Expr, PathMember};

use super::super::outcome::Problem;
use super::Look;
use crate::diagnostic::Code;

impl Look<'_, '_> {
    /// `get "auth.api_key"`: one column of that name, and no path (NUR-01).
    ///
    /// A name in quotes within a longer path, and one that the code gives to a column itself, is meant as it is.
    pub(super) fn quoted_paths(&self, call: &Call) -> Vec<Problem> {
        let paths = call
            .positional_iter()
            .filter_map(|argument| match &argument.expr {
                Expr::CellPath(path) => Some(path),
                _ => None,
            });
        paths.filter_map(|path| self.quoted_path(path)).collect()
    }

    fn quoted_path(&self, path: &CellPath) -> Option<Problem> {
        let [PathMember::String { val, span, .. }] = path.members.as_slice() else {
            return None;
        };
        let written = self.text(*span);
        let inner = written.trim_matches(['"', '\'', '`']);
        let is_letter = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        let is_path = inner.len() < written.len()
            && inner == val
            && inner.contains('.')
            && inner.split('.').all(|part| {
                part.starts_with(|c: char| is_letter(c)) && part.chars().all(is_letter)
            });
        if !is_path || self.columns.contains(val) {
            return None;
        }
        Some(
            Problem::warning(
                Code::NushellQuotedPath,
                format!("`{written}` is the name of one column, and no path"),
            )
            .at(self.place(*span)?, "one name, with a dot in it")
            .help(format!("write `{inner}`")),
        )
    }

    /// Takes down the names that a command gives to columns.
    pub(super) fn learn_columns(&mut self, call: &Call) {
        let names = call
            .positional_iter()
            .flat_map(|argument| match &argument.expr {
                Expr::CellPath(path) => path.members.iter().filter_map(name).collect(),
                _ => argument.as_string().into_iter().collect::<Vec<_>>(),
            });
        self.columns.extend(names);
    }
}

fn name(member: &PathMember) -> Option<String> {
    match member {
        PathMember::String { val, .. } => Some(val.clone()),
        PathMember::Int { .. } => None,
    }
}
