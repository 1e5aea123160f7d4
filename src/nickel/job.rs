//! The engine in a worker process.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::engine::Engine;
use super::limits::Interrupt;
use super::task::{Answer, Task};
use crate::diagnostic::panic_message;
use crate::worker::{Handler, Reply};

/// The name of the job.
pub const JOB: &str = "nickel";

/// Makes what answers the requests of this job; see [`crate::worker::serve`].
pub fn handler() -> Box<dyn Handler> {
    // Before the first request, which is sent while this goes on.
    Box::new(Job {
        engine: Engine::new(),
    })
}

struct Job {
    engine: Result<Engine, String>,
}

impl Handler for Job {
    fn handle(&mut self, request: &[u8], reply: &Reply) {
        let task: Task = match rmp_serde::from_slice(request) {
            Ok(task) => task,
            Err(error) => return reply.give(&encode(&Answer::Failed(error.to_string()))),
        };
        let engine = match &mut self.engine {
            Ok(engine) => engine,
            Err(reason) => reply.give_last(&encode(&Answer::Failed(reason.clone()))),
        };
        let given = reply.clone();
        let answered = Box::new(move |answer: Answer| {
            let bytes = encode(&answer);
            match answer {
                // What was built until now may be too deep to be taken down.
                Answer::Stopped(_) => given.give_last(&bytes),
                _ => given.give(&bytes),
            }
        });
        // Nobody interrupts a worker: it is ended.
        let performed = catch_unwind(AssertUnwindSafe(|| {
            engine.perform(task, &Interrupt::default(), answered)
        }));
        match performed {
            Ok(true) => {}
            Ok(false) => self.engine = Engine::new(),
            Err(panic) => {
                let reason = panic_message(panic.as_ref());
                reply.give_last(&encode(&Answer::Failed(reason)));
            }
        }
    }
}

fn encode(answer: &Answer) -> Vec<u8> {
    rmp_serde::to_vec(answer).unwrap_or_else(|error| {
        rmp_serde::to_vec(&Answer::Failed(error.to_string())).unwrap_or_default()
    })
}
