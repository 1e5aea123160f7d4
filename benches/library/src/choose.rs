//! Versions, orders and pictures, each against something that does the same or the least of it.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use provisioning::extension::{Extension, ExtensionType, Host};
use provisioning::graph::{self, Component, picture};
use provisioning::metadata::{Compatibility, Dependency};
use provisioning::resolver::{
    Candidate, Catalog, Origin, Preference, Request, ResolveError, Stop, resolve,
};
use pubgrub::{OfflineDependencyProvider, PubGrubError, Ranges, SemanticVersion};
use semver::{Version, VersionReq};
use serde_json::{Value, json};

use crate::{Result, median, nanoseconds};

/// Measurements of each figure, in turns with its peer.
const ROUNDS: usize = 9;
/// How many extensions are asked for.
const ASKED: u64 = 50;

/// Numbers that are the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        // The constants of Knuth's MMIX.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// What each version of an extension needs: the number of another one, and its lowest and highest major version.
type Needs = Vec<(u64, u64, u64)>;

/// Extensions by number, each with its versions from 0.0.0 on.
struct World(Vec<Vec<Needs>>);

impl World {
    fn random(names: u64, versions: u64) -> Self {
        let mut numbers = Numbers(42);
        let mut version = |name: u64| -> Needs {
            (0..numbers.below(5))
                .map(|_| {
                    // Mostly of those that come later, so that there is something to choose.
                    let other = (name + 1 + numbers.below(names / 2)) % names;
                    let low = numbers.below(versions);
                    // Most say only what they need at least; a few are narrow, and have others chosen again.
                    let high = match numbers.below(100) {
                        0 => low + 1 + numbers.below(versions),
                        _ => versions,
                    };
                    (other, low, high)
                })
                .collect()
        };
        Self(
            (0..names)
                .map(|name| (0..versions).map(|_| version(name)).collect())
                .collect(),
        )
    }

    fn catalog(&self) -> Catalog {
        let versions = self.0.iter().enumerate().flat_map(|(name, versions)| {
            versions
                .iter()
                .enumerate()
                .map(move |(version, needs)| candidate(name, version, needs))
        });
        Catalog::new(versions)
    }

    fn provider(&self) -> OfflineDependencyProvider<String, Ranges<SemanticVersion>> {
        let mut provider = OfflineDependencyProvider::new();
        let root = (0..ASKED).map(|name| (format!("e{name}"), Ranges::full()));
        provider.add_dependencies("root".to_owned(), major(0), root);
        for (name, versions) in self.0.iter().enumerate() {
            for (version, needs) in versions.iter().enumerate() {
                let mut all: Vec<(String, Ranges<SemanticVersion>)> = Vec::new();
                for (other, low, high) in needs {
                    let name = format!("e{other}");
                    let range = Ranges::between(major(*low), major(*high));
                    match all.iter_mut().find(|(known, _)| *known == name) {
                        Some((_, known)) => *known = known.intersection(&range),
                        None => all.push((name, range)),
                    }
                }
                provider.add_dependencies(format!("e{name}"), major(version as u64), all);
            }
        }
        provider
    }
}

fn major(version: u64) -> SemanticVersion {
    SemanticVersion::new(u32::try_from(version).unwrap_or(u32::MAX), 0, 0)
}

fn candidate(name: usize, version: usize, needs: &Needs) -> Candidate {
    let dependencies = needs.iter().map(|(other, low, high)| Dependency {
        name: format!("e{other}"),
        constraint: VersionReq::parse(&format!(">={low}.0.0, <{high}.0.0")).unwrap_or_default(),
        kind: None,
        origin: "metadata.toml:1:1".to_owned(),
        node: None,
    });
    Candidate {
        extension: Extension {
            kind: ExtensionType::Taskserv,
            name: format!("e{name}"),
            version: Version::new(version as u64, 0, 0),
            path: PathBuf::from(format!("/e{name}-{version}")),
            package: None,
            description: None,
            dependencies: Vec::new(),
        },
        dependencies: dependencies.collect(),
        compatibility: Compatibility::default(),
        compatibility_places: Default::default(),
        system_packages: Vec::new(),
        required_env: Vec::new(),
        problem: None,
        origin: Origin::Registered,
    }
}

fn asked(names: impl IntoIterator<Item = String>) -> Vec<Request> {
    names.into_iter().map(Request::any).collect()
}

fn host() -> Host {
    Host::with_nushell(Version::new(0, 115, 1))
}

/// Measures; `here` is the folder with the scripts of peers.
pub(crate) fn rows(here: &Path) -> Result<Vec<Value>> {
    Ok(vec![
        choosing(2_000, 10)?,
        choosing(10_000, 5)?,
        trap()?,
        ordering("chain", here)?,
        ordering("random graph", here)?,
        drawing()?,
    ])
}

/// One row; both sides are measured in turns.
fn row(
    what: String,
    peer: &str,
    target: Option<&str>,
    mut ours: impl FnMut() -> Result<Duration>,
    mut theirs: impl FnMut() -> Result<Duration>,
) -> Result<Value> {
    let (mut one, mut other) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        one.push(ours()?);
        other.push(theirs()?);
    }
    Ok(json!({
        "what": what,
        "ours": nanoseconds(median(one)),
        "peer": peer,
        "theirs": nanoseconds(median(other)),
        "target": target,
    }))
}

fn choosing(names: u64, versions: u64) -> Result<Value> {
    let world = World::random(names, versions);
    let (catalog, provider) = (world.catalog(), world.provider());
    let (requests, host) = (asked((0..ASKED).map(|name| format!("e{name}"))), host());
    let solved = Cell::new((0, 0));
    let row = row(
        format!("library: choose among {names} extensions of {versions} versions"),
        "pubgrub alone on the same data",
        None,
        || {
            let start = Instant::now();
            let result = resolve(&requests, &catalog, &host, &Preference::default(), &|| None);
            let time = start.elapsed();
            let count = match result {
                Ok(chosen) => chosen.len(),
                Err(ResolveError::Conflict(_)) => 0,
                Err(other) => return Err(other.to_string().into()),
            };
            solved.set((count, solved.get().1));
            Ok(time)
        },
        || {
            let start = Instant::now();
            let result = pubgrub::resolve(&provider, "root".to_owned(), major(0));
            let time = start.elapsed();
            let count = match result {
                Ok(solution) => solution.into_iter().count() - 1,
                Err(PubGrubError::NoSolution(_)) => 0,
                Err(other) => return Err(other.to_string().into()),
            };
            solved.set((solved.get().0, count));
            Ok(time)
        },
    )?;
    let (ours, theirs) = solved.get();
    if (ours == 0) != (theirs == 0) {
        return Err(format!("{ours} and {theirs} extensions were chosen").into());
    }
    Ok(row)
}

/// Fifty extensions of twenty versions each in a row, the last of which needs the oldest of the first.
fn trap() -> Result<Value> {
    let world = World(
        (0..50)
            .map(|name| {
                let need = if name == 49 {
                    (0, 0, 1)
                } else {
                    (name + 1, 0, 20)
                };
                vec![vec![need]; 20]
            })
            .collect(),
    );
    let (catalog, host) = (world.catalog(), host());
    let requests = asked(["e0".to_owned()]);
    let limit = Duration::from_secs(1);
    row(
        "library: a trap for solvers that go back one step at a time".to_owned(),
        "one second",
        Some(">= 1"),
        || {
            let start = Instant::now();
            let chosen = resolve(&requests, &catalog, &host, &Preference::default(), &|| {
                (start.elapsed() > limit * 10).then_some(Stop::TimedOut)
            });
            match chosen {
                Ok(chosen) if chosen.len() == 50 => Ok(start.elapsed()),
                _ => Err("the trap was not solved".into()),
            }
        },
        || Ok(limit),
    )
}

/// A chain, or each component with up to three before it.
fn components(shape: &str, count: u64) -> Vec<(String, Vec<String>)> {
    let name = |n: u64| format!("c{n}");
    let needs = |n: u64| -> Vec<String> {
        match n {
            0 => Vec::new(),
            n if shape == "chain" => vec![name(n - 1)],
            n => {
                let mut all: Vec<String> = [7_919, 104_729, 1_299_709]
                    .iter()
                    .map(|prime| name((n * prime + prime) % n))
                    .collect();
                all.sort();
                all.dedup();
                all
            }
        }
    };
    (0..count).rev().map(|n| (name(n), needs(n))).collect()
}

fn ordering(shape: &str, here: &Path) -> Result<Value> {
    const COUNT: u64 = 100_000;
    let components: Vec<Component> = components(shape, COUNT)
        .iter()
        .map(|(name, needs)| {
            let needs: Vec<&str> = needs.iter().map(String::as_str).collect();
            Component::new(name, &needs)
        })
        .collect();
    row(
        format!("library: order of a {shape} of {COUNT} components"),
        "Python's graphlib",
        Some(">= 1"),
        || {
            let start = Instant::now();
            let resolution = graph::resolve(&components, false);
            let time = start.elapsed();
            if resolution.is_ok_and(|placed| placed.len() as u64 == COUNT) {
                Ok(time)
            } else {
                Err("not everything was ordered".into())
            }
        },
        || {
            let python = std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
            let output = Command::new(python)
                .arg(here.join("graphlib_order.py"))
                .args([shape, &COUNT.to_string()])
                .stdin(Stdio::null())
                .output()?;
            let text = String::from_utf8(output.stdout)?;
            Ok(Duration::from_nanos(text.trim().parse()?))
        },
    )
}

fn drawing() -> Result<Value> {
    let components: Vec<Component> = components("random graph", 1_000)
        .iter()
        .map(|(name, needs)| {
            let needs: Vec<&str> = needs.iter().map(String::as_str).collect();
            Component::new(name, &needs)
        })
        .collect();
    let limit = Duration::from_secs(1);
    row(
        "library: SVG of 1,000 components".to_owned(),
        "one second",
        Some(">= 1"),
        || {
            let start = Instant::now();
            let details = vec![picture::Detail::default(); components.len()];
            let (picture, _) = picture::of_components("", &components, &details, false, Vec::new());
            let text = picture.write(picture::Format::Svg, &picture::Style::default())?;
            if text.len() > 100_000 {
                Ok(start.elapsed())
            } else {
                Err("the picture is empty".into())
            }
        },
        || Ok(limit),
    )
}
