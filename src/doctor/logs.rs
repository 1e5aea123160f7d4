//! `logs`: whether what goes wrong can be read later (TRB-04).

use std::path::Path;

use super::directory::{aside, may_be_written, nearest};
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
            format!(
                "$env.config.plugins.provisioning.log.file = {}",
                value(&file.join("provisioning.log"))
            ),
        ),
        Ok(found) if !found.is_file() => {
            findings.error(format!("`{shown}` is no regular file"), aside(file));
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
                false => aside(nearest(directory)),
            },
        ),
        Err(_) if !may_be_written(directory) => findings.error(
            format!(
                "`{shown}` cannot be made: `{}` cannot be written",
                directory.display()
            ),
            format!("chmod u+w {}", argument(directory)),
        ),
        Err(_) => {}
    }
}
