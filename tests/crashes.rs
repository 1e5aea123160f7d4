//! The plugin, Nushell and the Nushells of operations are killed while a deployment comes up, changes and goes down: `cluster status`
//! tells of it, `cluster resume` or `cluster rollback` brings it to an end, what is recorded is what is there, and nothing is
//! left behind.
//!
//! It takes minutes, so it is a program of its own. `PROVISIONING_TEST_KILLS` says how many kills there are, and
//! `PROVISIONING_TEST_SEED` where they begin.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

#[cfg(target_os = "linux")]
#[path = "it/deployment/lab.rs"]
#[allow(dead_code, reason = "this needs less of it than other tests")]
mod lab;
#[cfg(target_os = "linux")]
#[path = "it/processes.rs"]
#[allow(dead_code, reason = "this needs less of it than other tests")]
mod processes;
#[cfg(target_os = "linux")]
#[path = "it/support.rs"]
#[allow(dead_code, reason = "this needs less of it than other tests")]
mod support;

fn main() {
    #[cfg(target_os = "linux")]
    killing::all();
}

#[cfg(target_os = "linux")]
mod killing {
    use std::collections::BTreeMap;
    use std::process::Stdio;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::{Duration, Instant};

    use serde_json::{Value, json};

    use crate::lab::{HOW, Lab};
    use crate::processes::{Process, descendants};
    use crate::support::PLUGIN;

    const KILLS: u64 = 200;
    /// Deployments that are worked on at the same time, each in a home of its own.
    const AT_ONCE: u64 = 3;
    /// How long a command takes at the most until it has begun to work, in milliseconds.
    const BEFORE: u64 = 500;
    /// How long it works then, at the most.
    const WORKING: u64 = 500;

    /// Numbers that look random, the same ones each time.
    struct Numbers(u64);

    impl Numbers {
        fn next(&mut self, below: u64) -> u64 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0 >> 11) % below
        }
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    enum Victim {
        Plugin,
        Shell,
        Operation,
    }

    fn number(name: &str, otherwise: u64) -> u64 {
        std::env::var(name)
            .ok()
            .map_or(otherwise, |text| text.parse().unwrap())
    }

    pub(super) fn all() {
        let kills = number("PROVISIONING_TEST_KILLS", KILLS);
        let seed = number("PROVISIONING_TEST_SEED", 20_261_122);
        let counts = Mutex::new(BTreeMap::<String, usize>::new());
        let killed = AtomicU64::new(0);
        let since = Instant::now();
        std::thread::scope(|scope| {
            for part in 0..AT_ONCE {
                let (counts, killed) = (&counts, &killed);
                scope.spawn(move || {
                    let lab = lab();
                    let mut numbers = Numbers(seed.wrapping_mul(part + 1) | 1);
                    let mut round = part;
                    while killed.load(Ordering::Relaxed) < kills {
                        for told in kill(&lab, round, &mut numbers) {
                            let is_kill = told.ends_with(" killed");
                            killed.fetch_add(u64::from(is_kill), Ordering::Relaxed);
                            *counts.lock().unwrap().entry(told).or_default() += 1;
                        }
                        round += AT_ONCE;
                    }
                });
            }
        });
        let counts = counts.into_inner().unwrap();
        let killed = killed.into_inner();
        println!("{killed} kills in {:.0?}: {counts:#?}", since.elapsed());
        // Otherwise this would show nothing.
        let seen = |word: &str| counts.keys().any(|key| key.contains(word));
        assert!(
            kills < KILLS || (seen("then resume") && seen("then rollback") && seen("in flight"))
        );
    }

    fn lab() -> Lab {
        let cluster = json!({"name": "stack", "components": [
            {"name": "box", "type": "server", "config": {"provider": "metal", "plan": "small"}},
            {"name": "cache", "type": "taskserv", "version": "1.0.0", "config": {"port": 1}},
            {"name": "web", "type": "taskserv", "config": {"port": 1}, "dependencies": ["box", "cache"]},
        ]});
        let lab = Lab::with(&["cache", "web"], cluster);
        // What comes up is known to the plugin from here on, and it is over sooner.
        lab.shell
            .ok("cluster create stack.json | ignore; cluster delete stack | ignore");
        lab
    }

    /// Returns something to do: it comes up, changes, is taken back because something fails, or goes down.
    fn work(lab: &Lab, numbers: &mut Numbers) -> String {
        let keep = ["", " --no-rollback"][numbers.next(2) as usize];
        if lab.names().is_empty() {
            return format!("cluster create stack.json{keep}");
        }
        let port = numbers.next(60_000);
        let change = format!(
            "cluster create stack.json --config {{cache: {{port: {port}}}, web: {{port: {port}}}}}{keep}"
        );
        match numbers.next(4) {
            0 | 1 => "cluster delete stack".to_owned(),
            2 => change,
            _ => {
                lab.order("web.configure", "fail");
                change
            }
        }
    }

    /// Kills once; returns what there is to count.
    fn kill(lab: &Lab, round: u64, numbers: &mut Numbers) -> Vec<String> {
        let victim = [Victim::Plugin, Victim::Shell, Victim::Operation][numbers.next(3) as usize];
        let work = work(lab, numbers);
        let way = ["resume", "rollback"][numbers.next(2) as usize];
        let context = format!("{round}: {victim:?}, {work}, {way}");
        lab.calls();
        let mut running = lab
            .shell
            .command(&work)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Now and then before anything is done; mostly in the middle of it.
        let moment = match numbers.next(4) {
            0 => numbers.next(BEFORE),
            _ => {
                while !lab.has_called() && running.try_wait().unwrap().is_none() {
                    std::thread::sleep(Duration::from_millis(1));
                }
                numbers.next(WORKING)
            }
        };
        std::thread::sleep(Duration::from_millis(moment));
        let shell = running.id();
        let is_it = |process: &Process| match victim {
            Victim::Plugin => process.parent == shell && is_plugin(process),
            Victim::Shell => false,
            // A Nushell below the plugin, whatever is between them.
            Victim::Operation => process.parent != shell && process.name == "nu",
        };
        let mut told = Vec::new();
        if victim == Victim::Shell {
            running.kill().unwrap();
            told.push(format!("{victim:?} killed"));
        } else {
            // The next one that there is; there may be none any more.
            let wanted = || -> Vec<Process> {
                let mut found = descendants(shell);
                found.retain(is_it);
                found
            };
            let mut found = wanted();
            while found.is_empty() && running.try_wait().unwrap().is_none() {
                found = wanted();
            }
            if let Some(one) = found.first() {
                let killed = std::process::Command::new("kill")
                    .args(["-KILL", &one.id.to_string()])
                    .stderr(Stdio::null())
                    .status()
                    .unwrap();
                let word = if killed.success() {
                    "killed"
                } else {
                    "had ended"
                };
                told.push(format!("{victim:?} {word}"));
            } else {
                told.push(format!("{victim:?} had ended"));
            }
        }
        // Who has lost its plugin or an operation ends by itself.
        running.wait().unwrap();
        lab.is_quiet(&context);
        lab.obey();
        told.extend(recover(lab, way, &context));
        told
    }

    fn is_plugin(process: &Process) -> bool {
        std::fs::read_link(format!("/proc/{}/exe", process.id))
            .is_ok_and(|program| program == std::path::Path::new(PLUGIN))
    }

    /// Looks at what is there, and brings it to an end.
    fn recover(lab: &Lab, way: &str, context: &str) -> Vec<String> {
        let told = lab.shell.value(&format!(
            "{HOW}
             let before = try {{ cluster status stack }}
             let result = try {{ cluster {way} stack | ignore; 'done' }} catch {{|it| $'($it.details.code): ($it.msg)' }}
             {{before: $before, result: $result, after: (if $before == null {{ null }} else {{ how }})}}"
        ));
        let (before, after) = (&told["before"], &told["after"]);
        let result = told["result"].as_str().unwrap();
        if before.is_null() {
            // Nothing was begun.
            assert_eq!(lab.names(), [""; 0], "{context}");
            return vec!["nothing begun".to_owned()];
        }
        assert_eq!(before["held_by"], Value::Null, "{context}: {before}");
        assert_ne!(before["status"], "working", "{context}: {before}");
        let mut counts = Vec::new();
        if before["unfinished"].is_null() {
            let nothing = "deployment::finished: nothing is unfinished in `stack`";
            assert_eq!(result, nothing, "{context}");
            counts.push("finished".to_owned());
        } else {
            assert_eq!(result, "done", "{context}: {before}");
            let outcome = before["unfinished"]["outcome"].as_str();
            counts.push(format!("{}, then {way}", outcome.unwrap_or("cut off")));
            if !before["in_flight"].as_array().unwrap().is_empty() {
                counts.push("a step in flight".to_owned());
            }
        }
        lab.is_as_told(after, context);
        lab.is_quiet(context);
        counts
    }
}
