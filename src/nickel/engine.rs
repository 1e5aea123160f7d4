//! One evaluation from start to end.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use nickel_lang_core::cache::CacheHub;
use nickel_lang_core::closurize::Closurize as _;
use nickel_lang_core::error::{Error, NullReporter};
use nickel_lang_core::eval::{Closure, VirtualMachine, VmContext};
use nickel_lang_core::files::FileId;
use nickel_lang_core::identifier::LocIdent;
use nickel_lang_core::position::PosTable;
use nickel_lang_core::program::FieldPath;

use crate::diagnostic::{Code, Diagnostic};

use super::budget::{Budget, BudgetedCache, Stop};
use super::findings::findings;
use super::trial::try_out;
use super::walk::{Problem, Walk};
use super::{NickelError, Request, loader};

/// What is ready to be evaluated.
pub(super) struct Prepared {
    hub: CacheHub,
    positions: PosTable,
    main: FileId,
}

/// Reads, tries out, parses, checks the types and compiles. Has to run on a large stack.
pub(super) fn prepare(request: &Request) -> Result<Prepared, NickelError> {
    let mut hub = CacheHub::new();
    let mut positions = PosTable::new();
    hub.prepare_stdlib(&mut positions)
        .map_err(|_| NickelError::Internal("the standard library does not load".to_owned()))?;
    let loaded = loader::load(&mut hub, &request.input, &request.roots)
        .map_err(|finding| NickelError::Faults(vec![finding]))?;
    if let Some(worker) = &request.limits.worker
        && loaded.is_risky
    {
        try_out(worker, request, &loaded.texts(&hub))?;
    }
    if let Err(error) = hub.prepare(&mut positions, loaded.main) {
        return Err(NickelError::Faults(findings(
            error,
            hub.sources.files(),
            None,
        )));
    }
    if let Some(path) = loaded.unexpected_file(&hub) {
        return Err(NickelError::Faults(vec![
            Diagnostic::error(Code::NickelImport, "a file was read that no import names")
                .with_file(path),
        ]));
    }
    Ok(Prepared {
        hub,
        positions,
        main: loaded.main,
    })
}

/// Prepares, evaluates and extracts; gives the answer before it frees what was built. Has to run on a large stack.
pub(super) fn evaluate(
    request: &Request,
    reply: impl FnOnce(Result<serde_json::Value, NickelError>) + 'static,
) {
    let Prepared {
        hub,
        positions,
        main,
    } = match prepare(request) {
        Ok(prepared) => prepared,
        Err(error) => return reply(Err(error)),
    };
    let budget = Budget::new(
        request.limits.interrupt.clone(),
        Some(Instant::now() + request.limits.timeout),
    );
    let mut context: Context = VmContext::new_with_pos_table(
        hub.clone_for_eval(),
        positions,
        std::io::sink(),
        NullReporter {},
    );
    context.cache = BudgetedCache::new_in(Rc::clone(&budget));
    let reply = Rc::new(Cell::new(Some(reply)));
    budget.on_stop({
        let reply = Rc::clone(&reply);
        let timeout = request.limits.timeout;
        move |stop| {
            if let Some(reply) = reply.take() {
                reply(Err(stopped(stop, timeout)));
            }
        }
    });
    let outcome = run(&mut context, main, &request.field, &budget);
    if let Some(reply) = reply.take() {
        reply(outcome.and_then(|outcome| finish(outcome, &context)));
    }
    // Freeing recurses through chains of thunks; the thread's stack is made for it.
    drop(context);
    budget.release();
}

type Context = VmContext<CacheHub, BudgetedCache>;

/// Data, and everything that is wrong with it.
struct Outcome {
    data: serde_json::Value,
    problems: Vec<(String, Problem)>,
}

fn stopped(stop: Stop, timeout: Duration) -> NickelError {
    match stop {
        Stop::Interrupted => NickelError::Interrupted,
        Stop::Deadline => NickelError::Timeout(timeout),
        Stop::Memory => NickelError::Faults(vec![Diagnostic::error(
            Code::NickelLimit,
            "the evaluation builds more values than the limit allows",
        )]),
    }
}

/// Evaluates the input, or one field of it, node by node.
fn run(
    context: &mut Context,
    id: FileId,
    field: &[String],
    budget: &Budget,
) -> Result<Outcome, NickelError> {
    let internal = |what: &str| NickelError::Internal(what.to_owned());
    context
        .import_resolver
        .closurize(&mut context.cache, id)
        .map_err(|_| internal("the input was not prepared"))?;
    let mut value = context
        .import_resolver
        .terms
        .get_owned(id)
        .ok_or_else(|| internal("the input was not compiled"))?;
    if !field.is_empty() {
        let path = FieldPath(field.iter().map(LocIdent::new).collect());
        let found = VirtualMachine::new(context).extract_field_value_closure(value.into(), &path);
        match found {
            Ok(Closure { value: found, env }) => {
                value = found.closurize(&mut context.cache, env);
            }
            Err(error) => {
                return Ok(Outcome {
                    data: serde_json::Value::Null,
                    problems: vec![(field.join("."), Problem::Eval(error))],
                });
            }
        }
    }
    let mut walk = Walk::new(budget);
    let mut vm = VirtualMachine::new(context);
    let data = walk.value(&mut vm, value);
    Ok(Outcome {
        data,
        problems: walk.into_problems(),
    })
}

/// Puts the problems into words. A fault in a shared value turns up wherever the value is used, and is told once.
fn finish(outcome: Outcome, context: &Context) -> Result<serde_json::Value, NickelError> {
    if outcome.problems.is_empty() {
        return Ok(outcome.data);
    }
    let files = context.import_resolver.sources.files();
    let mut faults: Vec<Diagnostic> = Vec::new();
    for (path, problem) in outcome.problems {
        let found = match problem {
            Problem::Eval(mut error) => {
                // Errors that the walk makes up do not know where things stand yet.
                if error.ctxt.pos_table == PosTable::default() {
                    error.ctxt.pos_table = context.pos_table.clone();
                }
                findings(Error::EvalError(error), files, Some(path))
            }
            Problem::Unfit { code, message } => vec![Diagnostic::error(
                code,
                if path.is_empty() {
                    message
                } else {
                    format!("`{path}`: {message}")
                },
            )],
        };
        for finding in found {
            if !faults.iter().any(|known| is_same(known, &finding)) {
                faults.push(finding);
            }
        }
    }
    Err(NickelError::Faults(faults))
}

fn is_same(one: &Diagnostic, other: &Diagnostic) -> bool {
    let place = |finding: &Diagnostic| {
        finding
            .labels
            .first()
            .map(|label| (label.source.name().to_owned(), label.span))
    };
    one.code == other.code && one.message == other.message && place(one) == place(other)
}
