//! Which tests there are, told by parsing.

use std::path::{Path, PathBuf};

use super::kind::{Kind, is_looked_at, is_named_as_test};
use crate::diagnostic::{Code, Diagnostic, Explain as _, Source, Span};
use crate::extension::{Directory, Interrupted, LayoutKind};
use crate::nushell::runner::is_callable;
use crate::nushell::{CodeFiles, Defined, Inspection, InspectionError, Inspector, Request};
use crate::validation::masked;

/// The folder of tests.
const FOLDER: &str = "tests";

/// Which tests are wanted.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Files, or directories with files; everything when there are none.
    pub paths: Vec<PathBuf>,
    /// What stands in the name of a test, or in the path of its file; in any case.
    pub filter: Option<String>,
    /// The kinds; all when there are none.
    pub kinds: Vec<Kind>,
}

/// The tests of one extension.
#[derive(Clone, Debug)]
pub struct Suite {
    /// The extension's name; that of its directory, when it has none.
    pub extension: String,
    /// Its directory.
    pub root: PathBuf,
    /// The files with tests, and those that cannot be read.
    pub files: Vec<TestFile>,
    /// The variables that the extension asks for.
    pub variables: Vec<String>,
    /// Whether commands of plugins are called.
    pub calls_plugins: bool,
}

/// A file with tests.
#[derive(Clone, Debug)]
pub struct TestFile {
    /// Where it is, from the root.
    pub path: PathBuf,
    /// What it is about.
    pub kind: Kind,
    /// Its tests, as they stand there.
    pub tests: Vec<Test>,
    /// What keeps it from being run.
    pub findings: Vec<Diagnostic>,
    /// Commands that run before all tests, before each, after each and after all.
    pub(super) hooks: Hooks,
}

/// What runs around tests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Hooks {
    pub(super) before_all: Vec<String>,
    pub(super) before_each: Vec<String>,
    pub(super) after_each: Vec<String>,
    pub(super) after_all: Vec<String>,
}

impl Hooks {
    pub(super) fn all(&self) -> impl Iterator<Item = &String> {
        let before = self.before_all.iter().chain(&self.before_each);
        before.chain(&self.after_each).chain(&self.after_all)
    }
}

/// A test.
#[derive(Clone, Debug)]
pub struct Test {
    /// The command.
    pub name: String,
    /// Where its name is written.
    pub span: Span,
    /// Whether it is left out (`@ignore`).
    pub is_ignored: bool,
    /// Why nothing can call it.
    pub obstacle: Option<Diagnostic>,
}

/// Finds the tests of an extension. `lib_dirs` are the directories of `NU_LIB_DIRS`.
///
/// # Errors
/// The work was ended from outside.
pub fn find(
    directory: &Directory,
    selection: &Selection,
    inspector: &Inspector,
    lib_dirs: &[PathBuf],
    interrupted: &dyn Fn() -> bool,
) -> Result<Suite, Interrupted> {
    let metadata = directory.reading.metadata.as_ref();
    let folder_name = || {
        let name = directory.path.file_name();
        name.map_or_else(
            || "/".to_owned(),
            |name| name.to_string_lossy().into_owned(),
        )
    };
    let mut suite = Suite {
        extension: metadata.map_or_else(folder_name, |metadata| metadata.name.clone()),
        root: directory.path.clone(),
        files: Vec::new(),
        variables: metadata
            .into_iter()
            .flat_map(|metadata| metadata.required_env.iter().chain(&metadata.optional_env))
            .cloned()
            .collect(),
        calls_plugins: false,
    };
    let folders = folders(directory);
    let is_wanted = |path: &Path| {
        let inside = folders
            .iter()
            .find_map(|folder| path.strip_prefix(folder).ok());
        inside.is_some_and(|inside| {
            is_looked_at(inside)
                && (selection.kinds.is_empty() || selection.kinds.contains(&Kind::of(inside)))
                && (selection.paths.is_empty()
                    || selection
                        .paths
                        .iter()
                        .any(|wanted| path.starts_with(wanted)))
        })
    };
    let code = CodeFiles::below(&directory.path);
    let scripts: Vec<PathBuf> = code
        .files
        .iter()
        .map(|(path, _)| path.clone())
        .filter(|path| is_wanted(path))
        .collect();
    let request = Request {
        root: directory.path.clone(),
        modules: Vec::new(),
        scripts,
        lib_dirs: lib_dirs.to_vec(),
        definitions: true,
    };
    let inspections = inspected(&request, inspector, &code, interrupted)?;
    for (path, inspection) in &inspections {
        suite.calls_plugins |= inspection
            .as_ref()
            .is_ok_and(|inspection| inspection.calls_plugins);
        let inside = folders
            .iter()
            .find_map(|folder| path.strip_prefix(folder).ok());
        suite.files.extend(file(
            path,
            inside.unwrap_or(path),
            inspection,
            &directory.path,
        ));
    }
    // What could not be read at all.
    for finding in &code.findings {
        if let Some(path) = finding.file().map(PathBuf::from)
            && is_wanted(&path)
        {
            suite
                .files
                .push(unreadable(&path, &folders, finding.clone()));
        }
    }
    for path in links(&folders) {
        let leaves = !dunce::canonicalize(&path).is_ok_and(|real| real.starts_with(&suite.root));
        if leaves && is_wanted(&path) {
            let finding = Diagnostic::error(
                Code::TestOutside,
                "the file of tests is a link that leaves the extension",
            )
            .with_file(&path)
            .with_help("put a copy of the file there");
            suite.files.push(unreadable(&path, &folders, finding));
        }
    }
    if let Some(filter) = &selection.filter {
        suite.keep(filter);
    }
    suite
        .files
        .sort_by(|a, b| (a.kind, &a.path).cmp(&(b.kind, &b.path)));
    Ok(suite)
}

impl Suite {
    /// Returns how many tests there are; a file that cannot be run counts as one.
    pub fn len(&self) -> usize {
        let of_file = |file: &TestFile| match file.findings.is_empty() {
            true => file.tests.len(),
            false => 1,
        };
        self.files.iter().map(of_file).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Makes it a failure that there are none.
    pub fn tell_that_there_are_none(&mut self) {
        if self.is_empty() {
            let finding = Diagnostic::error(Code::TestNone, "the extension has no tests")
                .with_file(&self.root)
                .with_help("write them in tests/unit_tests.nu: commands with @test, after `use std/testing *`");
            self.files
                .push(unreadable(&self.root.clone(), &[], finding));
        }
    }

    /// Keeps tests with a text in their names, and all of files with it in their paths. A file that says nothing of its tests
    /// is kept, too.
    fn keep(&mut self, filter: &str) {
        let filter = filter.to_lowercase();
        let root = self.root.clone();
        self.files.retain_mut(|file| {
            let path = file.path.strip_prefix(&root).unwrap_or(&file.path);
            if path.to_string_lossy().to_lowercase().contains(&filter) {
                return true;
            }
            // Only files without any tests are told to have none.
            let is_without_tests = file.findings.iter().any(|it| it.code == Code::TestNone);
            file.tests
                .retain(|test| test.name.to_lowercase().contains(&filter));
            !is_without_tests && (!file.tests.is_empty() || !file.findings.is_empty())
        });
    }
}

/// Returns the folders of tests.
fn folders(directory: &Directory) -> Vec<PathBuf> {
    let mut folders = vec![directory.path.join(FOLDER)];
    if directory.layout.kind == LayoutKind::Package {
        folders.push(directory.layout.base.join(FOLDER));
    }
    folders
}

/// Parses all files at once, as modules are then read once. Where something is wrong, each file is parsed by itself: only
/// what it imports keeps it from being run.
fn inspected(
    request: &Request,
    inspector: &Inspector,
    code: &CodeFiles,
    interrupted: &dyn Fn() -> bool,
) -> Result<Vec<(PathBuf, Inspected)>, Interrupted> {
    let of = |request: &Request| match inspector.inspect(request, code, interrupted) {
        Err(InspectionError::Interrupted) => Err(Interrupted),
        other => Ok(other),
    };
    if request.scripts.is_empty() {
        return Ok(Vec::new());
    }
    let scripts = request.scripts.iter();
    match of(request)? {
        Ok(all) if all.problems.iter().all(|problem| problem.is_warning) => {
            return Ok(scripts
                .map(|path| (path.clone(), Ok(all.clone())))
                .collect());
        }
        _ => {}
    }
    let alone = |path: &PathBuf| Request {
        scripts: vec![path.clone()],
        ..request.clone()
    };
    scripts
        .map(|path| Ok((path.clone(), of(&alone(path))?)))
        .collect()
}

type Inspected = Result<std::sync::Arc<Inspection>, InspectionError>;

/// Returns a file of tests; nothing for one that is none.
fn file(path: &Path, inside: &Path, inspected: &Inspected, root: &Path) -> Option<TestFile> {
    let mut file = TestFile {
        path: path.to_owned(),
        kind: Kind::of(inside),
        tests: Vec::new(),
        findings: Vec::new(),
        hooks: Hooks::default(),
    };
    let inspection = match inspected {
        Ok(inspection) => inspection,
        Err(error) => {
            file.findings
                .push(Diagnostic::error(error.code(), error.to_string()).with_file(path));
            return Some(file);
        }
    };
    let sources = inspection.sources(root, masked);
    let own = inspection.files.iter().position(|file| file.path == path);
    let source = own.and_then(|own| sources.get(own));
    let defined = inspection
        .defined
        .iter()
        .filter(|defined| Some(defined.place.file) == own);
    for defined in defined {
        match Role::of(defined) {
            Some(Role::Test) => file.tests.push(test(defined, source)),
            Some(Role::BeforeAll) => file.hooks.before_all.push(defined.name.clone()),
            Some(Role::BeforeEach) => file.hooks.before_each.push(defined.name.clone()),
            Some(Role::AfterEach) => file.hooks.after_each.push(defined.name.clone()),
            Some(Role::AfterAll) => file.hooks.after_all.push(defined.name.clone()),
            None => {}
        }
    }
    file.findings = inspection
        .diagnostics(&sources)
        .into_iter()
        .filter(Diagnostic::is_error)
        .collect();
    if let Some(hook) = file.hooks.all().find(|name| !is_callable(name)) {
        let finding = uncallable(hook);
        file.findings.push(finding.with_file(path));
    }
    if file.tests.is_empty() && file.findings.is_empty() {
        if !is_named_as_test(inside) {
            return None;
        }
        file.findings.push(
            Diagnostic::error(Code::TestNone, "the file has no tests")
                .with_file(path)
                .with_help("write @test above the commands that are tests, after `use std/testing *`, or name them test_... and export them"),
        );
    }
    Some(file)
}

/// What a command is for.
enum Role {
    Test,
    BeforeAll,
    BeforeEach,
    AfterEach,
    AfterAll,
}

impl Role {
    fn of(defined: &Defined) -> Option<Self> {
        let has = |attribute: &str| defined.attributes.iter().any(|name| name == attribute);
        let is_named = || {
            let rest = defined.name.strip_prefix("test");
            defined.is_exported && rest.is_some_and(|rest| rest.starts_with(['_', '-', ' ']))
        };
        if has("before-all") {
            Some(Role::BeforeAll)
        } else if has("before-each") {
            Some(Role::BeforeEach)
        } else if has("after-each") {
            Some(Role::AfterEach)
        } else if has("after-all") {
            Some(Role::AfterAll)
        } else if has("test") || is_named() {
            Some(Role::Test)
        } else {
            None
        }
    }
}

fn test(defined: &Defined, source: Option<&std::sync::Arc<Source>>) -> Test {
    let span = defined.place.span();
    let obstacle = match defined.required.as_slice() {
        [] if is_callable(&defined.name) => None,
        [] => Some(uncallable(&defined.name)),
        needed => Some(
            Diagnostic::error(
                Code::TestName,
                format!(
                    "`{}` is called without arguments, and needs {}",
                    defined.name,
                    needed.join(", ")
                ),
            )
            .with_help("give the parameters defaults, or call it from a test with arguments"),
        ),
    };
    let is_ignored = defined.attributes.iter().any(|name| name == "ignore");
    Test {
        name: defined.name.clone(),
        span,
        is_ignored,
        obstacle: obstacle.map(|finding| match source {
            Some(source) => finding.with_label(source, span, "this test"),
            None => finding,
        }),
    }
}

fn uncallable(name: &str) -> Diagnostic {
    Diagnostic::error(
        Code::TestName,
        format!("nothing can call a command that is named `{name}`"),
    )
    .with_help("begin with a letter, and use letters, digits, blanks, `_` and `-`")
}

fn unreadable(path: &Path, folders: &[PathBuf], finding: Diagnostic) -> TestFile {
    let inside = folders
        .iter()
        .find_map(|folder| path.strip_prefix(folder).ok());
    TestFile {
        path: path.to_owned(),
        kind: Kind::of(inside.unwrap_or(path)),
        tests: Vec::new(),
        findings: vec![finding],
        hooks: Hooks::default(),
    }
}

/// Returns the links in folders of tests that look like Nushell files.
fn links(folders: &[PathBuf]) -> Vec<PathBuf> {
    const MAX_DEPTH: usize = 8;
    let mut links = Vec::new();
    let mut open: Vec<(PathBuf, usize)> = folders.iter().map(|path| (path.clone(), 0)).collect();
    while let Some((directory, depth)) = open.pop() {
        for entry in directory.read_dir().into_iter().flatten().flatten() {
            let path = entry.path();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && depth < MAX_DEPTH => open.push((path, depth + 1)),
                Ok(kind)
                    if kind.is_symlink()
                        && path.extension().is_some_and(|extension| extension == "nu") =>
                {
                    links.push(path);
                }
                _ => {}
            }
        }
    }
    links.sort();
    links
}
