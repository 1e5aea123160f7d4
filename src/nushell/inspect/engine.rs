//! What the parser knows before it reads the first file.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use nu_protocol::engine::{EngineState, FileStack, StateWorkingSet, VirtualPath};
use nu_protocol::{Signature, Value};
use serde::{Deserialize, Serialize};

use super::stub::Stub;
use crate::nushell::builtins;

/// The signature of a command that is neither built in nor defined by a file, such as that of a plugin.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Declaration(Signature);

impl Declaration {
    /// Returns the declaration of a command with this signature.
    pub fn new(mut signature: Signature) -> Self {
        // Nothing is told of it but what it takes and gives.
        signature.description.clear();
        signature.extra_description.clear();
        signature.search_terms.clear();
        let positionals = signature
            .required_positional
            .iter_mut()
            .chain(&mut signature.optional_positional)
            .chain(&mut signature.rest_positional);
        for positional in positionals {
            positional.desc.clear();
            positional.completion = None;
        }
        for flag in &mut signature.named {
            flag.desc.clear();
            flag.completion = None;
        }
        Self(signature)
    }
}

/// The key of no declarations.
pub(super) const BASE: u64 = 0;

/// What tells sets of declarations apart.
pub(super) fn key(declarations: &[Declaration]) -> u64 {
    if declarations.is_empty() {
        return BASE;
    }
    let mut hasher = DefaultHasher::new();
    for Declaration(signature) in declarations {
        format!("{signature:?}").hash(&mut hasher);
    }
    hasher.finish()
}

/// Commands that read files when they are parsed, whatever these are: devices and pipes too. Without a declaration the
/// parser refuses them, and an extension has no use for them.
pub(super) const READERS: [&str; 3] = ["source", "source-env", "run"];

/// Nushell's side of the library that comes with the plugin.
pub(in crate::nushell) const LIBRARY: [(&str, &str); 16] = [
    (
        "provisioning/mod.nu",
        include_str!("../../../nu/provisioning/mod.nu"),
    ),
    (
        "provisioning/clusters.nu",
        include_str!("../../../nu/provisioning/clusters.nu"),
    ),
    (
        "provisioning/downloads.nu",
        include_str!("../../../nu/provisioning/downloads.nu"),
    ),
    (
        "provisioning/loading.nu",
        include_str!("../../../nu/provisioning/loading.nu"),
    ),
    (
        "provisioning/log.nu",
        include_str!("../../../nu/provisioning/log.nu"),
    ),
    (
        "provisioning/net.nu",
        include_str!("../../../nu/provisioning/net.nu"),
    ),
    (
        "provisioning/operations.nu",
        include_str!("../../../nu/provisioning/operations.nu"),
    ),
    (
        "provisioning/plugin.nu",
        include_str!("../../../nu/provisioning/plugin.nu"),
    ),
    (
        "provisioning/rendering.nu",
        include_str!("../../../nu/provisioning/rendering.nu"),
    ),
    (
        "provisioning/requirements.nu",
        include_str!("../../../nu/provisioning/requirements.nu"),
    ),
    (
        "provisioning/rest.nu",
        include_str!("../../../nu/provisioning/rest.nu"),
    ),
    (
        "provisioning/secrets.nu",
        include_str!("../../../nu/provisioning/secrets.nu"),
    ),
    (
        "provisioning/service.nu",
        include_str!("../../../nu/provisioning/service.nu"),
    ),
    (
        "provisioning/testing.nu",
        include_str!("../../../nu/provisioning/testing.nu"),
    ),
    (
        "provisioning/wait.nu",
        include_str!("../../../nu/provisioning/wait.nu"),
    ),
    (
        "provisioning/workflow.nu",
        include_str!("../../../nu/provisioning/workflow.nu"),
    ),
];

/// The engines of this process: making one takes milliseconds.
#[derive(Default)]
pub(super) struct Engines {
    known: Mutex<Vec<Known>>,
    /// How often the standard library was needed.
    std_uses: AtomicUsize,
}

struct Known {
    declarations: u64,
    has_std: bool,
    engine: Arc<EngineState>,
}

/// Most engines that are kept: one with the standard library and one without, for two sets of declarations.
const MAX_ENGINES: usize = 4;

impl Engines {
    /// Returns an engine that knows the declarations with this key; none when they have to be told first.
    /// `uses_std` says whether code will use the standard library.
    ///
    /// The first time, the parts of it that are used are parsed with the code. Parsing all of it takes longer, and is worth
    /// it when more code comes that uses it.
    pub(super) fn get(
        &self,
        key: u64,
        declarations: Option<&[Declaration]>,
        uses_std: bool,
    ) -> Result<Option<Arc<EngineState>>, String> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let of_key = |has_std: bool| {
            move |known: &&Known| known.declarations == key && known.has_std == has_std
        };
        let plain = known.iter().find(of_key(false));
        if plain.is_none() && declarations.is_none() {
            return Ok(None);
        }
        let has_std = uses_std && self.std_uses.fetch_add(1, Ordering::Relaxed) > 0;
        if let Some(found) = known.iter().find(of_key(has_std)) {
            return Ok(Some(Arc::clone(&found.engine)));
        }
        let mut engine = match plain {
            Some(plain) => (*plain.engine).clone(),
            None => {
                let base = known.iter().find(|known| known.declarations == BASE);
                let mut engine = match base {
                    Some(base) => (*base.engine).clone(),
                    None => make()?,
                };
                declare(&mut engine, declarations.unwrap_or_default())?;
                engine
            }
        };
        if has_std {
            read_std(&mut engine)?;
        }
        let engine = Arc::new(engine);
        if known.len() >= MAX_ENGINES {
            known.clear();
        }
        known.push(Known {
            declarations: key,
            has_std,
            engine: Arc::clone(&engine),
        });
        Ok(Some(engine))
    }
}

fn make() -> Result<EngineState, String> {
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

fn declare(engine: &mut EngineState, declarations: &[Declaration]) -> Result<(), String> {
    let delta = {
        let mut set = StateWorkingSet::new(engine);
        for Declaration(signature) in declarations {
            if set.find_decl(signature.name.as_bytes()).is_none() {
                set.add_decl(Box::new(Stub::plugin(signature.clone())));
            }
        }
        set.render()
    };
    engine.merge_delta(delta).map_err(|error| error.to_string())
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
