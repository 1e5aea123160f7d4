//! Code that parses and does not do what it says (NUR).

mod prints;

use nu_protocol::ast::{
    Argument, Assignment, Block, Call, Expr, Expression, ExternalArgument, ListItem, Operator,
    PathMember, PipelineElement,
};
use nu_protocol::engine::StateWorkingSet;
use nu_protocol::{BlockId, ENV_VARIABLE_ID, Span, Type};

use super::definitions::new_blocks;
use super::outcome::{Place, Problem};
use super::parse::Found;
use super::texts::Files;
use super::walk;
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

/// Returns what is found in the files that may be shown.
pub(super) fn of(found: &Found<'_, '_>, files: &Files) -> Vec<Problem> {
    let mut all = Vec::new();
    let look = Look { found, files };
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

struct Look<'a, 'b> {
    found: &'a Found<'a, 'b>,
    files: &'a Files,
}

impl<'a> Look<'a, '_> {
    fn place(&self, span: Span) -> Option<Place> {
        let is_run = !self.found.definitions.is_example(span);
        is_run.then(|| self.found.texts.place(span)).flatten()
    }

    fn name(&self, call: &Call) -> &'a str {
        self.found.set.get_decl(call.decl_id).name()
    }

    fn text(&self, span: Span) -> String {
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
        let Expr::Call(call) = &expression.expr else {
            return;
        };
        match self.name(call) {
            "get" | "select" | "reject" | "update" | "upsert" | "insert" => {
                all.extend(self.quoted_paths(call));
            }
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

    /// `$config.version | default "1"`: the column is looked up before `default` is asked (NUR-15, NUR-17).
    fn unguarded(&self, value: &Expression, command: &str) -> Option<Problem> {
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
        let is_caught = ["$e.", "$err.", "$error."]
            .iter()
            .any(|head| text.starts_with(head));
        if is_caught && matches!(name.as_str(), "msg" | "debug" | "rendered" | "json" | "raw") {
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
            || before.contains(&format!("$env.{name}? "))
            || [
                format!("\"{name}\" in"),
                format!("{name} in"),
                format!("'{name}' in"),
            ]
            .iter()
            .any(|asked| before.contains(&format!("{asked} $env")))
    }

    /// Returns the code before a place in its file: the nearest, when it is much.
    fn before(&self, place: &Place) -> String {
        const MAX: usize = 4096;
        let whole = self.files.whole(place.file);
        let from = whole.floor_char_boundary(place.start.saturating_sub(MAX));
        whole.get(from..place.start).unwrap_or_default().to_owned()
    }

    /// `parse "..." | get version.0`: an error when nothing matches (NUR-23).
    fn unguarded_row(&self, value: &Expression, get: &Call) -> Option<Problem> {
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

    /// `get "auth.api_key"`: one column of that name, and no path (NUR-01).
    fn quoted_paths(&self, call: &Call) -> Vec<Problem> {
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

    /// `with-env [NAME value] { ... }` (NUR-21).
    fn list_of_variables(&self, call: &Call) -> Option<Problem> {
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
        let before = self.before(&place);
        let is_seen_to = ["path exists", "rm ", "path type"]
            .iter()
            .any(|word| before.contains(word));
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

    /// `$env.X = ...` at the end of a plain `def`: nobody sees it (NUR-16).
    fn lost_environment(&self, block: &Block) -> Option<Problem> {
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
