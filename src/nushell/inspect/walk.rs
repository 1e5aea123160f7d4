//! Going through what the parser has made of a text.

use nu_protocol::ast::{
    Argument, Block, Expr, Expression, ExternalArgument, ListItem, Pipeline, RecordItem,
};

/// Visits every expression of a block, without the bodies of further blocks in it: those are visited by themselves.
pub(super) fn expressions<'a>(block: &'a Block, visit: &mut dyn FnMut(&'a Expression)) {
    for pipeline in &block.pipelines {
        in_pipeline(pipeline, visit);
    }
}

/// Visits every expression of a pipeline, as [`expressions`] does.
pub(super) fn in_pipeline<'a>(pipeline: &'a Pipeline, visit: &mut dyn FnMut(&'a Expression)) {
    for element in &pipeline.elements {
        in_expression(&element.expr, visit);
    }
}

fn in_expression<'a>(expression: &'a Expression, visit: &mut dyn FnMut(&'a Expression)) {
    visit(expression);
    let mut each = |expression: &'a Expression| in_expression(expression, visit);
    match &expression.expr {
        Expr::AttributeBlock(block) => {
            for attribute in &block.attributes {
                each(&attribute.expr);
            }
            each(&block.item);
        }
        Expr::Call(call) => {
            for argument in &call.arguments {
                match argument {
                    Argument::Positional(value)
                    | Argument::Unknown(value)
                    | Argument::Spread(value) => each(value),
                    Argument::Named((_, _, value)) => {
                        if let Some(value) = value {
                            each(value);
                        }
                    }
                }
            }
        }
        Expr::ExternalCall(head, arguments) => {
            each(head);
            for argument in arguments {
                match argument {
                    ExternalArgument::Regular(value) | ExternalArgument::Spread(value) => {
                        each(value);
                    }
                }
            }
        }
        Expr::UnaryNot(inner) | Expr::Collect(_, inner) => each(inner),
        Expr::BinaryOp(left, operator, right) => {
            each(left);
            each(operator);
            each(right);
        }
        Expr::MatchBlock(arms) => {
            for (pattern, value) in arms {
                if let Some(guard) = &pattern.guard {
                    each(guard);
                }
                each(value);
            }
        }
        Expr::List(items) => {
            for item in items {
                match item {
                    ListItem::Item(value) | ListItem::Spread(_, value) => each(value),
                }
            }
        }
        Expr::Table(table) => {
            for value in table.columns.iter().chain(table.rows.iter().flatten()) {
                each(value);
            }
        }
        Expr::Record(items) => {
            for item in items {
                match item {
                    RecordItem::Pair(key, value) => {
                        each(key);
                        each(value);
                    }
                    RecordItem::Spread(_, value) => each(value),
                }
            }
        }
        Expr::Keyword(keyword) => each(&keyword.expr),
        Expr::FullCellPath(path) => each(&path.head),
        Expr::StringInterpolation(parts) | Expr::GlobInterpolation(parts, _) => {
            for part in parts {
                each(part);
            }
        }
        Expr::Range(range) => {
            for value in [&range.from, &range.next, &range.to].into_iter().flatten() {
                each(value);
            }
        }
        _ => {}
    }
}
