//! What the journal of deployments costs, against the least that a disk needs for as much.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use provisioning::lifecycle::{
    Arguments, Component, ComponentType, Definition, Engine, Failure, Operation, Operator, Options,
};
use serde_json::{Value, json};

use crate::{Result, median, nanoseconds};

/// Measurements of each figure, in turns with its peer.
const ROUNDS: usize = 9;
/// Components of the deployment, one step each.
const STEPS: u32 = 50;

/// Waves of the deployment whose operations sleep.
const WAVES: u32 = 5;
/// How long they do.
const SLEEP: Duration = Duration::from_millis(100);
/// Rounds of what takes seconds.
const LONG_ROUNDS: usize = 3;

/// Operations that take this long, and do nothing.
struct Sleep(Duration);

impl Operator for Sleep {
    fn offers(&self, _: &Component, operation: Operation) -> std::result::Result<bool, Failure> {
        Ok(operation != Operation::Status)
    }

    fn call(
        &self,
        _: &Component,
        _: Operation,
        _: &Arguments,
        _: &dyn Fn() -> bool,
    ) -> std::result::Result<Value, Failure> {
        std::thread::sleep(self.0);
        Ok(Value::Null)
    }
}

/// Returns the rows of the comparison. `home` is on the disk that is measured.
pub(crate) fn rows(home: &Path) -> Result<Vec<Value>> {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        ours.push(deploy(&home.join(round.to_string()))?);
        theirs.push(sync(&home.join(format!("{round}.log")))?);
    }
    let (mut parallel, mut sequential) = (Vec::new(), Vec::new());
    for round in 0..LONG_ROUNDS {
        let home = home.join(format!("long-{round}"));
        parallel.push(waves(&home.join("parallel"), STEPS as usize)?);
        sequential.push(waves(&home.join("sequential"), 1)?);
    }
    let parallel = nanoseconds(median(parallel));
    let what = format!("{STEPS} components of {SLEEP:?}, critical path {WAVES}");
    Ok(vec![
        json!({
            "what": "journal of a deployment, a step",
            "ours": nanoseconds(median(ours)),
            "peer": "two lines, each synced to the disk",
            "theirs": nanoseconds(median(theirs)),
            "target": "<= 4",
        }),
        json!({
            "what": what,
            "ours": parallel,
            "peer": "the ideal schedule",
            "theirs": nanoseconds(SLEEP * WAVES),
            "target": "<= 1.25",
        }),
        json!({
            "what": what,
            "ours": parallel,
            "peer": "one after the other",
            "theirs": nanoseconds(median(sequential)),
            "target": ">= 8",
            "faster": true,
        }),
    ])
}

/// Returns how long a deployment takes whose operations sleep.
fn waves(data_dir: &Path, jobs: usize) -> Result<Duration> {
    let width = STEPS / WAVES;
    let components = (0..STEPS).map(|number| Component {
        name: format!("c{number}"),
        kind: ComponentType::Taskserv,
        version: None,
        config: json!({}),
        dependencies: number
            .checked_sub(width)
            .map(|needed| format!("c{needed}"))
            .into_iter()
            .collect(),
    });
    let definition = Definition::new("bench", components.collect())?;
    let engine = Engine {
        data_dir,
        operator: &Sleep(SLEEP),
        options: Options {
            jobs,
            ..Options::default()
        },
        events: &|_| {},
        stop: &|| false,
    };
    let start = Instant::now();
    engine.create(&definition)?;
    Ok(start.elapsed())
}

/// Returns how long a step takes whose operation does nothing.
fn deploy(data_dir: &Path) -> Result<Duration> {
    let components = (0..STEPS).map(|number| Component {
        name: format!("c{number}"),
        kind: ComponentType::Taskserv,
        version: Some("1.0.0".to_owned()),
        config: json!({"port": 8000 + number, "replicas": 3}),
        dependencies: Vec::new(),
    });
    let definition = Definition::new("bench", components.collect())?;
    let engine = Engine {
        data_dir,
        operator: &Sleep(Duration::ZERO),
        options: Options {
            jobs: 1,
            ..Options::default()
        },
        events: &|_| {},
        stop: &|| false,
    };
    // The database is made before.
    let first = Definition::new("first", Vec::from(&definition.components()[..1]))?;
    engine.create(&first)?;
    let start = Instant::now();
    engine.create(&definition)?;
    Ok(start.elapsed() / STEPS)
}

fn sync(path: &Path) -> Result<Duration> {
    let mut file = File::create(path)?;
    let start = Instant::now();
    for _ in 0..STEPS * 2 {
        file.write_all(&[b'x'; 300])?;
        file.sync_data()?;
    }
    Ok(start.elapsed() / STEPS)
}
