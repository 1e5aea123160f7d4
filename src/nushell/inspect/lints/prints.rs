//! What goes to standard output beside the data that a command returns.

use nu_protocol::ast::{Block, Expr, Expression};
use nu_protocol::{BlockId, VarId};

use super::super::outcome::Problem;
use super::super::walk;
use super::{Look, has_flag};
use crate::diagnostic::Code;

impl Look<'_, '_> {
    /// `print` in a command that returns data: both go to the same place (NUR-25). What a
    /// switch of the command asks for is meant, and a command that is defined inside is
    /// looked at on its own.
    pub(super) fn prints(
        &self,
        block: &Block,
        switches: &[VarId],
        depth: usize,
        all: &mut Vec<Problem>,
    ) {
        const MAX_DEPTH: usize = 32;
        if depth > MAX_DEPTH {
            return;
        }
        let mut inner: Vec<BlockId> = Vec::new();
        let mut meant: Vec<BlockId> = Vec::new();
        walk::expressions(block, &mut |expression| match &expression.expr {
            Expr::Call(call) if matches!(self.name(call), "def" | "export def") => {
                meant.extend(call.positional_iter().filter_map(block_of));
            }
            Expr::Call(call) if self.name(call) == "if" => {
                let mut parts = call.positional_iter();
                if parts.next().is_some_and(|asked| mentions(asked, switches)) {
                    meant.extend(parts.filter_map(block_of));
                }
            }
            Expr::Call(call) if self.name(call) == "print" && !has_flag(call, "stderr") => {
                all.extend(self.place(call.head).map(|place| {
                    Problem::warning(
                        Code::NushellPrints,
                        "what is printed mixes with the data that the command returns",
                    )
                    .at(place, "goes to standard output")
                    .help("write `print --stderr`, or `log info` of `std/log`")
                }));
            }
            Expr::Block(id) | Expr::Closure(id) | Expr::Subexpression(id) => inner.push(*id),
            _ => {}
        });
        for id in inner.into_iter().filter(|id| !meant.contains(id)) {
            self.prints(self.found.set.get_block(id), switches, depth + 1, all);
        }
    }
}

/// Returns the variables of a command's switches.
pub(super) fn switches(body: &Block) -> Vec<VarId> {
    let flags = body.signature.named.iter();
    let switches = flags.filter(|flag| flag.arg.is_none());
    switches.filter_map(|flag| flag.var_id).collect()
}

/// Whether what is asked, or a part of it, is one of the variables.
fn mentions(asked: &Expression, variables: &[VarId]) -> bool {
    match &asked.expr {
        Expr::Var(id) => variables.contains(id),
        Expr::FullCellPath(path) => mentions(&path.head, variables),
        Expr::UnaryNot(inner) | Expr::Collect(_, inner) => mentions(inner, variables),
        Expr::BinaryOp(left, _, right) => mentions(left, variables) || mentions(right, variables),
        _ => false,
    }
}

fn block_of(expression: &Expression) -> Option<BlockId> {
    match &expression.expr {
        Expr::Block(id) | Expr::Closure(id) => Some(*id),
        _ => None,
    }
}
