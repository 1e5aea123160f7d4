//! What an inspection tells.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::diagnostic::{Code, Diagnostic, Severity, Source, Span};

/// Most problems that are told of all files.
pub(super) const MAX_PROBLEMS: usize = 200;

/// What was found.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Inspection {
    /// Every file that was read, and may be shown.
    pub files: Vec<File>,
    /// The modules, as asked.
    pub modules: Vec<Module>,
    /// What is wrong, by file and place.
    pub problems: Vec<Problem>,
    /// Every command that the files define, by file and place; only when it was asked for.
    pub defined: Vec<Defined>,
    /// Whether commands of plugins are called; only when definitions were asked for.
    pub calls_plugins: bool,
}

/// A command that a file defines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Defined {
    /// Its name.
    pub name: String,
    /// Where its name is written.
    pub place: Place,
    /// Its attributes, such as `test` for `@test`.
    pub attributes: Vec<String>,
    /// Whether it is written as `export def`.
    pub is_exported: bool,
    /// The arguments that have to be given.
    pub required: Vec<String>,
}

/// A file that was read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct File {
    /// Where it is.
    pub path: PathBuf,
    /// Its text.
    pub text: Arc<str>,
}

/// A stretch of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// Index into [`Inspection::files`].
    pub file: usize,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Place {
    pub(super) fn contains(self, other: Place) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }
}

/// What a module offers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Module {
    /// The file.
    pub path: PathBuf,
    /// Whether it was there and could be read.
    pub is_found: bool,
    /// What it exports, sorted by name. `use create.nu` without `*` gives names such as `create create-server`; the command
    /// that has the module's own name is `main`.
    pub commands: Vec<Command>,
    /// Commands that its files define without exporting them from the module, sorted by name.
    pub inner: Vec<Inner>,
    /// Whether something that it imports was not found, so that it may lack commands for that reason.
    pub lacks_imports: bool,
    /// Whether `use` runs code of it (`export-env`).
    pub runs_on_use: bool,
    /// What differs from what it has to offer.
    pub mismatches: Vec<Mismatch>,
}

/// A command that a module does not export.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Inner {
    /// Its name.
    pub name: String,
    /// Where its name is written.
    pub place: Place,
    /// What to write so that the module exports it. Only for what the module has to offer.
    pub advice: Option<String>,
}

/// What an exported name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CommandKind {
    /// `export def`
    Definition,
    /// `export alias`
    Alias,
    /// `export extern`
    External,
}

/// An exported command.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Command {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: CommandKind,
    /// Where its name is written.
    pub place: Option<Place>,
    /// The comment above it.
    pub description: String,
    /// Positional parameters, in order.
    pub parameters: Vec<Parameter>,
    /// The parameter that takes all further arguments.
    pub rest: Option<Parameter>,
    /// Flags.
    pub flags: Vec<Flag>,
    /// Pairs of types of input and output; none when nothing is said.
    pub types: Vec<(String, String)>,
    /// Examples (`@example`): what each shows, and its code.
    pub examples: Vec<(String, String)>,
}

/// A positional parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its type, as Nushell writes it.
    pub kind: String,
    /// Whether it has to be given.
    pub required: bool,
    /// The value it has when it is left out, as Nushell text.
    pub default: Option<String>,
    /// The comment beside it.
    pub description: String,
    /// Where it is declared.
    pub place: Option<Place>,
}

/// A flag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flag {
    /// Its name, without the dashes.
    pub name: String,
    /// Its short form.
    pub short: Option<char>,
    /// The type of its value, as Nushell writes it; none for a switch.
    pub kind: Option<String>,
    /// The value it has when it is left out, as Nushell text.
    pub default: Option<String>,
    /// The comment beside it.
    pub description: String,
    /// Where it is declared.
    pub place: Option<Place>,
}

/// One way in which a module is not what was wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mismatch {
    /// The wanted command.
    pub command: String,
    /// In which way.
    pub kind: MismatchKind,
    /// Where.
    pub place: Option<Place>,
}

/// In which way a command is not what was wanted. Types are Nushell text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MismatchKind {
    /// It is not exported.
    Missing,
    /// It is exported as something that cannot be looked into.
    NotADefinition(CommandKind),
    /// A parameter does not take what is passed.
    ParameterType {
        /// The parameter.
        name: String,
        /// What it takes.
        found: String,
        /// What is passed.
        wanted: String,
    },
    /// A parameter takes only records with these fields, and any record may be passed.
    NarrowRecord {
        /// The parameter.
        name: String,
        /// The fields and their types.
        fields: Vec<(String, String)>,
    },
    /// There is no parameter for something that is passed.
    MissingParameter {
        /// What is passed.
        name: String,
        /// Its type.
        wanted: String,
    },
    /// There is a parameter that has to be given and is not passed.
    ExtraParameter {
        /// The parameter.
        name: String,
    },
    /// A flag is not there.
    MissingFlag {
        /// The flag.
        name: String,
        /// Type of its value; none for a switch.
        wanted: Option<String>,
    },
    /// A flag takes something else.
    FlagType {
        /// The flag.
        name: String,
        /// Type of its value; none for a switch.
        found: Option<String>,
        /// Type of what is passed; none for a switch.
        wanted: Option<String>,
    },
    /// It returns something else.
    OutputType {
        /// What it returns.
        found: String,
        /// What is wanted.
        wanted: String,
    },
    /// It does not say what it returns.
    Untyped {
        /// What is wanted.
        wanted: String,
    },
    /// It wants something from the pipeline, and is called without.
    InputType {
        /// What it wants.
        found: String,
    },
}

/// Something wrong, in a form that can be sent to another process.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Problem {
    /// The code, as text.
    pub code: String,
    /// Whether it is only a warning.
    pub is_warning: bool,
    /// What happened.
    pub message: String,
    /// Where, the most important place first, with a few words.
    pub labels: Vec<(Place, String)>,
    /// What to do.
    pub help: Option<String>,
    /// Edits that solve it.
    pub edits: Vec<(Place, String)>,
}

impl Problem {
    pub(super) fn error(code: Code, message: impl Into<String>) -> Self {
        Self {
            code: code.as_str().to_owned(),
            is_warning: false,
            message: message.into(),
            labels: Vec::new(),
            help: None,
            edits: Vec::new(),
        }
    }

    pub(super) fn warning(code: Code, message: impl Into<String>) -> Self {
        Self {
            is_warning: true,
            ..Self::error(code, message)
        }
    }

    pub(super) fn at(mut self, place: Place, label: impl Into<String>) -> Self {
        self.labels.push((place, label.into()));
        self
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(super) fn edit(mut self, place: Place, replacement: impl Into<String>) -> Self {
        self.edits.push((place, replacement.into()));
        self
    }

    pub(super) fn place(&self) -> Option<Place> {
        self.labels.first().map(|(place, _)| *place)
    }
}

impl Inspection {
    /// Puts several inspections of the same extension together.
    pub fn merged(parts: &[Arc<Inspection>]) -> Self {
        let mut all = Self::default();
        for part in parts {
            let offset = all.files.len();
            let place = |place: Place| Place {
                file: place.file + offset,
                ..place
            };
            all.files.extend(part.files.iter().cloned());
            for module in &part.modules {
                let mut module = module.clone();
                module.move_places(&place);
                all.modules.push(module);
            }
            for problem in &part.problems {
                // Nobody reads more of what cannot be checked as a whole.
                if all.problems.len() >= MAX_PROBLEMS {
                    break;
                }
                let mut problem = problem.clone();
                problem
                    .labels
                    .iter_mut()
                    .for_each(|(at, _)| *at = place(*at));
                problem
                    .edits
                    .iter_mut()
                    .for_each(|(at, _)| *at = place(*at));
                let path = |problem: &Problem, files: &[File]| {
                    let at = problem.place()?;
                    Some((files.get(at.file)?.path.clone(), at.start, at.end))
                };
                // A file that two parts have read is told once.
                let is_told = all.problems.iter().any(|known| {
                    known.code == problem.code
                        && path(known, &all.files) == path(&problem, &all.files)
                });
                if !is_told {
                    all.problems.push(problem);
                }
            }
        }
        all
    }

    /// Returns the texts of the files, for the places of findings; what `mask` hides of them is not shown, and nothing of a
    /// file outside of `root`, such as one of the user's library directories.
    pub fn sources(&self, root: &Path, mask: fn(&Path, &str) -> String) -> Vec<Arc<Source>> {
        let source = |file: &File| {
            let source = Source::new(file.path.display().to_string(), &*file.text);
            if file.path.starts_with(root) {
                source.masked_by(mask)
            } else {
                source.masked_by(|_, _| String::new())
            }
        };
        self.files.iter().map(source).map(Arc::new).collect()
    }

    /// Returns the problems as findings; `sources` are those of [`Inspection::sources`].
    pub fn diagnostics(&self, sources: &[Arc<Source>]) -> Vec<Diagnostic> {
        self.problems
            .iter()
            .map(|problem| {
                let code = Code::from_text(&problem.code).unwrap_or(Code::NushellSyntax);
                let mut finding = Diagnostic::error(code, &problem.message);
                if problem.is_warning {
                    finding.severity = Severity::Warning;
                }
                finding.help.clone_from(&problem.help);
                for (place, label) in &problem.labels {
                    if let Some(source) = sources.get(place.file) {
                        finding = finding.with_label(source, place.span(), label);
                    }
                }
                for (place, replacement) in &problem.edits {
                    if let Some(source) = sources.get(place.file) {
                        finding = finding.with_edit(source, place.span(), replacement);
                    }
                }
                finding
            })
            .collect()
    }
}

impl Module {
    fn move_places(&mut self, moved: &dyn Fn(Place) -> Place) {
        let option = |place: &mut Option<Place>| *place = place.map(moved);
        for command in &mut self.commands {
            option(&mut command.place);
            command
                .parameters
                .iter_mut()
                .chain(&mut command.rest)
                .for_each(|parameter| option(&mut parameter.place));
            command
                .flags
                .iter_mut()
                .for_each(|flag| option(&mut flag.place));
        }
        self.mismatches
            .iter_mut()
            .for_each(|mismatch| option(&mut mismatch.place));
        self.inner
            .iter_mut()
            .for_each(|inner| inner.place = moved(inner.place));
    }
}

impl Place {
    /// Returns the bytes.
    pub fn span(self) -> Span {
        Span::new(self.start, self.end)
    }
}
