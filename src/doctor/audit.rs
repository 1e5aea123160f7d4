//! `audit`: whether its chain is whole, and bounded.

use std::path::Path;

use super::row::{Findings, Row, count};
use crate::audit::{BrokenChain, Fault, verify};
use crate::diagnostic::Explain as _;
use crate::nickel::Interrupt;
use crate::store::{FILE_NAME, Store};

pub(super) const CHECK: &str = "audit";

pub(super) fn check(data_dir: &Path, keep: usize, interrupt: &Interrupt) -> Row {
    let mut findings = Findings::of(CHECK);
    let verified = match Store::open_existing(data_dir) {
        Ok(None) => {
            findings.fact("nothing was done yet");
            return findings.into_row();
        }
        Ok(Some(store)) => verify(&store, &|| interrupt.is_triggered()),
        Err(error) => Err(error),
    };
    match verified {
        Ok(Some(found)) => {
            let rows = usize::try_from(found.rows).unwrap_or(usize::MAX);
            findings.fact(format!("{}, whole", count(rows, "record", "records")));
            findings.fact(format!("the last {keep} are kept"));
            if let Some(broken) = found.broken {
                // What no record tells cannot be looked at.
                let fix = match broken.fault {
                    Fault::Table | Fault::Triggers => {
                        let file = data_dir.join(FILE_NAME);
                        let broken = broken.clone();
                        BrokenChain { file, broken }.help().unwrap_or_default()
                    }
                    _ => "provisioning audit --verify".to_owned(),
                };
                findings.error(format!("it is not as it was written: {broken}"), fix);
            }
        }
        Ok(None) => findings.warning("not everything was looked at", "provisioning doctor"),
        Err(error) => findings.error(error.to_string(), error.help().unwrap_or_default()),
    }
    findings.into_row()
}
