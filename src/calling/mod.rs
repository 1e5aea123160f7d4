//! Operations of extensions that run.
//!
//! A call is prepared before anything starts ([`prepare`]): the operation is looked for, the arguments are held against its parsed
//! signature, a configuration against the contract of the extension, and the environment is put together. Then it runs
//! ([`Prepared::start`]) in a Nushell of its own, and tells what it prints and what has come of it ([`Running`]).

mod arguments;
mod configured;
mod environment;
mod error;
mod lines;
mod run;

use std::ffi::OsString;
use std::path::PathBuf;

use nu_protocol::{Span, Spanned, Value};

use crate::extension::{Directory, module_of};
use crate::manager::{Extension, Operation};
use crate::nickel::Evaluator;
use crate::nushell::Unfit;

pub use arguments::{ArgumentFault, Word};
pub use error::CallError;
pub use run::{Running, Setup, Step};

use arguments::Bound;
use environment::Surroundings;

/// An operation that is asked for.
pub struct Request<'a> {
    /// The extension.
    pub extension: &'a Extension,
    /// The name of the operation.
    pub operation: Spanned<&'a str>,
    /// Its arguments, as they were written.
    pub words: Vec<Word>,
    /// Where it was said that nothing is to be changed.
    pub check: Option<Span>,
    /// Names of flags that are not for the operation, for suggestions.
    pub own_flags: &'a [&'a str],
    /// What the variables of the shell are.
    pub variables: &'a dyn Fn(&str) -> Option<OsString>,
    /// Variables that were given for this call.
    pub given_variables: Vec<(String, String)>,
    /// Evaluates schemas.
    pub evaluator: &'a Evaluator,
}

/// A call with nothing wrong, that has not begun.
#[derive(Debug)]
pub struct Prepared {
    root: PathBuf,
    module: PathBuf,
    operation: String,
    bound: Bound,
    input: String,
    surroundings: Surroundings,
    calls_plugins: bool,
}

/// Looks at everything that can be wrong with a call before it begins. Nothing of the extension runs.
///
/// # Errors
/// Everything that is wrong with the arguments or, with these right, with the configuration or the environment.
pub fn prepare(request: Request<'_>) -> Result<Prepared, CallError> {
    let Request {
        extension,
        operation: name,
        words,
        check,
        own_flags,
        variables,
        given_variables,
        evaluator,
    } = request;
    let operation = find(extension, name)?;
    let mut bound = arguments::bind(operation, words, check, own_flags, name.span)
        .map_err(CallError::Arguments)?;
    let directory = Directory::open(&extension.directory(), Some(extension.kind()))
        .map_err(CallError::Directory)?;
    configured::apply(
        extension, operation, &directory, evaluator, name.span, &mut bound,
    )?;
    let mut surroundings = Surroundings::of(extension, &directory, variables, given_variables)?;
    surroundings.hide_those_of(&bound);
    let module = module_of(&directory, extension.kind(), &extension.metadata.name)
        .ok_or_else(|| unknown(extension, name))?;
    let calls_plugins = environment::calls_plugins(&module);
    let input = bound.to_nuon().map_err(|Unfit { span, what }| {
        CallError::Arguments(vec![ArgumentFault::unfit(span, &what)])
    })?;
    Ok(Prepared {
        root: directory.path.clone(),
        module,
        operation: operation.name.clone(),
        bound,
        input,
        surroundings,
        calls_plugins,
    })
}

fn find<'e>(extension: &'e Extension, name: Spanned<&str>) -> Result<&'e Operation, CallError> {
    extension
        .operation(name.item)
        .ok_or_else(|| unknown(extension, name))
}

fn unknown(extension: &Extension, name: Spanned<&str>) -> CallError {
    CallError::UnknownOperation {
        name: name.item.to_owned(),
        extension: extension.metadata.name.clone(),
        kind: extension.kind(),
        known: extension
            .operations
            .iter()
            .map(|operation| operation.name.clone())
            .collect(),
        span: name.span,
    }
}

/// Returns the values of a call, as the driver gets them.
fn given(bound: &Bound) -> Value {
    let span = Span::unknown();
    let flags = bound.flags.iter().cloned().collect();
    let mut all = nu_protocol::Record::new();
    all.push("positional", Value::list(bound.positional.clone(), span));
    all.push("flags", Value::record(flags, span));
    Value::record(all, span)
}
