//! Texts that nobody would write: parts of the conformance files, put together anew. Parsing, checking types, evaluating
//! and rendering end with an answer, whatever the text.
//!
//! A run for longer, with other texts each time: `PROVISIONING_FUZZ_SECONDS=300 cargo test --test it fuzz -- --nocapture`.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use provisioning::diagnostic::render;
use provisioning::nickel::{Evaluator, Input, Limits, NickelError, Program};

use crate::support::{PLUGIN, repository};

/// Texts that are tried when nobody asks for more.
const CASES: usize = 1_000;

/// Longest time of one evaluation.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Numbers that look random (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % end.max(1) as u64) as usize
    }
}

/// Splits a text into words, numbers, blanks and signs.
fn tokens(text: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut before = None;
    for c in text.chars() {
        let kind = match c {
            c if c.is_alphanumeric() || c == '_' => 0,
            c if c.is_whitespace() => 1,
            _ => 2,
        };
        match all.last_mut() {
            Some(last) if before == Some(kind) && kind != 2 => last.push(c),
            _ => all.push(c.to_string()),
        }
        before = Some(kind);
    }
    all
}

/// Makes a few changes to one text, with parts of others.
fn mutated(corpus: &[Vec<String>], random: &mut Random) -> String {
    let mut text = corpus[random.below(corpus.len())].clone();
    for _ in 0..1 + random.below(3) {
        let at = random.below(text.len().max(1)).min(text.len());
        let other = &corpus[random.below(corpus.len())];
        let from = random.below(other.len());
        let part = &other[from..(from + 1 + random.below(11)).min(other.len())];
        match random.below(5) {
            0 if at < text.len() => {
                text.remove(at);
            }
            1 if at < text.len() => text[at].clone_from(&part[0]),
            2 if at < text.len() => {
                let again = text[at].clone();
                text.insert(at, again);
            }
            3 => {
                text.truncate(at);
            }
            _ => {
                text.splice(at..at, part.iter().cloned());
            }
        }
    }
    text.concat()
}

#[test]
fn no_text_takes_the_evaluator_down() {
    let directory = repository().join("tests/nickel/conformance");
    let mut files: Vec<PathBuf> = directory
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|found| found == "ncl"))
        .collect();
    files.sort();
    let corpus: Vec<Vec<String>> = files
        .iter()
        .map(|path| tokens(&std::fs::read_to_string(path).unwrap()))
        .collect();
    assert!(corpus.len() >= 90);
    let seconds: Option<u64> = std::env::var("PROVISIONING_FUZZ_SECONDS")
        .ok()
        .map(|seconds| seconds.parse().expect("a number of seconds"));
    // The same texts each time, or others.
    let seed = seconds.map_or(1, |_| {
        let now = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap();
        now.as_nanos() as u64
    });
    let mut random = Random(seed);
    let evaluator = Evaluator::with_worker(PLUGIN)
        .isolated(provisioning::nickel::Isolation::Worker)
        .limited(Limits {
            timeout: TIMEOUT,
            ..Limits::default()
        });
    let start = Instant::now();
    let (mut tried, mut values, mut faults, mut limits) = (0, 0, 0, 0);
    let goes_on = |tried: usize| match seconds {
        Some(seconds) => start.elapsed() < Duration::from_secs(seconds),
        None => tried < CASES,
    };
    while goes_on(tried) {
        tried += 1;
        let text = mutated(&corpus, &mut random);
        let program = Program::new(Input::Text {
            text: text.clone(),
            name: "mutated.ncl".to_owned(),
            directory: directory.clone(),
        });
        let begun = Instant::now();
        match evaluator.evaluate(&program, &[], None) {
            Ok(_) => values += 1,
            Err(error @ (NickelError::Internal(_) | NickelError::Interrupted)) => {
                panic!("{error}\n{text}");
            }
            Err(NickelError::Faults(found)) => {
                faults += 1;
                for finding in &found {
                    assert!(!render(finding).is_empty());
                }
            }
            Err(_) => limits += 1,
        }
        assert!(
            begun.elapsed() < TIMEOUT * 3,
            "{:?}\n{text}",
            begun.elapsed()
        );
        let others = [
            evaluator.typecheck(&program).err(),
            evaluator.query(&program, &[]).err(),
        ];
        for error in others.into_iter().flatten() {
            assert!(
                !matches!(error, NickelError::Internal(_)),
                "{error}\n{text}"
            );
        }
    }
    println!("{tried} texts: {values} values, {faults} with faults, {limits} over a limit");
    assert!(values > 0 && faults > 0);
}
