//! One inspection: every module and every script, each in a scope of its own.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nu_protocol::engine::{EngineState, FileStack, StateWorkingSet};
use nu_protocol::{ModuleId, Span, Type, Value};

use super::defined;
use super::definitions::Definitions;
use super::engine::{Declaration, Engines};
use super::fold::Findings;
use super::outcome::{Inner, Inspection, Module};
use super::request::{Request, WantedModule};
use super::texts::{Files, Texts};
use super::ways::Ways;
use super::{calls, compare, exports, lints, problems, std_imports};
use crate::nushell::files::{MAX_SIZE, contents};

/// Inspects the files of a request. They share what was parsed: a module that several of them import is parsed once.
///
/// The outcome is handed to `answered` before what the parser has built is taken down, which takes its time too. Returns
/// whether there was one: otherwise the declarations with that key have to be told first.
pub(super) fn inspect(
    request: &Request,
    key: u64,
    declarations: Option<&[Declaration]>,
    engines: &Engines,
    answered: impl FnOnce(Inspection),
) -> Result<bool, String> {
    let Some(engine) = engines.get(key, declarations, uses_std(request))? else {
        return Ok(false);
    };
    let mut set = begin(&engine, &request.lib_dirs);
    let parsed: Vec<Parsed<'_>> = request
        .modules
        .iter()
        .map(|wanted| module(&mut set, request, wanted))
        .collect();
    for path in &request.scripts {
        script(&mut set, path);
    }
    // What closures capture is looked at when a text is done: an empty one will do.
    nu_parser::parse(&mut set, Some("<end>"), b"", false);
    let mut files = Files::default();
    let texts = files.take(&set, &|path| is_allowed(request, path));
    let found = Found {
        definitions: Definitions::of(&set, &texts, &files),
        texts,
        request,
        set: &set,
    };
    let mut findings = Findings::default();
    findings.extend(problems::of(&found, &files));
    if !found.texts.has_outside() {
        findings.extend(std_imports::imports(&found));
        findings.extend(calls::unknown(&found, &files));
        findings.extend(lints::of(&found, &files));
    }
    let (defined, calls_plugins) = match request.definitions && !found.texts.has_outside() {
        true => (defined::all(&found), defined::calls_plugins(&found)),
        false => Default::default(),
    };
    answered(Inspection {
        defined,
        calls_plugins,
        modules: parsed
            .into_iter()
            .map(|parsed| parsed.described(&found, &files))
            .collect(),
        problems: findings.finish(&files, &found),
        files: files.all,
    });
    Ok(true)
}

/// Whether some file of the extension may use the standard library.
fn uses_std(request: &Request) -> bool {
    let modules = request.modules.iter().map(|module| &module.path);
    let mut directories: BTreeSet<&Path> = modules.filter_map(|path| path.parent()).collect();
    directories.extend(request.scripts.iter().filter_map(|path| path.parent()));
    let is_std = |path: &Path| {
        read(path).is_some_and(|text| text.windows(7).any(|window| window == b"use std"))
    };
    directories.into_iter().any(|directory| {
        let entries = directory.read_dir().into_iter().flatten().flatten();
        entries
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "nu"))
            .any(|path| is_std(&path))
    })
}

/// Reads a regular file that is not too large.
fn read(path: &Path) -> Option<Vec<u8>> {
    let bytes = contents(path, MAX_SIZE + 1).ok()?;
    u64::try_from(bytes.len())
        .is_ok_and(|length| length <= MAX_SIZE)
        .then_some(bytes)
}

/// Begins a parse.
fn begin<'a>(engine: &'a EngineState, lib_dirs: &[PathBuf]) -> StateWorkingSet<'a> {
    let mut set = StateWorkingSet::new(engine);
    let id = set.add_variable(
        b"$NU_LIB_DIRS".into(),
        Span::unknown(),
        Type::list(Type::String),
        false,
    );
    let directories = lib_dirs
        .iter()
        .map(|directory| Value::string(directory.to_string_lossy(), Span::unknown()))
        .collect();
    set.set_variable_const_val(id, Value::list(directories, Span::unknown()));
    set
}

/// Whether a file may be shown.
pub(super) fn is_allowed(request: &Request, path: &Path) -> bool {
    let real = dunce::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut roots = std::iter::once(&request.root).chain(&request.lib_dirs);
    roots.any(|root| real.starts_with(root))
}

/// A module after its parse.
struct Parsed<'a> {
    wanted: &'a WantedModule,
    id: Option<ModuleId>,
    /// Whether something that it imports was not found.
    lacks_imports: bool,
}

fn module<'a>(
    set: &mut StateWorkingSet<'_>,
    request: &Request,
    wanted: &'a WantedModule,
) -> Parsed<'a> {
    // The file on top of the stack tells where relative paths start.
    set.files = FileStack::with_file(request.root.join("<inspection>"));
    let target = wanted.path.to_string_lossy().into_owned();
    let file = set.add_file("<inspection>", target.as_bytes());
    let span = set.get_span_for_file(file);
    let errors = set.parse_errors.len();
    let id = nu_parser::parse_module_file_or_dir(set, target.as_bytes(), span, None);
    let lacks_imports = set.parse_errors[errors..]
        .iter()
        .any(problems::is_of_import);
    Parsed {
        wanted,
        id,
        lacks_imports,
    }
}

/// Parses a script in a scope of its own, unless it was read as a module.
fn script(set: &mut StateWorkingSet<'_>, path: &Path) {
    let name = path.to_string_lossy();
    if set.files().any(|file| *file.name == *name) {
        return;
    }
    let Some(text) = read(path) else { return };
    set.files = FileStack::with_file(path.to_owned());
    let file = set.add_file(&name, &text);
    let span = set.get_span_for_file(file);
    let (tokens, error) = nu_parser::lex(&text, span.start, &[], &[], false);
    if let Some(error) = error {
        set.error(error);
    }
    // Not `nu_parser::parse`, which looks at what every closure of every file captures, each time anew.
    let block = nu_parser::parse_block(set, &tokens, span, true, false, None);
    set.add_block(Arc::new(block));
}

/// What one parse has given.
pub(super) struct Found<'a, 'b> {
    pub(super) set: &'a StateWorkingSet<'b>,
    pub(super) request: &'a Request,
    pub(super) texts: Texts,
    pub(super) definitions: Definitions,
}

impl Parsed<'_> {
    fn described(self, found: &Found<'_, '_>, files: &Files) -> Module {
        let Self {
            wanted,
            id,
            lacks_imports,
        } = self;
        // What is not its own is not described either.
        let is_read =
            !found.texts.has_outside() && !problems::hides_first_line(&wanted.path, files);
        let Some(id) = id.filter(|_| is_read) else {
            return Module {
                path: wanted.path.clone(),
                lacks_imports,
                ..Module::default()
            };
        };
        let lacks_imports = lacks_imports || problems::imports_no_text(found);
        let Found {
            set,
            texts,
            definitions,
            ..
        } = found;
        let module = set.get_module(id);
        let commands = exports::commands(set, module, definitions, texts);
        // Only what lies beside the module, and not the tests of it.
        let directory = wanted.path.parent().unwrap_or(&wanted.path);
        let is_wanted = |name: &str| wanted.commands.iter().any(|command| command.name == name);
        let ways = OnceCell::new();
        let mut inner: Vec<Inner> = definitions
            .iter()
            .filter(|(_, definition)| !commands.iter().any(|known| known.name == definition.name))
            .filter(|(_, definition)| texts.is_below(definition.name_span, set, directory))
            .filter_map(|(body, definition)| {
                let advice = is_wanted(&definition.name).then(|| {
                    let ways = ways.get_or_init(|| Ways::new(found, files));
                    ways.out(body, definition, &wanted.path)
                });
                Some(Inner {
                    name: definition.name.clone(),
                    place: texts.place(definition.name_span)?,
                    advice: advice.flatten(),
                })
            })
            .collect();
        inner.sort();
        Module {
            path: wanted.path.clone(),
            is_found: true,
            mismatches: compare::mismatches(set, module, &wanted.commands, definitions, texts),
            commands,
            inner,
            lacks_imports,
            runs_on_use: module.env_block.is_some(),
        }
    }
}
