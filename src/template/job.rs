//! Rendering, in a worker process or on a thread: texts and data in, a text or a fault out.

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use minijinja::value::Serde;
use minijinja::{Error, ErrorKind};
use serde::{Deserialize, Serialize};
use serde_json::Value as Data;

use super::engine::engine;
use crate::diagnostic::panic_message;
use crate::worker::{Handler, Reply};

/// The name of the job.
pub const JOB: &str = "template";

/// Largest result, in bytes.
pub(super) const MAX_OUTPUT: usize = 32 << 20;

/// What is to be rendered.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Request {
    /// The template.
    pub(super) name: String,
    /// The texts that are known, with their names.
    pub(super) texts: Vec<(String, String)>,
    /// Names that nothing has.
    pub(super) absent: Vec<String>,
    /// The data, a record.
    pub(super) data: Data,
}

/// What has become of it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    /// The result.
    Text(String),
    /// Other templates are asked for.
    Needs(Vec<String>),
    /// It failed.
    Fault(Box<Fault>),
    /// It went over a limit, in words.
    Limit(String),
    /// The program has a fault.
    Failed(String),
}

/// A fault while rendering.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Fault {
    pub(super) kind: FaultKind,
    /// The engine's words.
    pub(super) detail: String,
    /// Where, the innermost first.
    pub(super) places: Vec<Place>,
    /// The template that was asked for last and is not there.
    pub(super) absent: Option<String>,
}

/// A place in a template.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) template: String,
    /// The bytes, where they are known.
    pub(super) range: Option<(usize, usize)>,
    pub(super) line: usize,
}

/// What kind of fault it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum FaultKind {
    #[default]
    Other,
    Undefined,
    Missing,
    UnknownFilter,
    UnknownTest,
    UnknownFunction,
    Syntax,
}

/// Makes what answers the requests of this job; see [`crate::worker::serve`].
pub fn handler() -> Box<dyn Handler> {
    Box::new(Job)
}

struct Job;

impl Handler for Job {
    fn handle(&mut self, request: &[u8], reply: &Reply) {
        let answer = match rmp_serde::from_slice::<Request>(request) {
            Ok(request) => perform(request),
            Err(error) => Answer::Failed(error.to_string()),
        };
        let bytes = rmp_serde::to_vec(&answer).unwrap_or_default();
        match answer {
            // What was built may be deeper than can be taken down.
            Answer::Limit(_) | Answer::Failed(_) => reply.give_last(&bytes),
            _ => reply.give(&bytes),
        }
    }
}

/// Renders.
pub(super) fn perform(request: Request) -> Answer {
    catch_unwind(AssertUnwindSafe(|| render(request)))
        .unwrap_or_else(|panic| Answer::Failed(panic_message(panic.as_ref())))
}

#[derive(Default)]
struct Asked {
    needed: Vec<String>,
    absent: Option<String>,
}

fn render(request: Request) -> Answer {
    let Request {
        name,
        texts,
        absent,
        data,
    } = request;
    let mut engine = engine();
    let asked: Arc<Mutex<Asked>> = Arc::default();
    let told = Arc::clone(&asked);
    engine.set_loader(move |name| {
        if let Some((_, text)) = texts.iter().find(|(known, _)| known == name) {
            return Ok(Some(text.clone()));
        }
        let mut asked = told.lock().unwrap_or_else(PoisonError::into_inner);
        if absent.iter().any(|known| known == name) {
            asked.absent = Some(name.to_owned());
        } else if !asked.needed.iter().any(|known| known == name) {
            asked.needed.push(name.to_owned());
        }
        Ok(None)
    });
    let mut output = Output::default();
    let rendered = engine.get_template(&name).and_then(|template| {
        template
            .render_captured_to(minijinja::Value::from(Serde(&data)), &mut output)
            .map(|_| ())
    });
    let asked = std::mem::take(&mut *asked.lock().unwrap_or_else(PoisonError::into_inner));
    if output.is_full {
        return Answer::Limit(format!("{} MiB of output", MAX_OUTPUT >> 20));
    }
    if !asked.needed.is_empty() {
        return Answer::Needs(asked.needed);
    }
    match rendered {
        Ok(()) => match String::from_utf8(output.bytes) {
            Ok(text) => Answer::Text(text),
            Err(error) => Answer::Failed(error.to_string()),
        },
        Err(error) => failed(&error, asked.absent),
    }
}

fn failed(error: &Error, absent: Option<String>) -> Answer {
    // From the template that was asked for down to the one that has failed.
    let mut chain = vec![error];
    let mut source = std::error::Error::source(error);
    while let Some(next) = source {
        chain.extend(next.downcast_ref::<Error>());
        source = next.source();
    }
    if chain
        .iter()
        .any(|error| error.kind() == ErrorKind::OutOfFuel)
    {
        return Answer::Limit("20 million steps".to_owned());
    }
    let is_too_deep = |error: &&Error| {
        error
            .detail()
            .is_some_and(|it| it.contains("recursion limit"))
    };
    if chain.iter().any(is_too_deep) {
        return Answer::Limit("200 calls and includes inside of each other".to_owned());
    }
    let last = chain.last().copied().unwrap_or(error);
    let kind = match last.kind() {
        ErrorKind::UndefinedError => FaultKind::Undefined,
        ErrorKind::TemplateNotFound => FaultKind::Missing,
        ErrorKind::UnknownFilter => FaultKind::UnknownFilter,
        ErrorKind::UnknownTest => FaultKind::UnknownTest,
        ErrorKind::UnknownFunction | ErrorKind::UnknownMethod => FaultKind::UnknownFunction,
        ErrorKind::SyntaxError => FaultKind::Syntax,
        _ => FaultKind::Other,
    };
    let mut places = Vec::new();
    for error in chain.iter().rev() {
        if let Some(name) = error.name() {
            let range = error.range().map(|range| (range.start, range.end));
            places.push(Place {
                template: name.to_owned(),
                range,
                line: error.line().unwrap_or(1),
            });
        }
    }
    Answer::Fault(Box::new(Fault {
        kind,
        detail: last
            .detail()
            .map_or_else(|| last.kind().to_string(), str::to_owned),
        places,
        absent,
    }))
}

/// The result as it grows.
#[derive(Default)]
struct Output {
    bytes: Vec<u8>,
    is_full: bool,
}

impl Write for Output {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + part.len() > MAX_OUTPUT {
            self.is_full = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(part);
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
