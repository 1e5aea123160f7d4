use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use semver::Version;

use super::row::{Findings, bytes, quoted};
use super::*;

fn row(work: impl FnOnce(&mut Findings)) -> Row {
    let mut findings = Findings::of("x");
    work(&mut findings);
    findings.into_row()
}

#[test]
fn a_row_is_as_bad_as_the_worst_of_it_and_tells_that_first() {
    let fine = row(|findings| {
        findings.fact("one");
        findings.fact("two");
    });
    assert_eq!(
        (fine.status, fine.detail.as_str(), fine.fix),
        (Status::Ok, "one, two", None)
    );
    let bad = row(|findings| {
        findings.fact("one");
        findings.warning("slow", "do b");
        findings.error("broken", "do a");
        findings.warning("slower", "do b");
    });
    assert_eq!(bad.status, Status::Error);
    assert_eq!(bad.detail, "broken; slow; slower");
    assert_eq!(bad.fix.as_deref(), Some("do a; do b"));
}

#[test]
fn of_many_problems_some_are_told_and_the_others_counted() {
    let many = row(|findings| {
        for number in 0..100 {
            findings.warning(
                format!("problem {number}\u{1b}[31m"),
                format!("fix {number}"),
            );
        }
    });
    assert!(many.detail.ends_with("; and 92 more"), "{}", many.detail);
    assert!(!many.detail.contains('\u{1b}'));
    assert_eq!(many.fix.unwrap().split("; ").count(), 8);
}

#[test]
fn free_space_is_judged_by_what_is_needed() {
    let judged = |free| row(|findings| space::judge("data", free, 256 << 20, "X", findings));
    assert_eq!(judged(1 << 40).status, Status::Ok);
    assert_eq!(judged(256 << 20).status, Status::Ok);
    assert_eq!(judged((256 << 20) - 1).status, Status::Warning);
    assert_eq!(judged(16 << 20).status, Status::Warning);
    assert_eq!(judged((16 << 20) - 1).status, Status::Error);
    assert_eq!(judged(1_234_567_890).detail, "data: 1.2 GB free");
    assert_eq!(judged(999).detail, "data: only 999 B free");
    // What the cache may grow to counts as well.
    let cache = row(|findings| space::judge("cache", 1 << 30, 2 << 30, "X", findings));
    assert_eq!(cache.status, Status::Warning);
}

#[test]
fn bytes_are_told_in_the_largest_unit_that_fits() {
    let told = [0, 999, 1000, 1999, 2_000_000, u64::MAX].map(bytes);
    assert_eq!(
        told,
        ["0 B", "999 B", "1.0 kB", "1.9 kB", "2.0 MB", "18446.7 PB"]
    );
}

#[test]
fn arguments_are_quoted_where_the_shell_would_take_them_for_something_else() {
    let quoted = ["/a/b-1.0", "app", "/a b", "it's", "-x", "1.0", ""].map(quoted);
    assert_eq!(
        quoted,
        [
            "/a/b-1.0", "app", "'/a b'", "\"it's\"", "'-x'", "'1.0'", "''"
        ]
    );
}

proptest! {
    #[test]
    fn nothing_is_made_for_directories_that_are_not_there(name in "[a-z]{1,8}(/[a-z]{1,8}){0,3}") {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join(name);
        prop_assert_eq!(directory::data(&path).status, Status::Ok);
        let disk = DiskCache::new(&path, 1 << 20);
        prop_assert_eq!(directory::cache(&path, &disk).status, Status::Ok);
        prop_assert_eq!(home.path().read_dir().unwrap().count(), 0);
    }
}

#[cfg(unix)]
mod programs {
    use super::*;

    /// Writes a program. Another process does, because nobody can run a file that some other thread's child has open.
    fn script(home: &Path, name: &str, text: &str) -> PathBuf {
        let path = home.join(name);
        let status = std::process::Command::new("/bin/sh")
            .args(["-c", "printf '%s' \"$1\" > \"$2\" && chmod +x \"$2\"", "sh"])
            .arg(format!("#!/bin/sh\n{text}\n"))
            .arg(&path)
            .status();
        assert!(status.unwrap().success());
        path
    }

    fn asked(program: Option<PathBuf>, search_path: &[&Path], timeout: Duration) -> Row {
        let nushell = Nushell {
            program,
            search_path: search_path.iter().map(|path| path.to_path_buf()).collect(),
            timeout,
        };
        program::check(&nushell, &Version::new(0, 115, 1), &Interrupt::default())
    }

    #[test]
    fn a_nushell_is_found_by_its_name_and_asked_for_its_version() {
        let home = tempfile::tempdir().unwrap();
        let limit = Duration::from_secs(5);
        let bin = home.path().join("bin");
        std::fs::create_dir(&bin).unwrap();
        let nothing = asked(None, &[&bin, Path::new("relative")], limit);
        assert_eq!(
            nothing.detail,
            "there is no `nu` in the 1 directory of the PATH"
        );
        script(&bin, "nu", "echo 0.115.9");
        assert_eq!(asked(None, &[&bin], limit).status, Status::Ok);
        let other = script(&bin, "other", "echo 0.114.0");
        let other = asked(Some(other), &[], limit);
        assert_eq!(other.status, Status::Warning);
        assert!(
            other
                .detail
                .ends_with("is Nushell 0.114.0, and the plugin is built for 0.115")
        );
    }

    #[test]
    fn a_program_sees_nothing_of_the_environment_but_the_path() {
        let home = tempfile::tempdir().unwrap();
        let text = "/usr/bin/env | /bin/grep -v -e ^PATH= -e ^PWD= -e ^SHLVL= -e ^_= -e ^OLDPWD= >&2 && exit 1; echo 0.115.1";
        script(home.path(), "nu", text);
        let row = asked(None, &[home.path()], Duration::from_secs(5));
        assert_eq!(row.status, Status::Ok, "{}", row.detail);
    }

    #[test]
    fn a_program_that_does_not_answer_is_ended_with_what_it_has_started() {
        let home = tempfile::tempdir().unwrap();
        let pid = home.path().join("pid");
        let text = format!("sleep 1000 & echo $! > {}; wait", pid.display());
        let hung = script(home.path(), "hung", &text);
        let start = Instant::now();
        let path = std::env::var("PATH").unwrap_or_default();
        let path: Vec<PathBuf> = std::env::split_paths(&path).collect();
        let path: Vec<&Path> = path.iter().map(PathBuf::as_path).collect();
        let row = asked(Some(hung), &path, Duration::from_secs(2));
        assert!(
            row.detail
                .ends_with("--version` has not answered within 2 s"),
            "{}",
            row.detail
        );
        assert!(start.elapsed() < Duration::from_secs(100));
        let pid = std::fs::read_to_string(pid).unwrap();
        let stat = format!("/proc/{}/stat", pid.trim());
        // Gone, or dead and not yet buried.
        let is_gone = || std::fs::read_to_string(&stat).map_or(true, |state| state.contains(" Z "));
        while !is_gone() && start.elapsed() < Duration::from_secs(60) {
            std::thread::yield_now();
        }
        assert!(is_gone());
    }

    #[test]
    fn what_is_no_nushell_is_told() {
        let home = tempfile::tempdir().unwrap();
        let limit = Duration::from_secs(5);
        for text in [
            "echo hello",
            "exit 3",
            "head -c 100000 /dev/zero",
            "echo 0.115.1 and more",
        ] {
            let row = asked(
                Some(script(home.path(), "nu", text)),
                &[Path::new("/usr/bin")],
                limit,
            );
            assert!(
                row.detail.ends_with("does not answer as Nushell does"),
                "{text}: {}",
                row.detail
            );
        }
        let text = home.path().join("text");
        std::fs::write(&text, "0.115.1").unwrap();
        let row = asked(Some(text), &[], limit);
        assert!(
            row.detail.ends_with("is no file that can be run"),
            "{}",
            row.detail
        );
        assert_eq!(row.status, Status::Error);
    }
}
