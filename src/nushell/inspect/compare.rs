//! Whether a command can be called as it will be: parameters are contravariant, outputs covariant.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use nu_protocol::engine::{CommandType, EngineState, StateWorkingSet};
use nu_protocol::{CompareTypes as _, DeclId, Module as Parsed, Signature, Span, Type, VarId};

use super::definitions::{Definition, Definitions};
use super::outcome::{CommandKind, Mismatch, MismatchKind};
use super::request::{Wanted, WantedParameter};
use super::texts::Texts;

/// Compares what a module exports with what is wanted of it.
pub(super) fn mismatches(
    set: &StateWorkingSet<'_>,
    module: &Parsed,
    wanted: &[Wanted],
    definitions: &Definitions,
    texts: &Texts,
) -> Vec<Mismatch> {
    let mut all = Vec::new();
    for wanted in wanted {
        let types = Types::of(set.permanent(), wanted);
        let Some(id) = exported(set, module, &wanted.name) else {
            all.push(Mismatch {
                command: wanted.name.clone(),
                kind: MismatchKind::Missing,
                place: None,
            });
            continue;
        };
        let declared = set.get_decl(id);
        let definition = declared.block_id().and_then(|body| definitions.get(body));
        let comparison = Comparison {
            set,
            texts,
            wanted,
            definition,
        };
        let kind = match declared.command_type() {
            CommandType::Alias => Some(CommandKind::Alias),
            CommandType::External => Some(CommandKind::External),
            _ => None,
        };
        match kind {
            Some(kind) => all.push(
                comparison.mismatch(MismatchKind::NotADefinition(kind), declared.decl_span()),
            ),
            None => comparison.compare(&declared.signature(), &types, &mut all),
        }
    }
    all
}

/// Returns the command that `use module *` brings in under a name: one of the module, or what
/// a module in it exports as its `main`.
fn exported(set: &StateWorkingSet<'_>, module: &Parsed, name: &str) -> Option<DeclId> {
    let own = module.decls.get(name.as_bytes()).copied();
    own.or_else(|| {
        set.get_module(*module.submodules.get(name.as_bytes())?)
            .main
    })
}

/// The types of a wanted command.
struct Types {
    parameters: Vec<Type>,
    flags: Vec<Option<Type>>,
    output: Type,
}

impl Types {
    fn of(engine: &EngineState, wanted: &Wanted) -> Self {
        Self {
            parameters: wanted
                .parameters
                .iter()
                .map(|parameter| read(engine, &parameter.kind))
                .collect(),
            flags: wanted
                .flags
                .iter()
                .map(|flag| flag.kind.as_ref().map(|kind| read(engine, kind)))
                .collect(),
            output: read(engine, &wanted.output),
        }
    }
}

/// Reads a type as it is written in a signature. What is no type is taken for any.
///
/// There are few, and each is asked for again with every extension.
fn read(engine: &EngineState, text: &str) -> Type {
    static KNOWN: LazyLock<Mutex<HashMap<String, Type>>> = LazyLock::new(Mutex::default);
    const MAX_KNOWN: usize = 256;
    if let Some(known) = lock(&KNOWN).get(text) {
        return known.clone();
    }
    let read = parsed(engine, text);
    let mut known = lock(&KNOWN);
    if known.len() < MAX_KNOWN {
        known.insert(text.to_owned(), read.clone());
    }
    read
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn parsed(engine: &EngineState, text: &str) -> Type {
    let mut set = StateWorkingSet::new(engine);
    let definition = format!("def __type []: nothing -> {text} {{}}");
    nu_parser::parse(&mut set, Some("<type>"), definition.as_bytes(), false);
    set.find_decl(b"__type")
        .and_then(|id| {
            let types = set.get_decl(id).signature().input_output_types;
            types.into_iter().next().map(|(_, output)| output)
        })
        .unwrap_or(Type::Any)
}

/// One wanted command and the one there is.
struct Comparison<'a, 'b> {
    set: &'a StateWorkingSet<'b>,
    texts: &'a Texts,
    wanted: &'a Wanted,
    definition: Option<&'a Definition>,
}

impl Comparison<'_, '_> {
    fn mismatch(&self, kind: MismatchKind, span: Option<Span>) -> Mismatch {
        let name = self.definition.map(|definition| definition.name_span);
        let place = span
            .and_then(|span| self.texts.place(span))
            .or_else(|| name.and_then(|span| self.texts.place(span)));
        Mismatch {
            command: self.wanted.name.clone(),
            kind,
            place,
        }
    }

    fn compare(&self, found: &Signature, types: &Types, all: &mut Vec<Mismatch>) {
        self.parameters(found, types, all);
        self.flags(found, types, all);
        self.types(found, types, all);
    }

    fn variable(&self, id: Option<VarId>) -> Option<Span> {
        id.map(|id| self.set.get_variable(id).declaration_span)
    }

    fn parameters(&self, found: &Signature, types: &Types, all: &mut Vec<Mismatch>) {
        let declared: Vec<_> = found
            .required_positional
            .iter()
            .chain(&found.optional_positional)
            .collect();
        let passed = self.wanted.parameters.iter().zip(&types.parameters);
        for (at, (WantedParameter { name, kind }, passed)) in passed.enumerate() {
            let Some(taken) = declared.get(at).copied().or(found.rest_positional.as_ref()) else {
                let kind = MismatchKind::MissingParameter {
                    name: name.clone(),
                    wanted: kind.clone(),
                };
                all.push(self.mismatch(kind, None));
                continue;
            };
            let takes = taken.shape.to_type();
            let span = self.variable(taken.var_id);
            let kind = match taking(passed, &takes) {
                Taking::Yes => continue,
                Taking::Narrow(fields) => MismatchKind::NarrowRecord {
                    name: taken.name.clone(),
                    fields,
                },
                Taking::No => MismatchKind::ParameterType {
                    name: taken.name.clone(),
                    found: taken.shape.to_string(),
                    wanted: kind.clone(),
                },
            };
            all.push(self.mismatch(kind, span));
        }
        for extra in found
            .required_positional
            .iter()
            .skip(self.wanted.parameters.len())
        {
            let kind = MismatchKind::ExtraParameter {
                name: extra.name.clone(),
            };
            all.push(self.mismatch(kind, self.variable(extra.var_id)));
        }
    }

    fn flags(&self, found: &Signature, types: &Types, all: &mut Vec<Mismatch>) {
        for (wanted, passed) in self.wanted.flags.iter().zip(&types.flags) {
            let Some(flag) = found.named.iter().find(|flag| flag.long == wanted.name) else {
                let kind = MismatchKind::MissingFlag {
                    name: wanted.name.clone(),
                    wanted: wanted.kind.clone(),
                };
                all.push(self.mismatch(kind, None));
                continue;
            };
            let taken = flag.arg.as_ref().map(|shape| shape.to_type());
            let fits = match (passed, &taken) {
                (None, None) => true,
                (Some(passed), Some(taken)) => matches!(taking(passed, taken), Taking::Yes),
                _ => false,
            };
            if !fits {
                let kind = MismatchKind::FlagType {
                    name: flag.long.clone(),
                    found: flag.arg.as_ref().map(ToString::to_string),
                    wanted: wanted.kind.clone(),
                };
                all.push(self.mismatch(kind, self.variable(flag.var_id)));
            }
        }
    }

    fn types(&self, found: &Signature, types: &Types, all: &mut Vec<Mismatch>) {
        let head = self.definition.map(|definition| definition.head);
        let untyped = || MismatchKind::Untyped {
            wanted: self.wanted.output.clone(),
        };
        // A definition that says nothing takes anything and returns anything.
        let said = found
            .input_output_types
            .iter()
            .any(|(input, output)| (input, output) != (&Type::Any, &Type::Any));
        if !said {
            all.push(self.mismatch(untyped(), None));
            return;
        }
        // What is said of no input stands before what includes it, and that before any.
        let accepts: [fn(&Type) -> bool; 3] = [
            |input| *input == Type::Nothing,
            |input| *input != Type::Any && Type::Nothing.is_subtype_of(input),
            |input| *input == Type::Any,
        ];
        let outputs = |accepts: fn(&Type) -> bool| {
            let pairs = found.input_output_types.iter();
            let accepted = pairs.filter(|(input, _)| accepts(input));
            accepted.map(|(_, output)| output).collect::<Vec<_>>()
        };
        let said = accepts.into_iter().map(outputs);
        let takes_nothing = said.into_iter().find(|outputs| !outputs.is_empty());
        let takes_nothing = takes_nothing.unwrap_or_default();
        if takes_nothing.is_empty() {
            let inputs: Vec<String> = found
                .input_output_types
                .iter()
                .map(|(input, _)| input.to_string())
                .collect();
            let found = inputs.join(" or ");
            all.push(self.mismatch(MismatchKind::InputType { found }, self.returns(head)));
            return;
        }
        for output in takes_nothing {
            if *output == Type::Any && types.output != Type::Any {
                all.push(self.mismatch(untyped(), self.returns(head)));
            } else if !lists(output).is_subtype_of(&lists(&types.output)) {
                let kind = MismatchKind::OutputType {
                    found: output.to_string(),
                    wanted: self.wanted.output.clone(),
                };
                all.push(self.mismatch(kind, self.returns(head)));
            }
        }
    }

    /// Returns where the types of input and output stand: behind the parameters.
    fn returns(&self, head: Option<Span>) -> Option<Span> {
        let head = head?;
        let text = String::from_utf8_lossy(self.set.get_span_contents(head)).into_owned();
        let (after, rest) = text
            .rfind(['[', ']', ')'])
            .and_then(|_| closing(&text))
            .map(|at| (at + 1, &text[at + 1..]))?;
        let lead = rest.len() - rest.trim_start_matches([':', ' ', '\t', '\n', '\r']).len();
        let start = head.start + after + lead;
        let end = head.start + after + rest.trim_end().len();
        (start < end).then(|| Span::new(start, end))
    }
}

/// Returns where the list of parameters ends.
fn closing(head: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut in_comment = false;
    for (at, byte) in head.bytes().enumerate() {
        match byte {
            b'\n' => in_comment = false,
            b'#' => in_comment = true,
            _ if in_comment => {}
            b'[' | b'(' => depth += 1,
            b']' | b')' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// Whether a parameter takes what is passed.
enum Taking {
    Yes,
    No,
    /// Only records with these fields.
    Narrow(Vec<(String, String)>),
}

fn taking(passed: &Type, taken: &Type) -> Taking {
    if *taken == Type::Any || lists(passed).is_subtype_of(&lists(taken)) {
        return Taking::Yes;
    }
    match (passed, taken) {
        (Type::Record(any), Type::Record(fields)) if any.is_empty() => Taking::Narrow(
            fields
                .iter()
                .map(|(name, kind)| (name.to_string(), kind.to_string()))
                .collect(),
        ),
        _ => Taking::No,
    }
}

/// A table is a list of records; both are written.
fn lists(kind: &Type) -> Type {
    match kind {
        Type::Table(columns) => Type::List(Box::new(Type::Record(columns.clone()))),
        Type::List(item) => Type::List(Box::new(lists(item))),
        other => other.clone(),
    }
}
