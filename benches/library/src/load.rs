//! Loading extensions, against a look at their files and against reading and parsing them at all.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use provisioning::extension::Directory;
use provisioning::manager::{ExtensionManager, Wanted};
use provisioning::metadata::VersionRequest;
use provisioning::registry::{Batch, Registry};
use serde_json::{Value, json};

use crate::{Result, median, nanoseconds, parse};

/// Measurements of each figure, in turns with its peer.
const ROUNDS: usize = 21;
/// Calls of one measurement, where a call is short.
const CALLS: u32 = 200;
/// Extensions that are loaded together.
const MANY: usize = 1000;

/// Returns the rows. `plugin` is whose workers are used, `example` an extension, `home` an empty directory.
pub(crate) fn rows(plugin: &Path, example: &Path, home: &Path) -> Result<Vec<Value>> {
    let bench = Bench {
        plugin: std::path::absolute(plugin)?,
        home: std::path::absolute(home)?,
    };
    let example = std::path::absolute(example)?;
    let mut rows = vec![bench.again(&example)?];
    let copy = bench.home.join("copy");
    copy_all(&example, &copy)?;
    rows.push(bench.cold(
        "library: load the example taskserv, its files changed",
        &copy,
    )?);
    let large = bench.home.join("large");
    copy_all(&example, &large)?;
    let mut count = files_of(&large)?.len();
    while count < 50 {
        let number = count;
        fs::write(
            large.join(format!("nulib/part{number}.nu")),
            format!(
                "# Part {number}\nexport def part-{number} [text: string]: nothing -> string {{ $text | str trim }}\n"
            ),
        )?;
        count += 1;
    }
    rows.push(bench.cold(
        "library: load an extension of 50 files, its files changed",
        &large,
    )?);
    rows.extend(bench.many(&example)?);
    Ok(rows)
}

struct Bench {
    plugin: PathBuf,
    home: PathBuf,
}

impl Bench {
    fn manager(&self) -> ExtensionManager {
        ExtensionManager::builder()
            .data_dir(self.home.join("data"))
            .cache_size(std::num::NonZero::new(MANY * 2).unwrap_or(std::num::NonZero::<usize>::MIN))
            .worker(&self.plugin)
            .build()
    }

    fn register(&self, paths: &[PathBuf]) -> Result<()> {
        let directories: Vec<Directory> = paths
            .iter()
            .map(|path| Directory::open(path, None))
            .collect::<std::result::Result<_, _>>()?;
        let batches: Vec<Batch<'_>> = directories
            .iter()
            .map(|directory| Batch {
                extensions: &directory.extensions,
                took: Duration::ZERO,
                only: None,
            })
            .collect();
        Registry::open(&self.home.join("data"))?.register(&batches, true)?;
        Ok(())
    }

    /// What is in memory, by its name, against the look at its files that shows whether it is still the same.
    fn again(&self, example: &Path) -> Result<Value> {
        self.register(&[example.to_owned()])?;
        let manager = self.manager();
        let wanted = Wanted {
            kind: None,
            name: "containerd".to_owned(),
            version: VersionRequest::Latest,
        };
        manager.load(&wanted, true)?;
        let files = everything_in(example)?;
        let per_call = |code: &dyn Fn() -> Result<()>| -> Result<Duration> {
            let start = Instant::now();
            for _ in 0..CALLS {
                code()?;
            }
            Ok(start.elapsed() / CALLS)
        };
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            ours.push(per_call(&|| {
                manager.load(&wanted, true)?;
                Ok(())
            })?);
            theirs.push(per_call(&|| {
                for file in &files {
                    fs::symlink_metadata(file)?;
                }
                Ok(())
            })?);
        }
        let what = "library: load again, by name (< 20 us)";
        let peer = format!(
            "asking for the times of its {} files and directories",
            files.len()
        );
        Ok(row(what, median(ours), &peer, median(theirs)))
    }

    /// What has never been seen: each time every text is another one.
    fn cold(&self, what: &str, directory: &Path) -> Result<Value> {
        let manager = self.manager();
        let files = files_of(directory)?;
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for round in 0..=ROUNDS {
            for file in &files {
                let is_text = file
                    .extension()
                    .is_some_and(|found| found == "nu" || found == "ncl");
                if is_text {
                    let mut text = fs::read_to_string(file)?;
                    text.push_str(&format!("\n# {round}"));
                    fs::write(file, text)?;
                }
            }
            manager.clear_cache();
            let start = Instant::now();
            manager.load_directory(directory, None, None, None, false)?;
            // The first one starts the workers.
            if round > 0 {
                ours.push(start.elapsed());
                theirs.push(parse::parse(directory)?);
            }
        }
        let peer = format!("reading and parsing its {} files", files.len());
        Ok(row(what, median(ours), &peer, median(theirs)))
    }

    /// A thousand extensions, and what each takes in memory.
    fn many(&self, example: &Path) -> Result<Vec<Value>> {
        let root = self.home.join("many");
        let mut paths = Vec::with_capacity(MANY);
        for number in 0..MANY {
            let path = root.join(format!("e{number}"));
            copy_all(example, &path)?;
            let metadata = path.join("metadata.toml");
            let text = fs::read_to_string(&metadata)?;
            let text = text.replacen("\"containerd\"", &format!("\"e{number}\""), 1);
            fs::write(&metadata, text)?;
            for file in ["nulib/mod.nu", "schemas/version.ncl"] {
                let file = path.join(file);
                let mut text = fs::read_to_string(&file)?;
                text.push_str(&format!("\n# {number}\n"));
                fs::write(file, text)?;
            }
            paths.push(path);
        }
        let manager = self.manager();
        let before = resident()?;
        let start = Instant::now();
        for path in &paths {
            manager.load_directory(path, None, None, None, false)?;
        }
        let ours = start.elapsed();
        let theirs = parse::parse(&root)?;
        let metrics = manager.metrics();
        let each = u64::try_from(metrics.bytes / metrics.entries.max(1))?;
        let grown = resident()?.saturating_sub(before) / u64::try_from(MANY)?;
        let files: u64 = files_of(example)?
            .iter()
            .map(|file| fs::metadata(file).map(|metadata| metadata.len()))
            .sum::<std::io::Result<u64>>()?;
        Ok(vec![
            row(
                "library: load 1,000 distinct extensions",
                ours,
                "reading and parsing all of their files",
                theirs,
            ),
            json!({
                "what": "library: memory of a loaded extension, as counted",
                "ours": each, "peer": "bytes of its files", "theirs": files, "unit": "bytes",
            }),
            json!({
                "what": "library: growth of the process for each of 1,000, answers that are kept included",
                "ours": grown, "peer": "bytes of its files", "theirs": files, "unit": "bytes",
            }),
        ])
    }
}

fn row(what: &str, ours: Duration, peer: &str, theirs: Duration) -> Value {
    json!({
        "what": what,
        "ours": nanoseconds(ours),
        "peer": peer,
        "theirs": nanoseconds(theirs),
        "unit": "ns",
    })
}

/// Returns how much memory this process has, in bytes.
fn resident() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let kilobytes = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.trim().strip_suffix("kB"))
        .ok_or("the memory of this process cannot be told")?;
    Ok(kilobytes.trim().parse::<u64>()? * 1024)
}

fn files_of(directory: &Path) -> Result<Vec<PathBuf>> {
    let all = everything_in(directory)?;
    Ok(all.into_iter().filter(|path| path.is_file()).collect())
}

fn everything_in(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut all = vec![directory.to_owned()];
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            all.extend(everything_in(&path)?);
        } else {
            all.push(path);
        }
    }
    Ok(all)
}

fn copy_all(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_all(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
