//! Where commands are defined: the parser keeps what they are, and forgets where their names stand.

use std::collections::HashMap;

use nu_protocol::ast::{Block, Call, Expr, Expression};
use nu_protocol::engine::StateWorkingSet;
use nu_protocol::{BlockId, Span};

/// The definitions of one parse, by the block of their body.
pub(super) struct Definitions(HashMap<BlockId, Definition>);

/// A `def`.
#[derive(Clone)]
pub(super) struct Definition {
    /// Its name.
    pub(super) name: String,
    /// Where the name is written.
    pub(super) name_span: Span,
    /// From the name to the body: parameters and types.
    pub(super) head: Span,
    /// Whether it keeps changes of the environment (`--env`).
    pub(super) keeps_env: bool,
}

impl Definitions {
    pub(super) fn of(set: &StateWorkingSet<'_>) -> Self {
        let mut all = HashMap::new();
        for block in new_blocks(set) {
            for element in block
                .pipelines
                .iter()
                .flat_map(|pipeline| &pipeline.elements)
            {
                add(set, &element.expr, &mut all);
            }
        }
        Self(all)
    }

    pub(super) fn get(&self, body: BlockId) -> Option<&Definition> {
        self.0.get(&body)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (BlockId, &Definition)> {
        self.0.iter().map(|(id, definition)| (*id, definition))
    }
}

/// Returns the blocks that this parse has made.
pub(super) fn new_blocks<'a>(set: &'a StateWorkingSet<'_>) -> impl Iterator<Item = &'a Block> {
    set.delta.blocks.iter().map(AsRef::as_ref)
}

fn add(set: &StateWorkingSet<'_>, expression: &Expression, all: &mut HashMap<BlockId, Definition>) {
    match &expression.expr {
        Expr::AttributeBlock(block) => add(set, &block.item, all),
        Expr::Call(call) => {
            let command = set.get_decl(call.decl_id).name();
            if matches!(command, "def" | "export def")
                && let Some((body, definition)) = definition(set, call)
            {
                all.insert(body, definition);
            }
        }
        _ => {}
    }
}

fn definition(set: &StateWorkingSet<'_>, call: &Call) -> Option<(BlockId, Definition)> {
    let name = call.positional_iter().next()?;
    let body = call.positional_iter().nth(2)?;
    let id = match &body.expr {
        Expr::Closure(id) | Expr::Block(id) => *id,
        _ => return None,
    };
    let written = match &name.expr {
        Expr::String(text) | Expr::RawString(text) => text.clone(),
        _ => String::from_utf8_lossy(set.get_span_contents(name.span)).into_owned(),
    };
    Some((
        id,
        Definition {
            name: written,
            name_span: name.span,
            head: Span::new(name.span.end, body.span.start.max(name.span.end)),
            keeps_env: call.get_named_arg("env").is_some(),
        },
    ))
}
