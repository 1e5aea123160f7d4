//! The real plugin in the real Nushell.
//!
//! One program for all of them, so that linking is paid once.

#![allow(missing_docs, reason = "tests")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

#[cfg(target_os = "linux")]
mod processes;
mod support;
mod templates;

mod audit;
mod call;
mod cluster;
mod commands;
mod completion;
mod concurrency;
mod conformance;
mod contracts;
mod dependencies;
#[cfg(target_os = "linux")]
mod deployment;
mod doctor;
mod documentation;
mod errors;
#[cfg(target_os = "linux")]
mod escapes;
mod examples;
mod explanations;
mod fix;
mod formats;
mod fuzz;
#[cfg(target_os = "linux")]
mod hostile;
#[cfg(target_os = "linux")]
mod inert;
mod layers;
mod library;
#[cfg(target_os = "linux")]
mod lingering;
mod loading;
mod locks;
mod nickel;
mod nushell;
mod operations;
#[cfg(target_os = "linux")]
mod orphans;
mod packages;
mod pictures;
#[cfg(target_os = "linux")]
mod progress;
mod readme;
mod registry;
mod remotes;
mod resolve;
mod robustness;
mod scaffold;
mod services;
mod settings;
mod testing;
mod validation;
#[cfg(target_os = "linux")]
mod watch;
mod workers;
