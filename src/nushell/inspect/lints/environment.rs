//! Variables of the environment that are set.

use nu_protocol::ast::{Assignment, Block, Call, Expr, Expression, ListItem, Operator, PathMember};
use nu_protocol::{ENV_VARIABLE_ID, Span};

use super::super::outcome::Problem;
use super::super::walk;
use super::{Look, head_of};
use crate::diagnostic::Code;

impl Look<'_, '_> {
    /// `with-env [NAME value] { ... }` (NUR-21).
    pub(super) fn list_of_variables(&self, call: &Call) -> Option<Problem> {
        let argument = call.positional_iter().next()?;
        let inner = match &argument.expr {
            Expr::FullCellPath(path) => &path.head,
            _ => argument,
        };
        let Expr::List(items) = &inner.expr else {
            return None;
        };
        let place = self.place(argument.span)?;
        let texts: Vec<String> = items
            .iter()
            .map(|item| self.text(item.expr().span))
            .collect();
        let problem = Problem::error(
            Code::NushellEnvList,
            "`with-env` takes a record, and this is a list",
        )
        .at(place, "a list");
        let (pairs, rest) = texts.as_chunks::<2>();
        let is_plain = |item: &ListItem| match item {
            ListItem::Item(item) => !matches!(
                head_of(item),
                Expr::List(_) | Expr::Table(_) | Expr::Record(_) | Expr::Closure(_)
            ),
            ListItem::Spread(..) => false,
        };
        if pairs.is_empty() || !rest.is_empty() || !items.iter().all(is_plain) {
            return Some(problem.help("write a record, such as `{NAME: value}`"));
        }
        let fields: Vec<String> = pairs
            .iter()
            .map(|[name, value]| format!("{name}: {value}"))
            .collect();
        let record = format!("{{{}}}", fields.join(", "));
        Some(
            problem
                .help(format!("write `{record}`"))
                .edit(place, record),
        )
    }

    /// `$env.X = ...` at the end of a plain `def`: nobody sees it (NUR-16).
    pub(super) fn lost_environment(&self, block: &Block) -> Option<Problem> {
        let (assignment, at) =
            block
                .pipelines
                .iter()
                .enumerate()
                .rev()
                .find_map(|(at, pipeline)| match pipeline.elements.as_slice() {
                    [element] => self.assigned_variable(&element.expr).map(|name| (name, at)),
                    _ => None,
                })?;
        // What runs afterwards may need it.
        let rest = block.pipelines.get(at + 1..)?;
        let mut is_used = false;
        for pipeline in rest {
            walk::in_pipeline(pipeline, &mut |expression| {
                is_used |= match &expression.expr {
                    Expr::Call(_)
                    | Expr::ExternalCall(..)
                    | Expr::Closure(_)
                    | Expr::Block(_)
                    | Expr::Subexpression(_) => true,
                    Expr::FullCellPath(path) => {
                        matches!(&path.head.expr, Expr::Var(id) if *id == ENV_VARIABLE_ID)
                    }
                    _ => false,
                };
            });
        }
        if is_used {
            return None;
        }
        let (name, span) = assignment;
        Some(
            Problem::warning(
                Code::NushellEnvLost,
                format!("`$env.{name}` is set, and forgotten when the command ends"),
            )
            .at(self.place(span)?, "nobody reads it")
            .help("write `def --env`, so that the caller sees it"),
        )
    }

    fn assigned_variable(&self, expression: &Expression) -> Option<(String, Span)> {
        let Expr::BinaryOp(left, operator, _) = &expression.expr else {
            return None;
        };
        if !matches!(
            operator.expr,
            Expr::Operator(Operator::Assignment(Assignment::Assign))
        ) {
            return None;
        }
        let Expr::FullCellPath(path) = &left.expr else {
            return None;
        };
        match (&path.head.expr, path.tail.as_slice()) {
            (Expr::Var(id), [PathMember::String { val, .. }]) if *id == ENV_VARIABLE_ID => {
                Some((val.clone(), left.span))
            }
            _ => None,
        }
    }
}
