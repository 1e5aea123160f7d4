//! Extensions whose code wants to stop the validation, or to take the plugin with it.

mod cases;

use std::os::unix::fs::symlink;
use std::process::Stdio;
use std::time::{Duration, Instant};

use provisioning::diagnostic::render;
use provisioning::extension::Host;
use provisioning::nickel::Evaluator;
use provisioning::validation::{Options, Validator};
use serde_json::Value;

use super::RESERVE;
use crate::processes::{Named, Seen, assert_gone, descendants, peak, watched};
use crate::support::{Shell, texts};
use cases::{Hostile, cases};

/// Memory that one inspection may take.
const MEMORY: u64 = 1 << 30;

/// What the plugin itself may need, whatever the code is.
const OWN: u64 = 384 << 20;

/// What lies outside, and is never shown.
const SECRET: &str = "hunter2";

/// By how much it may have grown in the end.
const GROWTH: u64 = 192 << 20;

/// How long a validation may take that comes to an end, on a machine that is busy with other tests.
const LONGEST: Duration = Duration::from_secs(20);

/// Time of one inspection of what does not come to an end.
const TIMEOUT: Duration = Duration::from_secs(1);

/// Validates each directory with every rule, twice, and tells the codes, the time, and everything that was shown.
const VALIDATE: &str = "
    provisioning version | ignore
    let before = (plugin list | get 0.pid)
    let memory = {|| open --raw $'/proc/($before)/statm' | split row ' ' | get 1 | into int | $in * 4096 }
    let at_first = (do $memory)
    let all = (open names.json | each {|name|
        let start = (date now)
        let report = (try { extension validate $'cases/($name)' } catch {|error| {errors: [{code: $error.details.code?, message: $error.rendered}], warnings: []} })
        let took = ((date now) - $start)
        let shown = (try { extension validate $'cases/($name)' --strict | ignore; 'valid' } catch {|error| $error.rendered })
        {
            codes: ($report.errors ++ $report.warnings | each { $in.code }),
            took: ($took / 1ms | into int),
            shown: ($shown + ($report | to json --raw)),
        }
    })
    {all: $all, growth: ((do $memory) - $at_first), same: ((plugin list | get 0.pid) == $before), next: (extension validate good | get valid)} | to json --raw";

/// Writes the cases into a directory each, below `cases`, and returns their names.
fn written_out(shell: &Shell, cases: &[Hostile]) -> Vec<String> {
    shell.file(
        "secret.nu",
        format!("export def {SECRET} [] {{ ${SECRET} }}\n"),
    );
    let names: Vec<String> = (0..cases.len()).map(|at| format!("c{at}")).collect();
    for (case, name) in cases.iter().zip(&names) {
        let root = shell.extension(&format!("cases/{name}"), "taskserv", "1.0.0");
        let nulib = root.join("nulib");
        std::fs::create_dir_all(&nulib).unwrap();
        (case.write)(&nulib);
    }
    names
}

/// Returns what is wrong with what was told of a case.
fn faults(
    case: &Hostile,
    codes: &[&str],
    took: Duration,
    longest: Duration,
    shown: &str,
) -> Vec<String> {
    if std::env::var_os("HOSTILE_SHOWN").is_some() {
        let mut few = codes.to_vec();
        few.dedup();
        let few: String = few.join(" ").chars().take(120).collect();
        let (count, length) = (codes.len(), shown.len());
        eprintln!(
            "{took:>8.2?} {:<44} {count:>4} {length:>7} {few}",
            case.name
        );
    }
    let mut wrong = Vec::new();
    let mut require = |holds: bool, what: String| {
        if !holds {
            wrong.push(format!("{}: {what}", case.name));
        }
    };
    require(
        case.codes.iter().any(|code| codes.contains(code)),
        format!("{codes:?}, not {:?}", case.codes),
    );
    require(took < longest, format!("{took:?}"));
    require(codes.len() <= 300, format!("{} findings", codes.len()));
    require(
        shown.len() < 4 << 20,
        format!("{} bytes shown", shown.len()),
    );
    for hidden in [
        SECRET,
        "root:",
        "panic",
        "\u{1b}[2J",
        "\u{202e}",
        "\u{2066}",
    ] {
        require(!shown.contains(hidden), format!("shows {hidden:?}"));
    }
    require(
        !codes.contains(&"nushell::internal"),
        "a fault of ours".to_owned(),
    );
    wrong
}

/// Returns the cases that are slow, or those that are not.
fn those(is_slow: bool) -> Vec<Hostile> {
    let only = std::env::var("HOSTILE_ONLY").unwrap_or_default();
    let cases = cases().into_iter();
    cases
        .filter(|case| case.is_slow == is_slow && case.name.contains(&only))
        .collect()
}

#[test]
fn code_that_is_hostile_leaves_the_plugin_alive() {
    let shell = Shell::new();
    let cases = those(false);
    let names = written_out(&shell, &cases);
    shell.file("names.json", serde_json::to_string(&names).unwrap());
    let good = crate::support::examples().join("extensions/taskservs/containerd");
    symlink(good, shell.home().join("good")).unwrap();
    let running = shell
        .command(VALIDATE)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let id = running.id();
    let (output, seen) = watched(|| descendants(id), || running.wait_with_output().unwrap());
    let told: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    let all = told["all"].as_array().unwrap();
    assert_eq!(all.len(), cases.len());
    let mut wrong: Vec<String> = cases
        .iter()
        .zip(all)
        .flat_map(|(case, told)| {
            let took = Duration::from_millis(told["took"].as_u64().unwrap());
            let shown = told["shown"].as_str().unwrap();
            faults(case, &texts(&told["codes"]), took, LONGEST, shown)
        })
        .collect();
    if told["same"] != true {
        wrong.push("the plugin has died".to_owned());
    }
    if told["next"] != true {
        wrong.push("what is good is refused afterwards".to_owned());
    }
    let (workers, plugins): (Vec<Seen>, Vec<Seen>) =
        seen.into_iter().partition(|seen| seen.is_worker);
    let (worker, plugin) = (peak(&workers), peak(&plugins));
    if std::env::var_os("HOSTILE_SHOWN").is_some() {
        eprintln!(
            "a worker: {} MiB, the plugin: {} MiB, grown by {} bytes",
            worker >> 20,
            plugin >> 20,
            told["growth"]
        );
    }
    assert_eq!(wrong, Vec::<String>::new(), "{}", wrong.join("\n"));
    assert!(worker < MEMORY + RESERVE, "a worker: {} MiB", worker >> 20);
    assert!(plugin > 0, "no plugin was seen");
    assert!(plugin < OWN, "the plugin: {} MiB", plugin >> 20);
    let growth = told["growth"].as_u64().unwrap_or_default();
    assert!(growth < GROWTH, "{growth}");
    assert_gone(&workers);
    assert_gone(&plugins);
}

#[test]
fn code_that_takes_for_ever_is_ended_in_time() {
    let shell = Shell::new();
    let cases = those(true);
    let names = written_out(&shell, &cases);
    let named = Named::new();
    let host = Host::with_nushell(semver::Version::new(0, 115, 1));
    let inspector = named.inspector().limited(TIMEOUT);
    let validator = Validator::new(host, Evaluator::default(), inspector);
    let rules = ["interface".to_owned(), "security".to_owned()];
    let options = Options {
        kind: None,
        rules: &rules,
        deny_warnings: false,
    };
    let check = |(case, name): (&Hostile, &String)| {
        let start = Instant::now();
        let root = shell.home().join("cases").join(name);
        let report = validator.validate(&root, &options).unwrap();
        let took = start.elapsed();
        let findings = || report.findings.iter().map(|finding| &finding.diagnostic);
        let codes: Vec<&str> = findings().map(|finding| finding.code.as_str()).collect();
        let shown: String = findings().map(render).collect();
        faults(case, &codes, took, LONGEST, &shown)
    };
    let (wrong, seen) = watched(
        || named.workers(),
        || {
            let cases = cases.iter().zip(&names);
            cases.flat_map(check).collect::<Vec<String>>()
        },
    );
    assert_eq!(wrong, Vec::<String>::new(), "{}", wrong.join("\n"));
    let peak = peak(&seen);
    assert!(
        peak < MEMORY + RESERVE,
        "a worker has used {} MiB",
        peak >> 20
    );
    drop(validator);
    assert_gone(&seen);
}
