//! The log: what goes wrong, one line each, in a file or on standard error (ERR-05, TRB-04).
//!
//! A line has the time, the level, the code and the message. It is written at once and as a whole, so that lines of several
//! processes do not mix. What cannot be written is lost: the log is there to find out about failures, and must not be one
//! more. `provisioning doctor` tells whether it can be written.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use chrono::{SecondsFormat, Utc};

use crate::configuration::{Log, LogLevel};
use crate::nickel::kept_text;

/// Most characters of a message.
const MAX_MESSAGE: usize = 4000;

/// Something to be told.
#[derive(Clone, Debug)]
pub struct Event<'a> {
    /// How bad it is.
    pub level: LogLevel,
    /// A stable word for it.
    pub code: &'a str,
    /// What happened.
    pub message: &'a str,
}

impl Log {
    /// Whether what has this level is logged.
    pub fn takes(&self, level: LogLevel) -> bool {
        level != LogLevel::Off && level <= self.level
    }

    /// Logs events, as far as the level asks for them. What cannot be written is left out.
    pub fn write(&self, events: &[Event<'_>]) {
        let taken = events.iter().filter(|event| self.takes(event.level));
        let lines: String = taken.map(line).collect();
        if lines.is_empty() {
            return;
        }
        let _ = match &self.file {
            None => io::stderr().write_all(lines.as_bytes()),
            Some(file) => open(file).and_then(|mut file| file.write_all(lines.as_bytes())),
        };
    }
}

/// Returns the line of an event. It has no secrets that are known by their form, and no characters that change a terminal.
fn line(event: &Event<'_>) -> String {
    format!(
        "{} {} {} {}\n",
        Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true),
        event.level.as_str(),
        event.code,
        kept_text(event.message, MAX_MESSAGE)
    )
}

/// Opens a regular file to append to it, without waiting for the reader of a pipe.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags, open};
    let flags =
        OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE | OFlags::NONBLOCK | OFlags::CLOEXEC;
    // What is logged is nobody else's business.
    let file = File::from(open(path, flags, Mode::RUSR | Mode::WUSR)?);
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::other("it is no regular file")),
    }
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    File::options().append(true).create(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(home: &Path, level: LogLevel) -> Log {
        Log {
            level,
            file: Some(home.join("log")),
        }
    }

    fn event(level: LogLevel, message: &str) -> Event<'_> {
        Event {
            level,
            code: "load::failed",
            message,
        }
    }

    #[test]
    fn a_level_has_those_before_it() {
        let home = tempfile::tempdir().unwrap();
        let events = [
            event(LogLevel::Error, "one"),
            event(LogLevel::Warn, "two"),
            event(LogLevel::Info, "three"),
        ];
        log(home.path(), LogLevel::Off).write(&events);
        assert!(!home.path().join("log").exists());
        log(home.path(), LogLevel::Warn).write(&events);
        let text = std::fs::read_to_string(home.path().join("log")).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert!(lines[0].ends_with("Z error load::failed one"), "{text}");
        assert!(lines[1].ends_with("Z warn load::failed two"), "{text}");
        chrono::DateTime::parse_from_rfc3339(lines[0].split(' ').next().unwrap()).unwrap();
    }

    #[test]
    fn an_event_is_one_line_without_secrets_and_escapes() {
        let home = tempfile::tempdir().unwrap();
        let token = format!("ghp_{}", "0aZ9bY8cX7dW6eV5fU4gT3hS2iR1jQ0kPlOm");
        let message = format!("a\nb\u{1b}[31m {token} {}", "x".repeat(1 << 20));
        log(home.path(), LogLevel::Debug).write(&[event(LogLevel::Error, &message)]);
        let text = std::fs::read_to_string(home.path().join("log")).unwrap();
        assert_eq!(text.lines().count(), 1);
        assert!(text.len() < 3 * MAX_MESSAGE);
        assert!(!text.contains("0aZ9") && !text.contains('\u{1b}'), "{text}");
    }

    #[test]
    fn lines_of_many_threads_do_not_mix() {
        let home = tempfile::tempdir().unwrap();
        let log = log(home.path(), LogLevel::Error);
        let message = "m".repeat(1000);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        log.write(&[event(LogLevel::Error, &message)]);
                    }
                });
            }
        });
        let text = std::fs::read_to_string(home.path().join("log")).unwrap();
        assert_eq!(text.lines().count(), 400);
        assert!(
            text.lines()
                .all(|line| line.ends_with(&format!(" {message}")))
        );
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_left_alone_and_nobody_waits() {
        let home = tempfile::tempdir().unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, home.path().join("log"), 0o600.into()).unwrap();
        log(home.path(), LogLevel::Error).write(&[event(LogLevel::Error, "x")]);
    }
}
