//! One file: its tests one after the other, in as many Nushells as it takes.

use std::collections::{BTreeMap, VecDeque};
use std::ffi::OsString;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::fault::{Place, Texts};
use super::output::Output;
use super::{Fault, Options, Row, Status, Suite, Test, TestFile};
use crate::diagnostic::{Code, Diagnostic, Explain as _, safe_text};
use crate::nickel::{is_secret, stars, tokens};
use crate::nushell::NUSHELL;
use crate::nushell::runner::{Binding, RunError, Said, Session, Task, is_other_release};
use crate::worker::Ending;

/// How long to wait for something new before looking at the caller's wishes.
const PATIENCE: Duration = Duration::from_millis(20);
/// Values of secrets that are shorter may stand in a text by chance.
const SHORTEST_SECRET: usize = 4;
/// What runs the tests; a text that never changes.
const DRIVER: &str = include_str!("driver.nu");

/// Runs the tests of a file, and tells each as it ends.
pub(super) fn run(suite: &Suite, file: &TestFile, options: &Options, tell: &mut dyn FnMut(Row)) {
    if !file.findings.is_empty() {
        for finding in &file.findings {
            let fault = Fault::new(finding.clone());
            tell(row(suite, file, None, Status::Failed).because(fault));
        }
        return;
    }
    let is_run = |test: &&Test| test.obstacle.is_none() && !test.is_ignored;
    let mut waiting: Vec<&Test> = file.tests.iter().filter(is_run).collect();
    let mut run = FileRun {
        suite,
        file,
        options,
        tell,
        untold: file.tests.iter().collect(),
        texts: Texts::below(&suite.root),
        environment: environment(suite, options),
    };
    while !waiting.is_empty() && !options.interrupt.is_triggered() {
        waiting = run.in_one_nushell(waiting);
    }
    if !options.interrupt.is_triggered() {
        run.tell_of_those_before(None);
    }
}

/// Returns the variables that an extension asks for, as far as they are there.
fn environment(suite: &Suite, options: &Options) -> Vec<(OsString, OsString)> {
    let is_asked = |name: &OsString| {
        let base = crate::nushell::runner::BASE_VARIABLES.iter();
        let mut asked = base
            .copied()
            .chain(suite.variables.iter().map(String::as_str));
        asked.any(|asked| *name == *asked)
    };
    let known = options.environment.iter();
    known.filter(|(name, _)| is_asked(name)).cloned().collect()
}

fn row(suite: &Suite, file: &TestFile, test: Option<&str>, status: Status) -> Row {
    Row {
        extension: suite.extension.clone(),
        file: file.path.clone(),
        kind: Some(file.kind),
        test: test.map(|test| safe_text(test).into_owned()),
        status,
        duration: None,
        fault: None,
        output: String::new(),
    }
}

impl Row {
    fn because(mut self, fault: Fault) -> Self {
        self.fault = Some(fault);
        self
    }
}

struct FileRun<'a> {
    suite: &'a Suite,
    file: &'a TestFile,
    options: &'a Options,
    tell: &'a mut dyn FnMut(Row),
    /// The tests of which nothing was told yet.
    untold: VecDeque<&'a Test>,
    texts: Texts<'a>,
    environment: Vec<(OsString, OsString)>,
}

/// What a Nushell is at.
enum At {
    /// It reads the file.
    Start,
    /// It runs a command that belongs to all tests.
    Hook(String),
    /// It runs the first test that has not ended.
    Test,
    /// It is between two of them, or at its end.
    Between,
}

impl<'a> FileRun<'a> {
    /// Tells of the tests that are not run, as far as they stand before another one, so that rows come as tests stand in the
    /// file.
    fn tell_of_those_before(&mut self, next: Option<&Test>) {
        while let Some(test) = self.untold.pop_front() {
            if next.is_some_and(|next| next.span == test.span) {
                return;
            }
            let name = Some(test.name.as_str());
            let row = match &test.obstacle {
                Some(obstacle) => {
                    let fault = Fault::new(obstacle.clone());
                    row(self.suite, self.file, name, Status::Failed).because(fault)
                }
                None => row(self.suite, self.file, name, Status::Skipped),
            };
            (self.tell)(row);
        }
    }

    /// Runs tests in a Nushell, and returns those that it did not come to.
    fn in_one_nushell(&mut self, tests: Vec<&'a Test>) -> Vec<&'a Test> {
        let mut session = match self.start(&tests) {
            Ok(session) => session,
            Err(error) => {
                let mut finding = Diagnostic::error(error.code(), error.to_string());
                finding.help = error.help();
                self.fail_all(&tests, Status::Failed, &finding, String::new());
                return Vec::new();
            }
        };
        let mut output = Output::default();
        let mut at = At::Start;
        let mut since = Instant::now();
        let mut done = 0;
        let mut known: BTreeMap<usize, Value> = BTreeMap::new();
        loop {
            if self.options.interrupt.is_triggered() {
                session.end();
                return Vec::new();
            }
            let left = self.options.timeout.saturating_sub(since.elapsed());
            if left.is_zero() {
                session.end();
                let finding = self.too_long(&at);
                return self.stopped(&at, tests, Status::TimedOut, finding, since, output, done);
            }
            let word = match session.next(PATIENCE.min(left)) {
                None => continue,
                Some(Said::Output(bytes) | Said::Error(bytes)) => {
                    output.add(&bytes);
                    continue;
                }
                Some(Said::Ended(_)) if done == tests.len() && matches!(at, At::Between) => {
                    return Vec::new();
                }
                Some(Said::Ended(ending)) => {
                    let finding = match session.is_intact() {
                        true => self.died(&at, ending),
                        false => lost(),
                    };
                    return self.stopped(&at, tests, Status::Failed, finding, since, output, done);
                }
                Some(Said::Word(word)) => word,
            };
            match word.split_once(' ').unwrap_or((&word, "")) {
                ("hello", version) if is_other_release(version) => {
                    session.end();
                    let finding = self.other_nushell(version);
                    self.fail_all(&tests, Status::Failed, &finding, String::new());
                    return Vec::new();
                }
                ("hook", hook) => {
                    at = At::Hook(hook.to_owned());
                    since = Instant::now();
                }
                ("begin", _) => {
                    at = At::Test;
                    since = Instant::now();
                }
                ("end", number) => {
                    self.read(&mut session, &mut known);
                    at = At::Between;
                    let number: usize = number.parse().unwrap_or(usize::MAX);
                    if let Some(test) = tests.get(number) {
                        self.tell_of_those_before(Some(test));
                        let told = known.remove(&number);
                        let row = self.ended(test, told.as_ref(), since, output.take());
                        (self.tell)(row);
                        done = number + 1;
                    }
                    since = Instant::now();
                }
                ("done", _) => {
                    self.read(&mut session, &mut known);
                    at = At::Between;
                    since = Instant::now();
                }
                _ => {}
            }
        }
    }

    fn start(&self, tests: &[&Test]) -> Result<Session, RunError> {
        let hooks = &self.file.hooks;
        let hook_names = hooks.all().map(|name| (name, true));
        let test_names = tests.iter().map(|test| (&test.name, false));
        let mut bindings: Vec<Binding> = Vec::new();
        for (name, is_value_wanted) in hook_names.chain(test_names) {
            if !bindings.iter().any(|known| known.name == *name) {
                bindings.push(Binding {
                    name: name.clone(),
                    is_value_wanted,
                    arguments: None,
                });
            }
        }
        let names: Vec<&str> = tests.iter().map(|test| test.name.as_str()).collect();
        let plugins = self.options.plugin.as_slice();
        self.options.runner.start(&Task {
            driver: DRIVER,
            source: &self.file.path,
            bindings: &bindings,
            request: json!({
                "tests": names,
                "before_all": hooks.before_all,
                "before_each": hooks.before_each,
                "after_each": hooks.after_each,
                "after_all": hooks.after_all,
            }),
            directory: &self.suite.root,
            environment: self.environment.clone(),
            lib_dirs: &self.options.lib_dirs,
            plugins: if self.suite.calls_plugins {
                plugins
            } else {
                &[]
            },
            is_module: false,
            is_apart: false,
            is_closed: true,
        })
    }

    /// Reads what the driver has written of tests, and tells what it has written of hooks after them.
    fn read(&mut self, session: &mut Session, known: &mut BTreeMap<usize, Value>) {
        for result in session.results().unwrap_or_default() {
            if let Some(number) = result["test"].as_u64() {
                known.insert(usize::try_from(number).unwrap_or(usize::MAX), result);
            } else if let Some(hook) = result["hook"].as_str() {
                let place = self.place(None);
                let fault = self.texts.fault(&result["error"], &place);
                let fault = self.hidden(fault);
                let row = row(self.suite, self.file, Some(hook), Status::Failed);
                (self.tell)(row.because(fault));
            }
        }
    }

    /// Returns the row of a test that has come to its end.
    fn ended(&mut self, test: &Test, told: Option<&Value>, since: Instant, output: String) -> Row {
        let mut row = row(self.suite, self.file, Some(&test.name), Status::Passed);
        row.output = self.hide(&output);
        let nanoseconds = told.and_then(|told| told["duration"].as_u64());
        row.duration = Some(nanoseconds.map_or(since.elapsed(), Duration::from_nanos));
        let place = self.place(Some(test));
        let fault = match told {
            None => Some(Fault::new(self.texts.labelled(lost(), &place))),
            Some(told) if told["error"].is_null() => None,
            Some(told) => Some(self.texts.fault(&told["error"], &place)),
        };
        if let Some(fault) = fault {
            row.status = Status::Failed;
            row.fault = Some(self.hidden(fault));
        }
        row
    }

    /// Tells why a Nushell has stopped, and returns the tests that are still to be run.
    #[expect(
        clippy::too_many_arguments,
        reason = "all that is known at that moment"
    )]
    fn stopped(
        &mut self,
        at: &At,
        tests: Vec<&'a Test>,
        status: Status,
        finding: Diagnostic,
        since: Instant,
        mut output: Output,
        done: usize,
    ) -> Vec<&'a Test> {
        let output = self.hide(&output.take());
        let mut left = tests.into_iter().skip(done);
        match at {
            At::Test => {
                if let Some(test) = left.next() {
                    self.tell_of_those_before(Some(test));
                    let place = self.place(Some(test));
                    let fault = Fault::new(self.texts.labelled(finding, &place));
                    let mut row = row(self.suite, self.file, Some(&test.name), status);
                    row.duration = Some(since.elapsed());
                    row.output = output;
                    (self.tell)(row.because(fault));
                }
                left.collect()
            }
            // All that was to be run has been: the rest is about a hook, or about what the file does at its end.
            At::Hook(_) | At::Between if left.len() == 0 => {
                let name = match at {
                    At::Hook(hook) => Some(hook.as_str()),
                    _ => None,
                };
                let mut row = row(self.suite, self.file, name, status);
                row.output = output;
                let finding = finding.with_file(&self.file.path);
                (self.tell)(row.because(Fault::new(finding)));
                Vec::new()
            }
            At::Start | At::Hook(_) | At::Between => {
                let left: Vec<&Test> = left.collect();
                self.fail_all(&left, status, &finding, output);
                Vec::new()
            }
        }
    }

    /// Tells the same of all tests; what was printed is shown once.
    fn fail_all(&mut self, tests: &[&Test], status: Status, finding: &Diagnostic, output: String) {
        let mut output = Some(output);
        for test in tests {
            self.tell_of_those_before(Some(test));
            let place = self.place(Some(test));
            let fault = Fault::new(self.texts.labelled(finding.clone(), &place));
            let mut row = row(self.suite, self.file, Some(&test.name), status);
            row.output = output.take().unwrap_or_default();
            (self.tell)(row.because(fault));
        }
    }

    fn place(&self, test: Option<&Test>) -> Place<'a> {
        Place {
            file: &self.file.path,
            span: test.map(|test| test.span),
            what: "the test",
            code: Code::TestFailed,
        }
    }

    fn too_long(&self, at: &At) -> Diagnostic {
        let seconds = self.options.timeout.as_secs_f64();
        let what = match at {
            At::Start | At::Between => "Nushell has not read the file".to_owned(),
            At::Hook(hook) => {
                format!("`{hook}`, which runs before or after all tests, has not ended")
            }
            At::Test => "the test has not ended".to_owned(),
        };
        Diagnostic::error(Code::TestTimeout, format!("{what} within {seconds} s"))
            .with_help("give it more time with --timeout, or look for what it waits for")
    }

    fn died(&self, at: &At, ending: Ending) -> Diagnostic {
        let how = match ending {
            Ending::Exited(status) => format!("with status {status}"),
            Ending::Signal(signal) => format!("by signal {signal}"),
            Ending::Unknown => "by something else".to_owned(),
        };
        let (what, help) = match at {
            At::Start | At::Between => (
                "Nushell has ended before the first test".to_owned(),
                "see what it has said in the column `output`",
            ),
            At::Hook(hook) => (
                format!("`{hook}`, which runs before or after all tests, has ended Nushell"),
                "leave out `exit`: an error ends a command as well",
            ),
            At::Test => (
                "the test has ended its Nushell".to_owned(),
                "leave out `exit`: an error ends a test as well",
            ),
        };
        let code = match at {
            At::Start | At::Between => Code::RunStart,
            At::Hook(_) | At::Test => Code::TestDied,
        };
        Diagnostic::error(code, format!("{what} {how}")).with_help(help)
    }

    fn other_nushell(&self, version: &str) -> Diagnostic {
        Diagnostic::error(
            Code::RunStart,
            format!(
                "`{}` is Nushell {}, and the plugin is built for {NUSHELL}",
                self.options.runner.program.display(),
                safe_text(version)
            ),
        )
        .with_help("say which Nushell runs code: $env.config.plugins.provisioning.runner.nu = $nu.current-exe")
    }

    /// Hides what is secret in what is shown of an error.
    fn hidden(&self, mut fault: Fault) -> Fault {
        fault.message = self.hide(&fault.message);
        fault.finding.message = self.hide(&fault.finding.message);
        fault.finding.help = fault.finding.help.map(|help| self.hide(&help));
        for label in &mut fault.finding.labels {
            label.text = self.hide(&label.text);
        }
        fault
    }

    /// Hides the values of variables that are named like secrets, and what is known to be a key or a token.
    fn hide(&self, text: &str) -> String {
        let mut text = safe_text(text).into_owned();
        for (name, value) in &self.environment {
            if let (Some(name), Some(value)) = (name.to_str(), value.to_str())
                && is_secret(name)
                && value.len() >= SHORTEST_SECRET
            {
                text = text.replace(value, "***");
            }
        }
        let found = tokens(&text);
        let mut hidden: Vec<(usize, usize)> = found
            .iter()
            .map(|token| (token.hidden.start, token.hidden.end))
            .collect();
        hidden.sort_unstable();
        stars(&text, &hidden)
    }
}

/// Returns what is to be said when the results of a run are gone.
fn lost() -> Diagnostic {
    Diagnostic::error(
        Code::TestDied,
        "what came of the test is not known: its results were taken away, or are too large",
    )
    .with_help(
        "remove only what the test has made: the directory above $env.TMPDIR belongs to the run",
    )
}
