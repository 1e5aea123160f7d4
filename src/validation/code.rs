//! The Nushell code of an extension: what is inspected, for the rules that look at it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Validator, secret};
use crate::diagnostic::{Code, Diagnostic, Explain as _, Source};
use crate::extension::{Directory, Extension, Interface, Interrupted};
use crate::nushell::{CodeFiles, Inspection, InspectionError, Request, WantedModule};

/// What there is to know of the code of an extension.
pub(super) struct Inspected {
    /// The extensions in the directory, each with its module.
    pub(super) modules: Vec<(Extension, PathBuf)>,
    /// What the inspection has told.
    pub(super) inspection: Arc<Inspection>,
    /// The texts of the files, for places in them.
    pub(super) sources: Vec<Arc<Source>>,
    /// Everything that is wrong with the code itself, for all rules.
    pub(super) findings: Vec<Diagnostic>,
}

/// Inspects the code of an extension. The same code is not parsed twice.
///
/// # Errors
/// The work was ended from outside.
pub(super) fn inspect(
    directory: &Directory,
    validator: &Validator,
) -> Result<Inspected, Interrupted> {
    let interface = Interface::of(directory, &validator.lib_dirs);
    let Interface {
        modules,
        code,
        request,
    } = match validator.modules_only {
        true => interface.of_modules_only(),
        false => interface,
    };
    let mut findings = code.findings.clone();
    let inspection = parsed(&request, &code, validator, &mut findings)?;
    let sources: Vec<Arc<Source>> = inspection.sources(&directory.path, secret::masked);
    let known = |name: &str| {
        let packages = directory.reading.metadata.as_ref();
        packages.is_some_and(|metadata| metadata.system_packages.iter().any(|known| known == name))
            || validator.environment.has_program(name)
    };
    findings.extend(
        inspection
            .diagnostics(&sources)
            .into_iter()
            .filter_map(|finding| of_own(finding, &directory.path))
            // A program that is there, or that the metadata ask for, was meant.
            .filter(|finding| {
                finding.code != Code::NushellUnknownCommand
                    || !finding.labels.first().is_some_and(|label| {
                        let text = label.source.text();
                        text.get(label.span.start..label.span.end)
                            .is_some_and(known)
                    })
            }),
    );
    Ok(Inspected {
        modules,
        inspection,
        sources,
        findings,
    })
}

/// Keeps a finding, unless it is about how somebody else's module is written. What keeps such a module from being used is the
/// extension's trouble as well.
fn of_own(mut finding: Diagnostic, root: &Path) -> Option<Diagnostic> {
    let is_own = |finding: &Diagnostic| {
        finding
            .file()
            .is_none_or(|file| Path::new(&file).starts_with(root))
    };
    if is_own(&finding) {
        return Some(finding);
    }
    finding.help = Some(
        "the extension imports this module, which is not part of it: mend it where it is, or import another one"
            .to_owned(),
    );
    finding.is_error().then_some(finding)
}

/// Parses everything at once. When that does not come to an end, each file is parsed by itself, so that the one that is to
/// blame is named and the others are checked.
fn parsed(
    request: &Request,
    code: &CodeFiles,
    validator: &Validator,
    findings: &mut Vec<Diagnostic>,
) -> Result<Arc<Inspection>, Interrupted> {
    let interrupt = &validator.evaluator.limits().interrupt;
    let interrupted = || interrupt.is_triggered();
    let inspect = |request: &Request| validator.inspector.inspect(request, code, &interrupted);
    // Of the rules that look at the code, the first takes the time, and the others learn what it has seen.
    let was_tried = validator.inspector.knows(request, code);
    match inspect(request) {
        Ok(inspection) => return Ok(inspection),
        Err(InspectionError::Interrupted) => return Err(Interrupted),
        // Alone, it is to blame.
        Err(InspectionError::Limit(_)) if files_of(request).count() > 1 => {}
        Err(error @ InspectionError::Limit(_)) => {
            let only = files_of(request).next().unwrap_or(&request.root);
            findings.push(over_limit(&error, only));
            return Ok(Arc::default());
        }
        Err(error) => {
            findings
                .push(Diagnostic::error(error.code(), error.to_string()).with_file(&request.root));
            return Ok(Arc::default());
        }
    }
    let mut parts = Vec::new();
    let single = |modules: Vec<WantedModule>, scripts: Vec<PathBuf>| Request {
        modules,
        scripts,
        ..request.clone()
    };
    let requests = request
        .modules
        .iter()
        .map(|module| (&module.path, single(vec![module.clone()], Vec::new())))
        .chain(
            request
                .scripts
                .iter()
                .filter(|path| !request.modules.iter().any(|module| module.path == **path))
                .map(|path| (path, single(Vec::new(), vec![path.clone()]))),
        );
    // More than one is rarely to blame, and each takes its time.
    const MAX_CULPRITS: usize = 3;
    const LONGEST: Duration = Duration::from_secs(10);
    let start = Instant::now();
    let mut culprits = 0;
    for (path, request) in requests {
        let is_over = match was_tried {
            true => !validator.inspector.knows(&request, code),
            false => culprits >= MAX_CULPRITS || start.elapsed() > LONGEST,
        };
        if is_over {
            findings.push(
                Diagnostic::error(
                    Code::NushellLimit,
                    "parsing takes too long; the files from this one on are not checked",
                )
                .with_file(path)
                .with_help("mend the others first"),
            );
            break;
        }
        match inspect(&request) {
            Ok(inspection) => parts.push(inspection),
            Err(InspectionError::Interrupted) => return Err(Interrupted),
            Err(error) => {
                culprits += 1;
                findings.push(over_limit(&error, path));
            }
        }
    }
    Ok(Arc::new(Inspection::merged(&parts)))
}

/// Returns the files that a request names, each once.
fn files_of(request: &Request) -> impl Iterator<Item = &Path> {
    let modules = request.modules.iter().map(|module| module.path.as_path());
    let is_module = |path: &&Path| !request.modules.iter().any(|module| module.path == *path);
    let scripts = request.scripts.iter().map(PathBuf::as_path);
    modules.chain(scripts.filter(is_module))
}

fn over_limit(error: &InspectionError, path: &Path) -> Diagnostic {
    Diagnostic::error(error.code(), error.to_string())
        .with_file(path)
        .with_help("look for brackets that are opened again and again and never closed, such as `{ |`, and for expressions of thousands of parts")
}
