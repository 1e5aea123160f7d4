//! A process that writes the cache on disk is killed again and again: every entry is whole, or it is not there.
//!
//! This program starts itself as the writer, so it has no test harness.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use provisioning::manager::{DiskCache, EntryKey, Estimate};

const KILLS: usize = 200;
/// Small enough that room is made all the time.
const LIMIT: u64 = 2 << 20;
/// How long something may take to be seen.
const PATIENCE: Duration = Duration::from_secs(30);
const WRITER: &str = "PROVISIONING_TEST_WRITER";

fn main() {
    match std::env::var(WRITER) {
        Ok(directory) => write_for_ever(&directory),
        Err(_) => kill_writers(),
    }
}

/// What an entry holds follows from its key, in length as well.
fn payload(key: &EntryKey) -> Vec<u8> {
    let length = (usize::from(key[0]) + 1) * 700;
    key.iter().copied().cycle().take(length).collect()
}

fn key(number: u64) -> EntryKey {
    let mut key = EntryKey::default();
    // Spread, so that the lengths are too.
    let spread = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
    key[..8].copy_from_slice(&spread);
    key
}

fn write_for_ever(directory: &str) {
    let cache = DiskCache::new(directory.as_ref(), LIMIT);
    let estimate = Estimate::default();
    let first = u64::from(std::process::id()) << 32;
    let mut output = std::io::stdout().lock();
    for number in first.. {
        let key = key(number);
        cache.put(&key, &payload(&key), &estimate).unwrap();
        writeln!(output, "{number}").unwrap();
    }
}

fn kill_writers() {
    let home = tempfile::tempdir().unwrap();
    let cache = DiskCache::new(home.path(), LIMIT);
    let mut whole = 0;
    for round in 0..KILLS {
        let before = unfinished(&cache.directory());
        let mut writer = Command::new(std::env::current_exe().unwrap())
            .env(WRITER, home.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // After so many entries, in the middle of whatever comes next.
        let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines();
        let written: Vec<u64> = (0..=round % 7)
            .map(|_| lines.next().unwrap().unwrap().parse().unwrap())
            .collect();
        // Nobody reads the rest: the writer must not wait for that.
        let rest = std::thread::spawn(move || lines.map_while(Result::ok).count());
        // Every other time, as soon as a file is seen that is not finished.
        let start = Instant::now();
        while round % 2 == 0 && unfinished(&cache.directory()) <= before {
            assert!(start.elapsed() < PATIENCE, "{round}: nothing is written");
        }
        writer.kill().unwrap();
        writer.wait().unwrap();
        rest.join().unwrap();
        assert_eq!(cache.damaged(), Vec::<std::path::PathBuf>::new(), "{round}");
        let key = key(*written.last().unwrap());
        if round % 2 == 1
            && let Some(found) = cache.get(&key)
        {
            assert_eq!(found, payload(&key));
            whole += 1;
        }
    }
    // The last entry that was told is there, unless room was made for others since.
    assert!(whole > KILLS / 4, "{whole}");
    let usage = cache.usage();
    assert!(usage.entries > 0);
    // Some were killed in the middle of an entry, or this would show nothing.
    let unfinished = unfinished(&cache.directory());
    assert!(unfinished > 0);
    println!(
        "{KILLS} writers killed, {} entries left, all whole",
        usage.entries
    );
}

/// Counts the files that were being written.
fn unfinished(directory: &std::path::Path) -> usize {
    let entries = directory.read_dir().into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.path().is_dir() {
            true => unfinished(&entry.path()),
            false => usize::from(entry.file_name().to_string_lossy().starts_with(".new-")),
        })
        .sum()
}
