//! A hostile input, and what may come of it.

use std::path::Path;
use std::time::Duration;

use provisioning::diagnostic::Explain as _;
use provisioning::nickel::{Evaluator, NickelError, Program};
use serde_json::Value;

/// The outcome of an input that is not hostile after all.
pub(super) const FINE: &str = "fine";
pub(super) const LIMIT: &str = "nickel::limit";
pub(super) const PARSE: &str = "nickel::parse";

/// Time for what goes over a limit.
const SHORT: Duration = Duration::from_millis(300);
/// Time for what does not.
const LONG: Duration = Duration::from_secs(20);

/// What is asked of a program.
#[derive(Clone, Debug)]
pub(super) enum Ask {
    Evaluate,
    Typecheck,
    Query,
    /// Its value with other values in it.
    Override(Value),
    /// Data held against it.
    Check(Value),
}

/// Files, of which the first is the program, and what is asked of it.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) name: String,
    pub(super) files: Vec<(String, Vec<u8>)>,
    pub(super) ask: Ask,
    /// The codes it may end with.
    pub(super) codes: Vec<&'static str>,
    pub(super) timeout: Duration,
    /// Whether it can be tried without a worker.
    pub(super) is_tame: bool,
}

impl Case {
    /// Returns a Nickel text that goes over a limit when it is evaluated.
    pub(super) fn new(name: &str, text: impl Into<String>) -> Self {
        Self::file(name, "main.ncl", text.into())
    }

    /// Returns a file that goes over a limit when it is evaluated.
    pub(super) fn file(name: &str, file: &str, content: impl Into<Vec<u8>>) -> Self {
        Self {
            name: name.to_owned(),
            files: vec![(file.to_owned(), content.into())],
            ask: Ask::Evaluate,
            codes: vec![LIMIT],
            timeout: SHORT,
            is_tame: false,
        }
    }

    /// Adds a file beside the program.
    pub(super) fn with(mut self, file: &str, content: impl Into<Vec<u8>>) -> Self {
        self.files.push((file.to_owned(), content.into()));
        self
    }

    /// Asks something else.
    pub(super) fn ask(mut self, ask: Ask) -> Self {
        self.ask = ask;
        self
    }

    /// Ends with one of these codes. Without the one for limits, it may take its time.
    pub(super) fn ends(mut self, codes: &[&'static str]) -> Self {
        self.codes = codes.to_vec();
        self.timeout = if codes.contains(&LIMIT) { SHORT } else { LONG };
        self
    }

    /// Is known to leave the process alone that it runs in.
    pub(super) fn tame(mut self) -> Self {
        self.is_tame = true;
        self
    }

    /// Writes the files and returns the program.
    pub(super) fn write(&self, directory: &Path) -> Program {
        for (name, content) in &self.files {
            let path = directory.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        Program::file(directory.join(&self.files[0].0))
    }
}

/// Asks and returns the code of the outcome.
pub(super) fn outcome(evaluator: &Evaluator, program: &Program, ask: &Ask) -> String {
    let found = match ask {
        Ask::Evaluate => evaluator.evaluate(program, &[], None).map(|_| None),
        Ask::Override(data) => evaluator.evaluate(program, &[], Some(data)).map(|_| None),
        Ask::Query => evaluator.query(program, &[]).map(|_| None),
        Ask::Typecheck => evaluator
            .typecheck(program)
            .map(|findings| findings.into_iter().next()),
        Ask::Check(data) => evaluator
            .check(program, &[], vec![data.clone()])
            .map(|rows| rows.into_iter().flat_map(|row| row.faults).next()),
    };
    match found {
        Ok(None) => FINE.to_owned(),
        Ok(Some(finding)) => finding.code.as_str().to_owned(),
        Err(error) => {
            if let NickelError::Internal(reason) = &error {
                return format!("nickel::internal ({reason})");
            }
            error.code().as_str().to_owned()
        }
    }
}
