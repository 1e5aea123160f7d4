//! What the parser knows before it reads the first file.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use nu_protocol::engine::{EngineState, FileStack, StateWorkingSet, VirtualPath};
use nu_protocol::{Signature, Value};
use serde::{Deserialize, Serialize};

use super::stub::Stub;
use crate::nushell::builtins;

/// The signature of a command that is neither built in nor defined by a file, such as that of a plugin.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Declaration(pub Signature);

/// Commands that read files when they are parsed, whatever these are: devices and pipes too. Without a declaration the
/// parser refuses them, and an extension has no use for them.
pub(super) const READERS: [&str; 3] = ["source", "source-env", "run"];

/// Nushell's side of the library that comes with the plugin.
const LIBRARY: [(&str, &str); 1] = [(
    "provisioning/mod.nu",
    include_str!("../../../nu/provisioning/mod.nu"),
)];

/// The engines of this process: making one takes milliseconds.
#[derive(Default)]
pub(super) struct Engines(Mutex<Vec<Known>>);

struct Known {
    declarations: u64,
    has_std: bool,
    engine: Arc<EngineState>,
}

/// Most engines that are kept: one with the standard library and one without, for two sets of declarations.
const MAX_ENGINES: usize = 4;

impl Engines {
    /// Returns an engine that knows these declarations. With `has_std` the standard library was parsed already, which
    /// takes long and is not needed by a file that does not use it.
    pub(super) fn get(
        &self,
        declarations: &[Declaration],
        has_std: bool,
    ) -> Result<Arc<EngineState>, String> {
        let key = key(declarations);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_key = |has_std: bool| {
            move |known: &&Known| known.declarations == key && known.has_std == has_std
        };
        if let Some(found) = known.iter().find(of_key(has_std)) {
            return Ok(Arc::clone(&found.engine));
        }
        let mut engine = match known.iter().find(of_key(false)) {
            Some(plain) => (*plain.engine).clone(),
            None => make(declarations)?,
        };
        if has_std {
            read_std(&mut engine)?;
        }
        let engine = Arc::new(engine);
        if known.len() >= MAX_ENGINES {
            known.remove(0);
        }
        known.push(Known {
            declarations: key,
            has_std,
            engine: Arc::clone(&engine),
        });
        Ok(engine)
    }
}

fn key(declarations: &[Declaration]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for Declaration(signature) in declarations {
        format!("{signature:?}").hash(&mut hasher);
    }
    hasher.finish()
}

fn make(declarations: &[Declaration]) -> Result<EngineState, String> {
    let mut engine = nu_cmd_lang::create_default_context();
    let delta = {
        let mut set = StateWorkingSet::new(&engine);
        for builtin in builtins::read()?.commands {
            let name = builtin.signature.name.as_bytes();
            // Those of the language itself are linked: constants are evaluated with them.
            let is_reader = READERS.iter().any(|reader| reader.as_bytes() == name);
            if !is_reader && set.find_decl(name).is_none() {
                set.add_decl(Box::new(Stub::builtin(builtin)));
            }
        }
        for Declaration(signature) in declarations {
            if set.find_decl(signature.name.as_bytes()).is_none() {
                set.add_decl(Box::new(Stub::plugin(signature.clone())));
            }
        }
        set.render()
    };
    engine
        .merge_delta(delta)
        .map_err(|error| error.to_string())?;
    // `$nu` in constants.
    engine.generate_nu_constant();
    engine.add_env_var("PWD".into(), Value::test_string("/"));
    nu_std::load_standard_library(&mut engine).map_err(|error| error.to_string())?;
    add_library(&mut engine)?;
    Ok(engine)
}

/// Makes `use provisioning *` find the library that comes with the plugin, wherever it was installed.
fn add_library(engine: &mut EngineState) -> Result<(), String> {
    let delta = {
        let mut set = StateWorkingSet::new(engine);
        let mut files = Vec::new();
        for (name, text) in LIBRARY {
            let file = set.add_file(name, text.as_bytes());
            files.push(set.add_virtual_path(name.to_owned(), VirtualPath::File(file)));
        }
        let _ = set.add_virtual_path("provisioning".to_owned(), VirtualPath::Dir(files));
        set.render()
    };
    engine.merge_delta(delta).map_err(|error| error.to_string())
}

/// Parses the parts of the standard library that extensions use, so that no later parse does it again. Nothing of it
/// gets into scope.
fn read_std(engine: &mut EngineState) -> Result<(), String> {
    let delta = {
        let mut set = StateWorkingSet::new(engine);
        set.files = FileStack::with_file(Path::new("/<std>").to_owned());
        let text = b"def __std [] { use std *; use std/log; use std/assert; use std/iter; use std/testing }";
        nu_parser::parse(&mut set, Some("<std>"), text, false);
        set.render()
    };
    engine.merge_delta(delta).map_err(|error| error.to_string())
}
