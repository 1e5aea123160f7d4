//! Everything that files define, exported or not: what a module does not offer may still be meant for somebody, as tests
//! are for whoever runs them.

use std::collections::BTreeMap;

use nu_protocol::ast::Expr;
use nu_protocol::engine::CommandType;
use nu_protocol::{DeclId, PositionalArg, Span};

use super::definitions::new_blocks;
use super::outcome::{Defined, Place};
use super::parse::Found;
use super::walk;

/// Returns the commands that are defined in the files, by file and place.
pub(super) fn all(found: &Found<'_, '_>) -> Vec<Defined> {
    let set = found.set;
    let mut all: BTreeMap<Place, Defined> = BTreeMap::new();
    let is_body = |span: &Span| set.get_span_contents(*span).starts_with(b"{");
    let is_file = |span: &Span| set.files().any(|file| file.covered_span == *span);
    let mut bodies: Vec<Span> = new_blocks(set)
        .filter_map(|block| block.span)
        .filter(|span| !is_file(span))
        .collect();
    for block in new_blocks(set) {
        walk::expressions(block, &mut |expression| {
            if let Expr::Call(call) = &expression.expr
                && matches!(
                    set.get_decl(call.decl_id).name(),
                    "module" | "export module"
                )
            {
                bodies.extend(call.positional_iter().map(|argument| argument.span));
            }
        });
    }
    bodies.retain(is_body);
    for id in set.permanent_state.num_decls()..set.num_decls() {
        let declared = set.get_decl(DeclId::new(id));
        let Some(definition) = declared
            .block_id()
            .and_then(|body| found.definitions.get(body))
        else {
            continue;
        };
        let Some(place) = found.texts.place(definition.name_span) else {
            continue;
        };
        // What is defined inside of something else is nobody else's.
        if bodies
            .iter()
            .any(|body| body.contains_span(definition.name_span))
        {
            continue;
        }
        let signature = declared.signature();
        let name = |argument: &PositionalArg| argument.name.clone();
        let attributes = declared.attributes().into_iter();
        all.insert(
            place,
            Defined {
                name: definition.name.clone(),
                place,
                attributes: attributes.map(|(name, _)| name).collect(),
                is_exported: definition.is_exported,
                required: signature.required_positional.iter().map(name).collect(),
            },
        );
    }
    all.into_values().collect()
}

/// Whether something calls a command of a plugin, here or in what is imported.
pub(super) fn calls_plugins(found: &Found<'_, '_>) -> bool {
    let mut calls = false;
    for block in new_blocks(found.set) {
        walk::expressions(block, &mut |expression| {
            if let Expr::Call(call) = &expression.expr {
                let kind = found.set.get_decl(call.decl_id).command_type();
                calls |= kind == CommandType::Plugin;
            }
        });
    }
    calls
}
