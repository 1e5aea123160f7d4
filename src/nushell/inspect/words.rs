//! What the parser says, in our words.

use std::cell::OnceCell;
use std::collections::HashMap;

use nu_protocol::engine::StateWorkingSet;
use nu_protocol::{CompileError, DeclId, ParseError, Span};

use super::parse::Found;

use crate::diagnostic::closest;

/// The commands of a parse by their names, those too that only their own file knows.
pub(super) struct Commands<'a, 'b> {
    found: &'a Found<'a, 'b>,
    named: OnceCell<HashMap<String, Vec<DeclId>>>,
}

impl<'a, 'b> Commands<'a, 'b> {
    pub(super) fn of(found: &'a Found<'a, 'b>) -> Self {
        Self {
            found,
            named: OnceCell::new(),
        }
    }

    /// Returns the command that a name means where something is said of it: that of the same file first.
    fn find(&self, name: &str, at: Span) -> Option<DeclId> {
        let set = self.found.set;
        let named = self.named.get_or_init(|| {
            let mut named: HashMap<String, Vec<DeclId>> = HashMap::new();
            for id in (0..set.num_decls()).map(DeclId::new) {
                let name = set.get_decl(id).name().to_owned();
                named.entry(name).or_default().push(id);
            }
            named
        });
        let file = |span: Span| self.found.texts.place(span).map(|place| place.file);
        let is_here = |id: &&DeclId| {
            let body = set.get_decl(**id).block_id();
            let definition = body.and_then(|body| self.found.definitions.get(body));
            definition.is_some_and(|definition| file(definition.name_span) == file(at))
        };
        let all = named.get(name)?;
        all.iter().find(is_here).or(all.first()).copied()
    }
}

/// Returns what to do about an error.
pub(super) fn help(error: &ParseError, commands: &Commands<'_, '_>) -> String {
    special(error, commands)
        .or_else(|| miette_help(error))
        .unwrap_or_else(|| general(error).to_owned())
}

/// Returns what to do about what only the compiler sees.
pub(super) fn help_of_compiler(error: &CompileError) -> String {
    match error {
        CompileError::NotInALoop { .. } => {
            "write `return` to end a command, or put it into a loop".to_owned()
        }
        other => miette::Diagnostic::help(other).map_or_else(
            || "write it in another way: Nushell can read it, and not run it".to_owned(),
            |help| sentence(&help.to_string()),
        ),
    }
}

/// What the parser says when it has nothing to say.
const NO_HELP: &str = "Check the syntax around this position";

/// Words for the place of an error, where those of the parser say the message again.
pub(super) fn label(error: &ParseError) -> Option<&'static str> {
    use ParseError as E;
    match error {
        E::ModuleNotFound(..) => Some("not there"),
        E::VariableNotFound(..) => Some("not defined"),
        E::CircularImport(..) => Some("comes back to this file"),
        E::LabeledError(message, ..) if message.contains("not_a_const") => Some("a command"),
        _ => None,
    }
}

pub(super) fn message(error: &ParseError, set: &StateWorkingSet<'_>) -> String {
    use ParseError as E;
    match error {
        E::VariableNotFound(_, span) => format!(
            "the variable `{}` is not defined",
            String::from_utf8_lossy(set.get_span_contents(*span))
        ),
        E::ModuleNotFound(_, name) => format!("the module `{name}` was not found"),
        E::ModuleMissingModNuFile(directory, _) => {
            format!("the directory `{directory}` has no `mod.nu`")
        }
        E::ExportNotFound(_) => "the module exports nothing of that name".to_owned(),
        E::LabeledError(message, ..) if message.contains("not_a_const") => {
            "a constant cannot be made by running a command".to_owned()
        }
        E::LabeledError(message, ..) => sentence(told(message)),
        error => sentence(&error.to_string()),
    }
}

/// What is wrong with a constant comes as a whole report: a line with the code, and then one with the message.
fn told(report: &str) -> &str {
    let lines = report.lines().map(str::trim_start);
    report
        .starts_with("Error: ")
        .then(|| {
            lines
                .skip(1)
                .find_map(|line| line.strip_prefix("x ").or(line.strip_prefix("× ")))
        })
        .flatten()
        .unwrap_or(report)
}

/// The parser's words as ours are written: one sentence, small first letter, no full stop.
pub(super) fn sentence(text: &str) -> String {
    let line = text
        .lines()
        .next()
        .unwrap_or_default()
        .trim_end_matches('.');
    let mut letters = line.chars();
    let Some(first) = letters.next() else {
        return "this is not valid Nushell".to_owned();
    };
    let is_word = letters
        .clone()
        .next()
        .is_some_and(|second| !second.is_uppercase());
    if is_word {
        first.to_lowercase().chain(letters).collect()
    } else {
        line.to_owned()
    }
}

fn special(error: &ParseError, commands: &Commands<'_, '_>) -> Option<String> {
    let set = commands.found.set;
    use ParseError as E;
    match error {
        E::UnknownFlag(command, flag, _, _) => {
            let declared = set.get_decl(commands.find(command, error.span())?).signature();
            let flags: Vec<&str> = declared
                .named
                .iter()
                .map(|flag| flag.long.as_str())
                .filter(|flag| !flag.is_empty() && *flag != "help")
                .collect();
            // What was cut short is meant more likely than what looks alike.
            let begins = flags.iter().find(|known| known.starts_with(flag.as_str()));
            let meant = begins.map(|known| (*known).to_owned()).or_else(|| {
                closest(flag, flags.iter().copied()).first().map(|flag| (*flag).to_owned())
            });
            Some(match meant {
                Some(meant) => format!("did you mean `--{meant}`?"),
                None if flags.is_empty() => format!("`{command}` has no flags"),
                None => format!(
                    "the flags of `{command}` are {}",
                    flags
                        .iter()
                        .map(|flag| format!("--{flag}"))
                        .collect::<Vec<_>>()
                        .join(", ")
                ),
            })
        }
        E::ModuleNotFound(_, name) if name.starts_with(['.', '/', '~', '$']) => Some(
            "a path starts at the file that says it, as in `use ./utils.nu *`; write the file, or take the line out"
                .to_owned(),
        ),
        E::ModuleNotFound(..) => Some(
            "it is looked for beside the file, and in the directories of `$env.NU_LIB_DIRS`; write the file, or take the line out"
                .to_owned(),
        ),
        E::ModuleMissingModNuFile(..) => {
            Some("a directory is a module when it holds a `mod.nu`".to_owned())
        }
        E::ExportNotFound(span) => {
            let text = String::from_utf8_lossy(set.get_span_contents(*span)).into_owned();
            Some(format!("write `export def` before what `{}` is to give", text.trim()))
        }
        E::CircularImport(circle, _) => {
            let circle: Vec<&str> = circle.split_whitespace().collect();
            Some(format!(
                "{}; move what both need to a file of its own",
                circle.join(" ")
            ))
        }
        E::VariableNotFound(..) => {
            let text = miette_label(error)?;
            let (_, meant) = text.split_once("ean: ").or_else(|| text.split_once("ean "))?;
            Some(format!("did you mean `{}`?", meant.trim_matches(['\'', '`', '?', '.', ' '])))
        }
        E::ExtraPositional(usage, _) | E::MissingPositional(_, _, usage) => {
            Some(format!("usage: {}", usage.trim()))
        }
        E::Expected(what, _) => expected(what),
        E::ExpectedWithStringMsg(what, _) => expected(what),
        E::LabeledError(message, ..) if message.contains("not_a_const") => Some(
            "nothing is run when a module is read; use `def` in place of `const` to compute the value when it is needed"
                .to_owned(),
        ),
        _ => None,
    }
}

/// What helps where something else has to stand.
fn expected(what: &str) -> Option<String> {
    if what.starts_with("def, alias, use, module") {
        return Some("a module exports with `export def`, `export const`, `export use`, `export alias`, `export extern` and `export module`".to_owned());
    }
    Some(format!("put {what} in its place"))
}

/// What helps where nobody knows more of the case.
fn general(error: &ParseError) -> &'static str {
    use ParseError as E;
    match error {
        E::UnexpectedEof(..) => "write what is missing, or take out what was begun",
        E::RequiredAfterOptional(..) => {
            "put the parameters that have to be given first, or make this one optional: `name?`"
        }
        E::MultipleRestParams(_) => "keep one `...rest` parameter, the last one",
        E::RestNeedsName(_) => "write a name behind the dots, such as `...names`",
        E::NonConstantDefaultValue(_) => {
            "leave the value out, and compute it in the body: `$name | default (...)`"
        }
        E::ParameterMismatchType(..) => {
            "give the default the type of the parameter, or change the type"
        }
        E::MissingType(_) => "write a type after the colon, or take the colon out",
        E::UnknownType(_) => {
            "types are any, string, int, float, bool, nothing, list<...>, record<...>, table<...>, closure, datetime, duration, filesize, path and others"
        }
        E::InputMismatch(..) => {
            "change what is piped in, such as with `into string`, or what is said of its type"
        }
        E::OutputMismatch(..) => {
            "end with a value of the declared type, or change the type after `->`"
        }
        E::Mismatch(..)
        | E::TypeMismatch(..)
        | E::TypeMismatchHelp(..)
        | E::AssignmentMismatch(..)
        | E::OperatorUnsupportedType { .. }
        | E::OperatorIncompatibleTypes { .. } => {
            "give both sides types that go together, such as with `into int`"
        }
        E::VariableNotFound(..) => "define it with `let`, or take it as a parameter",
        E::EnvVarNotVar(..) => "write `$env.` before its name",
        E::UnknownFlag(..) => "take it out, or see what the command has with `help COMMAND`",
        E::MissingFlagParam(..) => "write a value after the flag",
        E::MissingRequiredFlag(..) => "give the flag",
        E::ExtraPositional(..) => "take it out, or see what the command takes with `help COMMAND`",
        E::KeywordMissingArgument(..) => "write what is missing after it",
        E::IncompleteMathExpression(_) => "write a value on each side of the operator",
        E::MultipleRedirections(..)
        | E::UnexpectedRedirection { .. }
        | E::RedirectingBuiltinCommand(..) => {
            "redirect a program once, and at its end; what a command returns is written with `| save FILE`"
        }
        E::ExpectedKeyword(..) => {
            "a module has only definitions at its top, such as `def`, `const`, `use` and `export`: put other code into a `def`"
        }
        E::VariableNotValid(_) | E::AliasNotValid(_) | E::CommandDefNotValid(_) => {
            "choose another name: letters, digits, `-` and `_`"
        }
        E::DuplicateCommandDef(_) => "take one of them out, or give it another name",
        E::WrongImportPattern(..) => {
            "write `use FILE *`, `use FILE name` or `use FILE [name, other]`"
        }
        E::ExtraColumns(..) | E::MissingColumns(..) => {
            "give each row as many values as there are columns"
        }
        E::OnlyLastFlagInBatchCanTakeArg(_) => "write the short flags one by one",
        E::InvalidLiteral(..) | E::NonUtf8(_) => {
            "write the text in single quotes to take every character as it is"
        }
        E::UnknownCommand(_) => "define it, or import the module that does",
        E::FileNotFound(..) => "write the file, or take the line out",
        _ => {
            "change it to what Nushell can read: `help commands` and the examples of a command show how"
        }
    }
}

fn miette_label(error: &ParseError) -> Option<String> {
    let mut labels = miette::Diagnostic::labels(error)?;
    labels.next()?.label().map(str::to_owned)
}

fn miette_help(error: &ParseError) -> Option<String> {
    let help = miette::Diagnostic::help(error)?.to_string();
    let help = help.trim().trim_end_matches('.');
    (!help.is_empty() && !help.starts_with(NO_HELP)).then(|| sentence(help))
}
