//! The file of settings, without a shell.

use std::path::PathBuf;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::diagnostic::{Code, Explain as _};

/// Reads a text as a file of settings.
fn read(text: &str) -> Result<ConfigurationFile, Vec<(Code, String)>> {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("settings.toml");
    std::fs::write(&path, text).unwrap();
    ConfigurationFile::read(&path).map_err(|error| {
        let details = error.details().iter();
        details.map(|one| (one.code, one.message.clone())).collect()
    })
}

/// Returns what the file says of `data_dir`, whose value is given.
fn data_dir(value: &str, rest: &str) -> Result<PathBuf, Vec<(Code, String)>> {
    let file = read(&format!(
        "[orchestrator.extensions]\ndata_dir = {value}\n{rest}\n"
    ))?;
    Ok(file.values().data_dir.as_ref().unwrap().value.clone())
}

#[test]
fn the_table_of_others_is_not_looked_at() {
    let file = read(
        "jobs = 'not ours'\n[orchestrator]\nx = '{{nowhere}}'\n[orchestrator.extensions]\njobs = 3\n[other]\ny = '{{'\n",
    )
    .unwrap();
    assert_eq!(file.values().jobs.as_ref().unwrap().value, 3);
    for text in ["", "[orchestrator]\n", "# nothing\n"] {
        assert!(read(text).unwrap().values().jobs.is_none());
    }
}

#[test]
fn references_are_resolved_through_others_and_beside_text() {
    let rest = "[a]\nb = '{{a.c}}/{{ a.n }}'\nc = '{{a.d}}'\nd = 'x'\nn = 7\nf = 1.5\nt = true\nw = 2026-01-02\n";
    for (value, expected) in [
        ("'{{a.b}}'", "x/7"),
        ("'/{{a.b}}{{a.d}}/y'", "/x/7x/y"),
        ("\"\\u007b{a.d}}\"", "x"),
        ("'''{{a.f}} {{a.t}} {{a.w}}'''", "1.5 true 2026-01-02"),
        ("'{ {a.b} }'", "{ {a.b} }"),
    ] {
        assert_eq!(
            data_dir(value, rest).unwrap(),
            PathBuf::from(expected),
            "{value}"
        );
    }
}

#[test]
fn a_reference_alone_keeps_the_type_of_what_it_leads_to() {
    let file = read(
        "[orchestrator.extensions]\njobs = '{{o.jobs}}'\nauto_load = '{{o.load}}'\ncache_limit = '{{o.mib}}MiB'\n\
         [orchestrator.extensions.nickel]\ntimeout = '{{o.timeout}}'\nisolation = '{{o.isolation}}'\n\
         [o]\njobs = 3\nload = false\nmib = 5\ntimeout = '5sec'\nisolation = 'worker'\n",
    )
    .unwrap();
    let values = file.values();
    assert_eq!(values.jobs.as_ref().unwrap().value, 3);
    assert!(!values.auto_load.as_ref().unwrap().value);
    assert_eq!(values.cache_limit.as_ref().unwrap().value, 5 << 20);
    let timeout = values.nickel_timeout.as_ref().unwrap().value;
    assert_eq!(timeout, Duration::from_secs(5));
}

#[test]
fn what_a_terminal_would_obey_is_no_path_and_is_not_shown() {
    let faults = data_dir("\"x\\u001b[31m\"", "").unwrap_err();
    let message = "`data_dir` is the text `x\\u{1b}[31m`, not a path without control characters";
    assert_eq!(faults, [(Code::ConfigInvalid, message.to_owned())]);
}

#[test]
fn excerpts_hide_secrets_and_keep_places() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("settings.toml");
    let text = "[db]\npassword = \"hunter2{{db.nope}}\"\nurl = \"x://u:hunter2@h/{{db.nope}}\"\n\
                [orchestrator.extensions]\ndata_dir = \"{{db.password}}\"\ncache_dir = \"{{db.url}}\"\njobs = \"{{db.url}}\"\n";
    std::fs::write(&path, text).unwrap();
    let error = ConfigurationFile::read(&path).unwrap_err();
    let told: String = error
        .details()
        .iter()
        .map(crate::diagnostic::render)
        .collect();
    assert_eq!(error.details().len(), 2, "{told}");
    assert!(!told.contains("hunter2") && told.contains(":2:"), "{told}");
}

#[test]
fn a_circle_is_told_once_however_many_lead_into_it() {
    let faults = data_dir(
        "'{{a.x}}'",
        "cache_dir = '{{a.y}}'\nextension_dirs = ['{{a.x}}', '{{a.y}}']\n[a]\nx = '{{a.y}}'\ny = '{{a.x}}'\n",
    )
    .unwrap_err();
    let message = "references lead in a circle: a.x -> a.y -> a.x".to_owned();
    assert_eq!(faults, [(Code::ConfigCircularReference, message)]);
}

#[test]
fn every_place_of_an_unknown_key_is_told() {
    let faults = data_dir("'{{nope}}'", "cache_dir = '{{nope}}'").unwrap_err();
    assert_eq!(faults.len(), 2);
    assert!(
        faults
            .iter()
            .all(|(code, _)| *code == Code::ConfigUnknownReference)
    );
}

#[test]
fn references_that_would_fill_the_memory_are_refused() {
    let doubled: String = (0..30)
        .map(|n| format!("k{n} = '{{{{k{0}}}}}{{{{k{0}}}}}'\n", n + 1))
        .collect();
    let text = format!(
        "{doubled}k30 = 'xxxxxxxxxxxxxxxx'\n[orchestrator.extensions]\ndata_dir = '{{{{k0}}}}'\n"
    );
    let faults = read(&text).unwrap_err();
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].1, "references make a text that is too long");
    // Many that are each as long as is allowed.
    let many: String = (0..2000)
        .map(|n| format!("k{n} = '{{{{long}}}}'\n"))
        .collect();
    let items: String = (0..900).map(|n| format!("'{{{{k{n}}}}}',")).collect();
    let text = format!(
        "long = '{}'\n{many}[orchestrator.extensions]\nextension_dirs = [{items}]\n",
        "x".repeat(16_000)
    );
    assert!(!read(&text).unwrap_err().is_empty());
}

#[test]
fn a_chain_has_an_end() {
    let chain = |length: usize| {
        let keys: String = (0..length)
            .map(|n| format!("k{n} = '{{{{k{}}}}}'\n", n + 1))
            .collect();
        read(&format!(
            "{keys}k{length} = 'end'\n[orchestrator.extensions]\ndata_dir = '{{{{k0}}}}'\n"
        ))
    };
    assert_eq!(
        chain(31).unwrap().values().data_dir.as_ref().unwrap().value,
        PathBuf::from("end")
    );
    let faults = chain(10_000).unwrap_err();
    assert_eq!(faults[0].1, "references lead to references for too long");
}

#[test]
fn a_file_is_read_again_only_when_it_has_changed() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("settings.toml");
    let write = |jobs: usize| {
        let text = format!("[orchestrator.extensions]\njobs = {jobs}\n");
        std::fs::write(&path, text).unwrap();
    };
    let kept = KeptFile::new();
    let jobs = || {
        kept.read(&path)
            .unwrap()
            .values()
            .jobs
            .as_ref()
            .unwrap()
            .value
    };
    // A file that has just been written may be written again without another time on it.
    for number in 1..5 {
        write(number);
        assert_eq!(jobs(), number);
    }
    std::fs::remove_file(&path).unwrap();
    assert!(matches!(kept.read(&path), Err(FileError::Missing { .. })));
    write(7);
    assert_eq!(jobs(), 7);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever references there are, there is an answer, and it is not huge.
    #[test]
    fn any_references_have_an_answer(
        values in proptest::collection::vec("[a-c ]{0,2}(\\{\\{ ?k[0-9]\\}?\\}?[a-c]{0,2}){0,3}", 1..10)
    ) {
        let keys: String = values.iter().enumerate().map(|(n, value)| format!("k{n} = '{value}'\n")).collect();
        match read(&format!("{keys}[orchestrator.extensions]\ndata_dir = '/{{{{k0}}}}'\n")) {
            Ok(file) => {
                let made = file.values().data_dir.as_ref().unwrap().value.display().to_string();
                prop_assert!(!made.contains("{{"), "{made}");
            }
            Err(faults) => prop_assert!(!faults.is_empty() && faults.len() <= 50),
        }
    }
}
