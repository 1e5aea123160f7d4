//! `logs`: whether what goes wrong can be read later (TRB-04).

use std::path::Path;

use super::directory::{may_be_written, may_hold_more, nearest};
use super::row::{Findings, Row, argument, value};
use crate::configuration::{Log, LogLevel};

pub(super) const CHECK: &str = "logs";

pub(super) fn check(log: &Log) -> Row {
    let mut findings = Findings::of(CHECK);
    let level = log.level.as_str();
    match &log.file {
        _ if log.level == LogLevel::Off => findings.fact("off"),
        None => findings.fact(format!("{level}, to standard error")),
        Some(file) => {
            findings.fact(format!("{level}, to `{}`", file.display()));
            writable(file, &mut findings);
        }
    }
    findings.into_row()
}

fn writable(file: &Path, findings: &mut Findings) {
    let shown = file.display();
    let directory = file.parent().unwrap_or(file);
    match file.metadata() {
        Ok(found) if found.is_dir() => findings.error(
            format!("`{shown}` is a directory, and a file is needed"),
            use_instead(&file.join("provisioning.log")),
        ),
        Ok(found) if !found.is_file() => {
            findings.error(
                format!("`{shown}` is no regular file"),
                use_instead(Path::new("~/provisioning.log")),
            );
        }
        Ok(_) if !may_be_written(file) => findings.error(
            format!("`{shown}` cannot be written"),
            format!("chmod u+w {}", argument(file)),
        ),
        Ok(_) => {}
        Err(_) if !directory.is_dir() => findings.error(
            format!("there is no directory for `{shown}`"),
            match nearest(directory).is_dir() {
                true => format!("mkdir {}", argument(directory)),
                // Nobody has said that it is ours.
                false => use_instead(Path::new("~/provisioning.log")),
            },
        ),
        Err(_) if !may_hold_more(directory) => findings.error(
            format!(
                "`{shown}` cannot be made: `{}` cannot be written",
                directory.display()
            ),
            format!("chmod u+w {}", argument(directory)),
        ),
        Err(_) => {}
    }
}

/// Returns the command that chooses another file.
fn use_instead(file: &Path) -> String {
    format!(
        "$env.config.plugins.provisioning.log.file = {}",
        value(file)
    )
}
