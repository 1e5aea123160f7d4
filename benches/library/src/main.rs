//! What Nickel costs in the library, against the `nickel` program as a process; `cargo xtask bench` starts it.
//!
//! Arguments: the plugin, whose workers are used; the program; the folder of the fixtures. Prints rows as JSON, with
//! medians in nanoseconds. Or `parse` and a folder: prints how long it takes to read and parse its files, in nanoseconds.
//! Or `choose` and the folder of the benchmarks: rows about versions, orders and pictures.
//! Or `deploy` and an empty directory: rows about the journal of deployments.
//! Or `load`, the plugin, an extension and an empty directory: rows about loading.

mod choose;
mod deploy;
mod load;
mod parse;

use std::error::Error;
use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use provisioning::nickel::{Evaluator, Isolation, Program};
use serde_json::{Value, json};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Measurements of each figure, in turns with its peer.
const ROUNDS: u32 = 41;
/// Calls of one measurement, where a call is short.
const CALLS: u32 = 20;

/// What measurements need.
struct Bench {
    plugin: PathBuf,
    nickel: OsString,
    fixtures: PathBuf,
}

fn main() -> Result<()> {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    if let [command, root] = arguments.as_slice()
        && command == "parse"
    {
        let time = parse::parse(Path::new(root))?;
        writeln!(std::io::stdout(), "{}", time.as_nanos())?;
        return Ok(());
    }
    if let [command, here] = arguments.as_slice()
        && command == "choose"
    {
        let rows = Value::Array(choose::rows(Path::new(here))?);
        writeln!(std::io::stdout(), "{rows}")?;
        return Ok(());
    }
    if let [command, home] = arguments.as_slice()
        && command == "deploy"
    {
        let rows = Value::Array(deploy::rows(Path::new(home))?);
        writeln!(std::io::stdout(), "{rows}")?;
        return Ok(());
    }
    if let [command, plugin, example, home] = arguments.as_slice()
        && command == "load"
    {
        let rows = load::rows(Path::new(plugin), Path::new(example), Path::new(home))?;
        writeln!(std::io::stdout(), "{}", Value::Array(rows))?;
        return Ok(());
    }
    let [plugin, nickel, fixtures] = arguments.as_slice() else {
        return Err(
            "arguments: PLUGIN NICKEL FIXTURES, or parse DIRECTORY, or choose DIRECTORY, or deploy DIRECTORY, or load PLUGIN EXTENSION DIRECTORY".into(),
        );
    };
    let bench = Bench {
        // Workers are started in another folder.
        plugin: std::path::absolute(plugin)?,
        nickel: nickel.clone(),
        fixtures: std::path::absolute(fixtures)?,
    };
    let rows = Value::Array(bench.rows()?);
    writeln!(std::io::stdout(), "{rows}")?;
    Ok(())
}

impl Bench {
    fn rows(&self) -> Result<Vec<Value>> {
        let in_process = Evaluator::default();
        let in_worker = Evaluator::with_worker(&self.plugin).isolated(Isolation::Worker);
        let small = Program::file(self.fixtures.join("small.ncl"));
        let schema = Program::file(self.fixtures.join("schema.ncl"));
        let server: Value =
            serde_json::from_slice(&std::fs::read(self.fixtures.join("server.json"))?)?;
        let contract = ["ServerConfig".to_owned()];

        // Never with the same override twice, so that no answer is known before.
        let mut n = 0;
        let mut evaluate = |evaluator: &Evaluator| {
            n += 1;
            evaluator.evaluate(&small, &[], Some(&json!({ "n": n })))
        };
        let check = |evaluator: &Evaluator| {
            let checked = evaluator.check(&schema, &contract, vec![server.clone()])?;
            match checked.as_slice() {
                [row] if row.faults.is_empty() => Ok(()),
                _ => Err(Box::<dyn Error>::from("the server breaks its contract")),
            }
        };
        let one_file = [self.fixtures.join("small.ncl").into()];
        let one_record = [
            self.fixtures.join("server.json").into(),
            "--apply-contract".into(),
            self.fixtures.join("server.ncl").into(),
        ];

        Ok(vec![
            self.row(
                "library: 10 lines, in-process",
                Some(">= 100"),
                &one_file,
                CALLS,
                || evaluate(&in_process).map(drop).map_err(Into::into),
            )?,
            self.row(
                "library: 10 lines, in a worker",
                None,
                &one_file,
                CALLS,
                || evaluate(&in_worker).map(drop).map_err(Into::into),
            )?,
            self.row(
                "library: 1 server, 100-line schema, in-process",
                None,
                &one_record,
                CALLS,
                || check(&in_process),
            )?,
            self.row(
                "library: 1 server, 100-line schema, in a worker",
                None,
                &one_record,
                CALLS,
                || check(&in_worker),
            )?,
            self.row(
                "library: a new engine and 10 lines, in-process",
                None,
                &one_file,
                1,
                || Ok(evaluate(&Evaluator::default()).map(drop)?),
            )?,
            self.row(
                "library: a new worker and 10 lines",
                None,
                &one_file,
                1,
                || {
                    let fresh = Evaluator::with_worker(&self.plugin).isolated(Isolation::Worker);
                    Ok(evaluate(&fresh).map(drop)?)
                },
            )?,
        ])
    }

    /// Measures code and the program in turns; `calls` of the code are one measurement.
    fn row(
        &self,
        what: &str,
        target: Option<&str>,
        arguments: &[OsString],
        calls: u32,
        mut code: impl FnMut() -> Result<()>,
    ) -> Result<Value> {
        // The first call reads and prepares.
        code()?;
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let start = Instant::now();
            for _ in 0..calls {
                code()?;
            }
            ours.push(start.elapsed() / calls);
            theirs.push(self.process(arguments)?);
        }
        Ok(json!({
            "what": what,
            "ours": nanoseconds(median(ours)),
            "peer": "one process",
            "theirs": nanoseconds(median(theirs)),
            "target": target,
        }))
    }

    /// Runs the program once, and returns how long that took.
    fn process(&self, arguments: &[OsString]) -> Result<Duration> {
        let start = Instant::now();
        let status = Command::new(Path::new(&self.nickel))
            .arg("export")
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status()?;
        let time = start.elapsed();
        if status.success() {
            Ok(time)
        } else {
            Err(format!("{} failed: {status}", self.nickel.display()).into())
        }
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
