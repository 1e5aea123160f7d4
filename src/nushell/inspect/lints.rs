//! Code that parses and does not do what it says (NUR).

mod absent;
mod environment;
mod paths;
mod prints;

use std::collections::BTreeSet;

use nu_protocol::ast::{
    Argument, Call, Expr, Expression, ExternalArgument, PipelineElement, RecordItem,
};
use nu_protocol::engine::StateWorkingSet;
use nu_protocol::{BlockId, Span, Type, VarId};

use super::definitions::new_blocks;
use super::outcome::{Place, Problem};
use super::parse::Found;
use super::texts::Files;
use super::walk;
use crate::diagnostic::Code;

/// How far is looked back for what makes code right, in bytes.
const MAX_LOOK: usize = 4096;

/// Returns what is found in the files that may be shown.
pub(super) fn of(found: &Found<'_, '_>, files: &Files) -> Vec<Problem> {
    let mut all = Vec::new();
    let look = Look::new(found, files);
    let caught = look.caught_blocks();
    for block in new_blocks(found.set) {
        let is_caught = block
            .span
            .is_some_and(|span| caught.iter().any(|c| c.contains_span(span)));
        for pipeline in &block.pipelines {
            look.pipeline(&pipeline.elements, is_caught, &mut all);
        }
        walk::expressions(block, &mut |expression| {
            look.expression(expression, &mut all)
        });
    }
    for (body, definition) in found.definitions.iter() {
        let block = found.set.get_block(body);
        if !definition.keeps_env {
            all.extend(look.lost_environment(block));
        }
        if returns_value(found.set, body) {
            look.prints(block, &prints::switches(block), 0, &mut all);
        }
    }
    all
}

/// Whether a command says that it returns something.
fn returns_value(set: &StateWorkingSet<'_>, body: BlockId) -> bool {
    let signature = &set.get_block(body).signature;
    signature
        .input_output_types
        .iter()
        .any(|(_, output)| !matches!(output, Type::Nothing | Type::Any))
}

pub(super) struct Look<'a, 'b> {
    pub(super) found: &'a Found<'a, 'b>,
    pub(super) files: &'a Files,
    /// The variables that errors are caught in.
    errors: BTreeSet<VarId>,
    /// The names of columns that the code makes.
    columns: BTreeSet<String>,
    /// Where files are looked for or removed.
    looks_at_files: BTreeSet<Place>,
}

impl<'a, 'b> Look<'a, 'b> {
    fn new(found: &'a Found<'a, 'b>, files: &'a Files) -> Self {
        let mut look = Self {
            found,
            files,
            errors: BTreeSet::new(),
            columns: BTreeSet::new(),
            looks_at_files: BTreeSet::new(),
        };
        for block in new_blocks(found.set) {
            walk::expressions(block, &mut |expression| look.learn(expression));
        }
        look
    }

    /// Takes down what tells of other code that it is right.
    fn learn(&mut self, expression: &Expression) {
        match &expression.expr {
            Expr::Call(call) => match self.name(call) {
                "try" => self.errors.extend(caught(call, self.found.set)),
                "insert" | "upsert" | "rename" => self.learn_columns(call),
                "path exists" | "path type" | "rm" => {
                    self.looks_at_files.extend(self.place(call.head));
                }
                _ => {}
            },
            Expr::Record(items) => {
                let keys = items.iter().filter_map(|item| match item {
                    RecordItem::Pair(key, _) => key.as_string(),
                    RecordItem::Spread(..) => None,
                });
                self.columns.extend(keys);
            }
            Expr::Table(table) => {
                let names = table.columns.iter().filter_map(Expression::as_string);
                self.columns.extend(names);
            }
            _ => {}
        }
    }
    pub(super) fn place(&self, span: Span) -> Option<Place> {
        let is_run = !self.found.definitions.is_example(span);
        is_run.then(|| self.found.texts.place(span)).flatten()
    }

    fn name(&self, call: &Call) -> &'a str {
        self.found.set.get_decl(call.decl_id).name()
    }

    pub(super) fn text(&self, span: Span) -> String {
        String::from_utf8_lossy(self.found.set.get_span_contents(span)).into_owned()
    }

    /// Returns where an error is expected: the code of `try` and of `do --ignore-errors`.
    fn caught_blocks(&self) -> Vec<Span> {
        let mut all = Vec::new();
        for block in new_blocks(self.found.set) {
            walk::expressions(block, &mut |expression| {
                let Expr::Call(call) = &expression.expr else {
                    return;
                };
                let catches = match self.name(call) {
                    "try" => true,
                    "do" => has_flag(call, "ignore-errors"),
                    _ => false,
                };
                if let (true, Some(code)) = (catches, call.positional_iter().next()) {
                    all.push(code.span);
                }
            });
        }
        all
    }

    /// Looks at one element and the one it is piped into.
    fn pipeline(&self, elements: &[PipelineElement], is_caught: bool, all: &mut Vec<Problem>) {
        for pair in elements.windows(2) {
            let [first, second] = pair else { continue };
            if let Expr::Call(call) = &second.expr.expr {
                let name = self.name(call);
                if matches!(name, "default" | "is-empty" | "is-not-empty") {
                    all.extend(self.unguarded(&first.expr, name));
                }
                if name == "get" {
                    let is_literal = elements.first().is_some_and(|first| {
                        matches!(
                            head_of(&first.expr),
                            Expr::String(_) | Expr::StringInterpolation(_)
                        )
                    });
                    if !is_literal {
                        all.extend(self.unguarded_row(&first.expr, call));
                    }
                }
            }
            if !is_caught {
                all.extend(self.lost_status(&first.expr, &second.expr));
            }
        }
    }

    fn expression(&self, expression: &Expression, all: &mut Vec<Problem>) {
        let call = match &expression.expr {
            Expr::Call(call) => call,
            Expr::ExternalCall(_, arguments) => {
                all.extend(self.operators_of_program(arguments));
                return;
            }
            _ => return,
        };
        all.extend(self.operators_of_command(call));
        match self.name(call) {
            "get" | "select" | "reject" | "update" => all.extend(self.quoted_paths(call)),
            "with-env" => all.extend(self.list_of_variables(call)),
            "save" => all.extend(self.save_once(call)),
            name @ ("overlay use" | "plugin use") => {
                all.extend(self.place(expression.span).map(|place| {
                    Problem::warning(
                        Code::SecurityChangesShell,
                        format!("`{name}` changes the shell of whoever uses the extension"),
                    )
                    .at(place, "not for a module")
                    .help("write `use` for a module; a plugin is added by its user")
                }));
            }
            _ => {}
        }
    }

    /// Returns the code before a place in its file: the nearest, when it is much.
    fn before(&self, place: &Place) -> String {
        let whole = self.files.whole(place.file);
        let from = whole.floor_char_boundary(place.start.saturating_sub(MAX_LOOK));
        whole.get(from..place.start).unwrap_or_default().to_owned()
    }

    /// `systemctl is-active x | str trim`: its exit status ends the pipeline (NUR-14).
    fn lost_status(&self, value: &Expression, next: &Expression) -> Option<Problem> {
        let Expr::ExternalCall(head, arguments) = &value.expr else {
            return None;
        };
        if let Expr::Call(call) = &next.expr
            && self.name(call) == "complete"
        {
            return None;
        }
        let word = self.text(head.span);
        let Some(ExternalArgument::Regular(question)) = arguments.first() else {
            return None;
        };
        let question = self.text(question.span);
        let asks = word.trim_start_matches('^') == "systemctl"
            && matches!(
                question.as_str(),
                "is-active" | "is-enabled" | "is-failed" | "status"
            );
        asks.then_some(())?;
        Some(
            Problem::warning(
                Code::NushellExitStatus,
                format!(
                    "`systemctl {question}` answers with its exit status, which ends the pipeline"
                ),
            )
            .at(self.place(value.span)?, "an error when the answer is no")
            .help(format!(
                "write `^systemctl {question} ... | complete | get stdout | str trim`"
            )),
        )
    }

    /// `save /etc/x.conf`: an error the second time (NUR-19).
    fn save_once(&self, call: &Call) -> Option<Problem> {
        if ["force", "append"].iter().any(|flag| has_flag(call, flag)) {
            return None;
        }
        let path = call.positional_iter().next()?;
        let text = self.text(path.span);
        let is_fixed = text.trim_matches(['"', '\'', '`']).starts_with('/');
        is_fixed.then_some(())?;
        let place = self.place(call.head)?;
        let near = Place {
            start: place.start.saturating_sub(MAX_LOOK),
            end: 0,
            ..place
        };
        let is_seen_to = self.looks_at_files.range(near..place).next().is_some();
        if is_seen_to {
            return None;
        }
        Some(
            Problem::warning(
                Code::NushellSaveOnce,
                "`save` refuses to write a file that is there already, so the second run fails",
            )
            .at(place, "without --force")
            .help("write `save --force`"),
        )
    }
}

/// Returns the variable of `catch {|error| ... }`.
fn caught(call: &Call, set: &StateWorkingSet<'_>) -> Option<VarId> {
    let handlers = call.positional_iter().filter_map(|part| match &part.expr {
        Expr::Keyword(keyword) if &*keyword.keyword == b"catch" => Some(&keyword.expr),
        _ => None,
    });
    let closures = handlers.filter_map(|handler| match &handler.expr {
        Expr::Closure(id) | Expr::Block(id) => Some(*id),
        _ => None,
    });
    let mut parameters = closures.flat_map(|id| {
        let signature = &set.get_block(id).signature;
        signature
            .required_positional
            .iter()
            .chain(&signature.optional_positional)
    });
    parameters.next()?.var_id
}

fn has_flag(call: &Call, name: &str) -> bool {
    call.arguments.iter().any(|argument| match argument {
        Argument::Named((flag, _, _)) => flag.item == name,
        _ => false,
    })
}

/// Returns what a path of cells begins with, or the expression itself.
fn head_of(expression: &Expression) -> &Expr {
    match &expression.expr {
        Expr::FullCellPath(path) => &path.head.expr,
        other => other,
    }
}
