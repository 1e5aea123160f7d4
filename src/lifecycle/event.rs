//! What is told of a run while it goes on.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// What has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventStatus {
    /// An operation begins.
    Started,
    /// It has come to its end.
    Done,
    /// It has failed.
    Failed,
    /// It was ended from outside.
    Interrupted,
    /// A component is waited for.
    Waiting,
    /// A component does its work.
    Ready,
    /// Nothing is done, because something that it needs has failed.
    Skipped,
}

impl EventStatus {
    /// Returns the word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            EventStatus::Started => "started",
            EventStatus::Done => "done",
            EventStatus::Failed => "failed",
            EventStatus::Interrupted => "interrupted",
            EventStatus::Waiting => "waiting",
            EventStatus::Ready => "ready",
            EventStatus::Skipped => "skipped",
        }
    }
}

/// One row of what a run tells.
#[derive(Clone, Debug)]
pub struct Event {
    /// When.
    pub time: DateTime<Utc>,
    /// In which wave, from 0.
    pub wave: usize,
    /// Of which component.
    pub component: String,
    /// The operation, as its interface calls it.
    pub operation: &'static str,
    /// Whether it takes back what the run did.
    pub undoes: bool,
    /// What has happened.
    pub status: EventStatus,
    /// How long it took.
    pub duration: Option<Duration>,
    /// What there is to say.
    pub message: Option<String>,
}
