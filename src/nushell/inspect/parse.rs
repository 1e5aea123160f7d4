//! One inspection: every module and every script, each in a scope of its own.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use nu_protocol::engine::{EngineState, FileStack, StateWorkingSet};
use nu_protocol::{ModuleId, Span, Type, Value};

use super::definitions::Definitions;
use super::engine::{Declaration, Engines};
use super::outcome::{Inspection, Module, Place};
use super::problems::Findings;
use super::request::{Request, WantedModule};
use super::texts::{Files, Texts};
use super::{calls, compare, exports, legacy, lints, problems};

/// Largest script that is read, in bytes.
const MAX_SCRIPT: u64 = 1 << 20;

/// Inspects the files of a request.
pub(super) fn inspect(
    request: &Request,
    declarations: &[Declaration],
    engines: &Engines,
) -> Result<Inspection, String> {
    let engine = engines.get(declarations, uses_std(request))?;
    let mut inspector = Parse {
        engine: &engine,
        request,
        files: Files::default(),
        findings: Findings::default(),
        seen: BTreeSet::new(),
    };
    let modules = request
        .modules
        .iter()
        .map(|module| inspector.module(module))
        .collect();
    for script in &request.scripts {
        inspector.script(script);
    }
    let problems = inspector.findings.finish(&inspector.files);
    Ok(Inspection {
        files: inspector.files.all,
        modules,
        problems,
    })
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

/// Reads a regular file of bounded size.
fn read(path: &Path) -> Option<Vec<u8>> {
    let kind = path.metadata().ok()?;
    if !kind.is_file() || kind.len() > MAX_SCRIPT {
        return None;
    }
    std::fs::read(path).ok()
}

struct Parse<'r> {
    engine: &'r EngineState,
    request: &'r Request,
    files: Files,
    findings: Findings,
    /// Files that were read already.
    seen: BTreeSet<PathBuf>,
}

/// Begins a scope, in which the file on top of the stack is the one at `path`.
fn begin<'a>(engine: &'a EngineState, lib_dirs: &[PathBuf], path: PathBuf) -> StateWorkingSet<'a> {
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
    set.files = FileStack::with_file(path);
    set
}

/// Whether a file may be shown.
pub(super) fn is_allowed(request: &Request, path: &Path) -> bool {
    let real = dunce::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut roots = std::iter::once(&request.root).chain(&request.lib_dirs);
    roots.any(|root| real.starts_with(root))
}

impl<'r> Parse<'r> {
    fn module(&mut self, wanted: &WantedModule) -> Module {
        let top = self.request.root.join("<inspection>");
        let mut set = begin(self.engine, &self.request.lib_dirs, top);
        let target = wanted.path.to_string_lossy().into_owned();
        let file = set.add_file("<inspection>", target.as_bytes());
        let span = set.get_span_for_file(file);
        let id = nu_parser::parse_module_file_or_dir(&mut set, target.as_bytes(), span, None);
        // What closures capture is looked at when a text is done: an empty one will do.
        nu_parser::parse(&mut set, Some("<end>"), b"", false);
        let (found, lacks_imports) = self.gather(&set);
        match id {
            Some(id) => describe(&found, id, wanted, lacks_imports),
            None => Module {
                path: wanted.path.clone(),
                lacks_imports,
                ..Module::default()
            },
        }
    }

    fn script(&mut self, path: &Path) {
        if self.seen.contains(path) {
            return;
        }
        let Some(text) = read(path) else { return };
        let mut set = begin(self.engine, &self.request.lib_dirs, path.to_owned());
        nu_parser::parse(&mut set, Some(&path.to_string_lossy()), &text, false);
        self.gather(&set);
    }

    /// Collects what is wrong; also tells whether something imported was not found.
    fn gather<'a, 'b>(&mut self, set: &'a StateWorkingSet<'b>) -> (Found<'a, 'b>, bool)
    where
        'r: 'a,
    {
        let request = self.request;
        let found = Found {
            set,
            request,
            texts: self.files.take(set, &|path| is_allowed(request, path)),
            definitions: Definitions::of(set),
        };
        let problems = problems::of(&found, &self.files);
        let lacks_imports = problems.iter().any(problems::is_about_imports);
        self.findings.extend(problems);
        self.findings.extend(legacy::imports(&found));
        self.findings.extend(calls::unknown(&found));
        self.findings.extend(lints::of(&found));
        self.seen
            .extend(self.files.all.iter().map(|file| file.path.clone()));
        (found, lacks_imports)
    }
}

/// What one parse has given.
pub(super) struct Found<'a, 'b> {
    pub(super) set: &'a StateWorkingSet<'b>,
    pub(super) request: &'a Request,
    pub(super) texts: Texts,
    pub(super) definitions: Definitions,
}

fn describe(
    found: &Found<'_, '_>,
    id: ModuleId,
    wanted: &WantedModule,
    lacks_imports: bool,
) -> Module {
    let Found {
        set,
        texts,
        definitions,
        ..
    } = found;
    let module = set.get_module(id);
    let commands = exports::commands(set, module, definitions, texts);
    let mut inner: Vec<(String, Place)> = definitions
        .iter()
        .filter(|(_, definition)| !commands.iter().any(|known| known.name == definition.name))
        .filter_map(|(_, definition)| {
            Some((definition.name.clone(), texts.place(definition.name_span)?))
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
