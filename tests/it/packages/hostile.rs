//! Whatever an archive does: it is refused in time, in little memory, and leaves nothing.

use std::path::Path;
use std::time::{Duration, Instant};

use provisioning::diagnostic::Explain as _;
use provisioning::nickel::Interrupt;

use super::corpus::{Case, cases, good};
use super::raw::{gunzip, gzip, tar};
use super::{open, run, tree};

/// How long a refusal may take; twice as long as anybody should wait, because other tests run at the same time.
const PATIENCE: Duration = Duration::from_secs(2);

/// Most memory of a process that reads packages, in bytes.
const MEMORY: u64 = 64 << 20;

/// Everything in a directory but the package.
fn beside(home: &Path) -> usize {
    home.read_dir().unwrap().count() - 1
}

#[test]
fn every_hostile_archive_is_refused_at_once_with_its_code_and_leaves_nothing() {
    let cases = cases();
    assert!(cases.len() >= 60, "{}", cases.len());
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("app-1.0.0.tar.gz");
    std::fs::write(&path, gzip(&tar(&good()))).unwrap();
    // A package that was good when it was looked at.
    let archive = open(&path).unwrap();
    let mut wrong = Vec::new();
    let mut told = Vec::new();
    for Case { name, bytes, code } in cases {
        std::fs::write(&path, &bytes).unwrap();
        let start = Instant::now();
        match open(&path) {
            Err(error) => {
                // Several reasons have a code of their own.
                let details = error.details().iter().map(|detail| detail.code.as_str());
                let codes: Vec<&str> = details.chain([error.code().as_str()]).collect();
                if !codes.contains(&code) {
                    wrong.push(format!("{name}: {codes:?}, not {code}: {error}"));
                }
                let text = error.to_string();
                let shown = text.replace(&path.display().to_string(), "X");
                let is_clean = |c: char| c == '\n' || !provisioning::diagnostic::is_unsafe_char(c);
                if !shown.chars().all(is_clean) || shown.contains('\n') {
                    wrong.push(format!("{name}: {shown:?}"));
                }
                told.push(format!("{name}: {shown}"));
            }
            Ok(_) => wrong.push(format!("{name} was taken")),
        }
        // Exchanged between the two looks.
        if archive
            .unpack(home.path(), "out", &Interrupt::default())
            .is_ok()
        {
            wrong.push(format!("{name} was unpacked"));
        }
        let took = start.elapsed();
        if took > PATIENCE {
            wrong.push(format!("{name} took {took:?}"));
        }
        if beside(home.path()) > 0 {
            wrong.push(format!("{name} has left {:?}", tree(home.path()).keys()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_package_that_ends_anywhere_too_early_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("app-1.0.0.tar.gz");
    let source = super::app(home.path());
    let whole = std::fs::read(super::build(&source, &home.path().join("dist"))).unwrap();
    let tar = gunzip(&whole);
    // The archive, cut and compressed as it should be.
    let cut = (0..tar.len()).step_by(512).map(|at| gzip(&tar[..at]));
    // The file, cut.
    let file = (0..whole.len()).map(|at| whole[..at].to_vec());
    for (number, bytes) in cut.chain(file).enumerate() {
        std::fs::write(&path, bytes).unwrap();
        let error = open(&path).err().map(|error| error.code().as_str());
        assert_eq!(error, Some("package::archive"), "{number}");
    }
    assert_eq!(home.path().read_dir().unwrap().count(), 3);
}

#[test]
fn no_flipped_bit_makes_another_package() {
    let home = tempfile::tempdir().unwrap();
    let source = super::app(home.path());
    let path = super::build(&source, &home.path().join("dist"));
    let (whole, good) = (std::fs::read(&path).unwrap(), open(&path).unwrap());
    let mut taken = 0;
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        std::fs::write(&path, bytes).unwrap();
        if let Ok(archive) = open(&path) {
            // Two bytes of gzip's header and what fills its last byte say nothing; the digest tells it all the same.
            taken += 1;
            assert_eq!(archive.manifest(), good.manifest(), "byte {at}");
            assert_eq!(archive.tar_digest(), good.tar_digest(), "byte {at}");
            assert_ne!(archive.digest(), good.digest(), "byte {at}");
        }
    }
    assert!(taken <= 3, "{taken}");
    // In the archive itself, none at all.
    let tar = gunzip(&whole);
    for at in (0..tar.len()).step_by(64) {
        let mut bytes = tar.clone();
        bytes[at + at / 64 % 64 % (tar.len() - at)] ^= 1 << (at / 64 % 8);
        std::fs::write(&path, gzip(&bytes)).unwrap();
        assert!(open(&path).is_err(), "byte {at}");
    }
}

/// What [`memory_does_not_grow_with_a_package`] starts.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "started by another test, in a process of its own"]
fn read_packages_in_a_directory() {
    let directory = std::env::var_os("PACKAGES").unwrap();
    for entry in Path::new(&directory).read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.to_str().unwrap().ends_with(".tar.gz") {
            let archive = open(&path);
            if let Ok(archive) = archive {
                let parent = tempfile::tempdir().unwrap();
                let unpacked = archive.unpack(parent.path(), "out", &Interrupt::default());
                assert!(unpacked.unwrap().size > 60 << 20);
            }
        }
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find(|line| line.starts_with("VmHWM:"));
    println!("peak {}", peak.unwrap().split_whitespace().nth(1).unwrap());
}

#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_a_package() {
    let home = tempfile::tempdir().unwrap();
    for (number, case) in cases().into_iter().enumerate() {
        std::fs::write(home.path().join(format!("{number}.tar.gz")), case.bytes).unwrap();
    }
    // A large one that is as it should be, and not from zeros: a file of 62 MiB and one of 2.
    let source = super::app(home.path());
    let mut bytes = Vec::new();
    let mut number = 1_u64;
    while bytes.len() < 62 << 20 {
        number = number
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        bytes.extend_from_slice(&number.to_be_bytes()[..1 + bytes.len() / (1 << 20) % 4]);
        bytes.extend_from_slice(&[0; 60]);
    }
    bytes.truncate(62 << 20);
    std::fs::write(source.join("large"), &bytes).unwrap();
    super::build(&source, home.path());
    drop(bytes);
    let program = std::env::current_exe().unwrap();
    let mut child = std::process::Command::new(program);
    child
        .args(["--ignored", "--exact", "--nocapture"])
        .arg("packages::hostile::read_packages_in_a_directory")
        .env("PACKAGES", home.path());
    let output = run(&mut child);
    let printed = String::from_utf8_lossy(&output.stdout);
    let line = printed
        .lines()
        .find(|line| line.starts_with("peak "))
        .unwrap();
    let peak: u64 = line[5..].trim().parse().unwrap();
    assert!(peak << 10 < MEMORY, "{peak} KiB");
    // It has read something at all.
    assert!(peak > 1 << 10, "{peak} KiB");
}
