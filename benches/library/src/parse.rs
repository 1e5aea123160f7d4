//! The least that a validation can do: read every file and parse it, with the parsers as they are.

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use nickel_lang_core::ast::AstAlloc;
use nickel_lang_core::files::Files;
use nickel_lang_core::parser::{ErrorTolerantParser as _, grammar, lexer::Lexer};
use nu_protocol::engine::StateWorkingSet;

use crate::Result;

/// Returns how long it takes to read and parse the files below a directory, on all processors.
pub(crate) fn parse(root: &Path) -> Result<Duration> {
    let mut files = Vec::new();
    find(root, &mut files)?;
    // Made once, as the plugin does.
    let engine = nu_cmd_lang::create_default_context();
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let start = Instant::now();
    let queue = Mutex::new(files.into_iter());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let Some(path) = queue.lock().ok().and_then(|mut queue| queue.next()) else {
                        return;
                    };
                    let Ok(text) = std::fs::read_to_string(&path) else {
                        continue;
                    };
                    match path.extension().and_then(|extension| extension.to_str()) {
                        Some("toml") => {
                            let _ = text.parse::<toml::Table>();
                        }
                        Some("nu") => {
                            let mut set = StateWorkingSet::new(&engine);
                            let name = path.to_string_lossy();
                            nu_parser::parse(&mut set, Some(&name), text.as_bytes(), false);
                        }
                        Some("ncl") => {
                            let alloc = AstAlloc::new();
                            let file = Files::new(std::iter::empty::<(String, String)>())
                                .add(path.as_os_str(), text.as_str());
                            let _ = grammar::TermParser::new().parse_tolerant(
                                &alloc,
                                file,
                                Lexer::new(&text),
                            );
                        }
                        _ => {}
                    }
                }
            });
        }
    });
    Ok(start.elapsed())
}

fn find(directory: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in directory.read_dir()? {
        let path = entry?.path();
        if path.is_dir() {
            find(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
