//! Paths of columns.

use nu_protocol::ast::{Call, Expr, PathMember};

use super::super::outcome::Problem;
use super::Look;
use crate::diagnostic::Code;

impl Look<'_, '_> {
    /// `get "auth.api_key"`: one column of that name, and no path (NUR-01).
    pub(super) fn quoted_paths(&self, call: &Call) -> Vec<Problem> {
        let mut found = Vec::new();
        for argument in call.positional_iter() {
            let Expr::CellPath(path) = &argument.expr else {
                continue;
            };
            for member in &path.members {
                let PathMember::String { val, span, .. } = member else {
                    continue;
                };
                let written = self.text(*span);
                let inner = written.trim_matches(['"', '\'', '`']);
                let is_path = inner.contains('.')
                    && inner.len() < written.len()
                    && inner == val
                    && inner.split('.').all(|part| {
                        !part.is_empty()
                            && part
                                .chars()
                                .all(|c| c.is_alphanumeric() || c == '_' || c == '-')
                    });
                if let (true, Some(place)) = (is_path, self.place(*span)) {
                    found.push(
                        Problem::warning(
                            Code::NushellQuotedPath,
                            format!("`{written}` is the name of one column, and no path"),
                        )
                        .at(place, "one name, with a dot in it")
                        .help(format!("write `{inner}`")),
                    );
                }
            }
        }
        found
    }
}
