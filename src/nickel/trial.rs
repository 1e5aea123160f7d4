//! Trying out what Nickel's type checker may not survive.
//!
//! It has no occurs check: for a type without an end, as in `(fun f => f f) : _`, it recurses until the stack overflows,
//! and the process ends. Texts with static types, and very long ones, are therefore prepared in a process of their own
//! first. What has passed once is not tried again.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::io::Read as _;
use std::sync::{LazyLock, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::diagnostic::{Code, Diagnostic};
use crate::worker::{Outcome, Worker};

use super::{Input, Limits, NickelError, Request, Roots, SMALL_STACK_SIZE, engine, on_stack};

/// The name of the job of [`serve`].
pub const JOB: &str = "nickel-prepare";

/// Most texts that are remembered.
const MAX_PROVEN: usize = 10_000;

/// Hashes of the texts that have passed. The hashes are keyed anew in each process, so that nobody can make two texts
/// with the same one.
static PROVEN: LazyLock<(RandomState, Mutex<HashSet<u64>>)> = LazyLock::new(Default::default);

/// What the other process is given.
#[derive(Serialize, Deserialize)]
struct Task {
    input: Input,
    roots: Roots,
}

/// Tries out the preparation of a request whose texts, all together, are `texts`.
///
/// # Errors
/// The other process died or took too long; or the caller has asked for an end.
pub(super) fn try_out(
    worker: &Worker,
    request: &Request,
    texts: &[String],
) -> Result<(), NickelError> {
    let (hasher, proven) = &*PROVEN;
    let hash = hasher.hash_one(texts);
    let lock = || proven.lock().unwrap_or_else(PoisonError::into_inner);
    if lock().contains(&hash) {
        return Ok(());
    }
    let internal = |error: &dyn std::fmt::Display| {
        NickelError::Internal(format!("the file cannot be tried out: {error}"))
    };
    let task = serde_json::to_vec(&Task {
        input: request.input.clone(),
        roots: request.roots.clone(),
    })
    .map_err(|error| internal(&error))?;
    let Limits {
        timeout, interrupt, ..
    } = &request.limits;
    match worker.run(JOB, &task, *timeout, &|| interrupt.is_triggered()) {
        Ok(Outcome::Finished) => {
            let mut proven = lock();
            if proven.len() >= MAX_PROVEN {
                proven.clear();
            }
            proven.insert(hash);
            Ok(())
        }
        Ok(Outcome::Crashed) => Err(NickelError::Faults(vec![
            Diagnostic::error(
                Code::NickelLimit,
                "the file is too complex for Nickel's type checker, which did not come to an end",
            )
            .with_help(
                "look for a recursive type near a static annotation: in `let f : _ = fun r => [r, [r]]` the type of `r` \
                 contains itself. Write `|` in place of `:` to check it when it is evaluated",
            ),
        ])),
        Ok(Outcome::TimedOut) => Err(NickelError::Timeout(*timeout)),
        Ok(Outcome::Interrupted) => Err(NickelError::Interrupted),
        Err(error) => Err(internal(&error)),
    }
}

/// The other process: prepares what stands on its standard input. Whether that has faults does not matter here, they
/// are found again; only whether it comes to an end.
pub fn serve() {
    let mut task = Vec::new();
    if std::io::stdin().read_to_end(&mut task).is_err() {
        return;
    }
    let Ok(Task { input, roots }) = serde_json::from_slice(&task) else {
        return;
    };
    let request = Request {
        roots,
        ..Request::new(input)
    };
    let _ = on_stack(SMALL_STACK_SIZE, || engine::prepare(&request).map(|_| ()));
}
