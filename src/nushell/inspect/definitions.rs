//! Where commands are defined: the parser keeps what they are, and forgets where their names stand.

use std::cmp::Reverse;
use std::collections::HashMap;

use nu_protocol::ast::{Block, Call, Expr, Expression};
use nu_protocol::engine::StateWorkingSet;
use nu_protocol::{BlockId, Span};

use super::outcome::Place;
use super::texts::{Files, Texts};

/// The definitions of one parse.
pub(super) struct Definitions {
    /// By the block of their body.
    all: HashMap<BlockId, Definition>,
    /// Closures that are handed to attributes, such as `@example`.
    shown: Vec<Span>,
}

/// A `def`.
#[derive(Clone)]
pub(super) struct Definition {
    /// Its name.
    pub(super) name: String,
    /// Where the name is written.
    pub(super) name_span: Span,
    /// From the name to the body: parameters and types.
    pub(super) head: Span,
    /// Whether it is written as `export def`.
    pub(super) is_exported: bool,
    /// Whether it keeps changes of the environment (`--env`).
    pub(super) keeps_env: bool,
}

impl Definitions {
    pub(super) fn of(set: &StateWorkingSet<'_>, texts: &Texts, files: &Files) -> Self {
        let mut all = Self {
            all: HashMap::new(),
            shown: Vec::new(),
        };
        for block in new_blocks(set) {
            // The parser does not keep all attributes; their closures it does.
            if let Some(span) = block.span
                && texts
                    .place(span)
                    .is_some_and(|place| is_of_attribute(place, files))
            {
                all.shown.push(span);
            }
            for element in block
                .pipelines
                .iter()
                .flat_map(|pipeline| &pipeline.elements)
            {
                all.add(set, &element.expr);
            }
        }
        // The outermost ones, in their order.
        all.shown
            .sort_by_key(|span| (span.start, Reverse(span.end)));
        all.shown.dedup_by(|next, last| next.end <= last.end);
        all
    }

    /// Whether something only shows how others call a command.
    pub(super) fn is_example(&self, span: Span) -> bool {
        let after = self
            .shown
            .partition_point(|shown| shown.start <= span.start);
        let shown = after.checked_sub(1).and_then(|at| self.shown.get(at));
        shown.is_some_and(|shown| span.end <= shown.end)
    }

    fn add(&mut self, set: &StateWorkingSet<'_>, expression: &Expression) {
        match &expression.expr {
            Expr::AttributeBlock(block) => self.add(set, &block.item),
            Expr::Call(call) => {
                let command = set.get_decl(call.decl_id).name();
                if matches!(command, "def" | "export def")
                    && let Some((body, definition)) = definition(set, call, command == "export def")
                {
                    self.all.insert(body, definition);
                }
            }
            _ => {}
        }
    }

    pub(super) fn get(&self, body: BlockId) -> Option<&Definition> {
        self.all.get(&body)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (BlockId, &Definition)> {
        self.all.iter().map(|(id, definition)| (*id, definition))
    }
}

/// Whether the line in which a block begins is an attribute.
fn is_of_attribute(block: Place, files: &Files) -> bool {
    // Far behind the beginning of its line, it is none.
    const MAX_LOOK: usize = 1 << 12;
    let whole = files.whole(block.file);
    let from = whole.floor_char_boundary(block.start.saturating_sub(MAX_LOOK));
    let before = whole.get(from..block.start).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    line.trim_start().starts_with('@')
}

/// Returns the blocks that this parse has made.
pub(super) fn new_blocks<'a>(set: &'a StateWorkingSet<'_>) -> impl Iterator<Item = &'a Block> {
    set.delta.blocks.iter().map(AsRef::as_ref)
}

fn definition(
    set: &StateWorkingSet<'_>,
    call: &Call,
    is_exported: bool,
) -> Option<(BlockId, Definition)> {
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
            is_exported,
            keeps_env: call.get_named_arg("env").is_some(),
        },
    ))
}
