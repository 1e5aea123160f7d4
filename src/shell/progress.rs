//! How far a long call has come, for a person who waits at a terminal.
//!
//! The plugin's standard error is the shell's. When it is a terminal, one short line there is written again and again, with
//! the cursor left at its beginning, so that whatever the shell shows in the meantime takes its place.

use std::io::{IsTerminal as _, Stderr, Write};
use std::time::{Duration, Instant};

use provisioning::diagnostic::safe_text;

/// Calls that are over by then show nothing.
const PATIENCE: Duration = Duration::from_millis(150);

/// Time between two lines.
const BETWEEN: Duration = Duration::from_millis(100);

/// A line about how much is done. It is cleared when all of it is, or when this is dropped.
pub(crate) struct Progress<W: Write = Stderr> {
    /// Where it is shown; none when nobody would see it.
    terminal: Option<W>,
    total: usize,
    done: usize,
    /// When the next line is due.
    due: Instant,
    is_shown: bool,
}

impl Progress {
    /// Begins; shows nothing unless standard error is a terminal that a program in the background may write to.
    pub(crate) fn new(total: usize) -> Self {
        let stderr = std::io::stderr();
        let terminal = (stderr.is_terminal() && may_write(&stderr)).then_some(stderr);
        Self::on(terminal, total, Instant::now())
    }
}

/// Nushell starts plugins in a process group of their own. A terminal with `tostop` set would stop them when they write.
#[cfg(unix)]
fn may_write(terminal: &Stderr) -> bool {
    rustix::termios::tcgetattr(terminal).is_ok_and(|settings| {
        !settings
            .local_modes
            .contains(rustix::termios::LocalModes::TOSTOP)
    })
}

#[cfg(not(unix))]
fn may_write(_terminal: &Stderr) -> bool {
    true
}

impl<W: Write> Progress<W> {
    fn on(terminal: Option<W>, total: usize, now: Instant) -> Self {
        Self {
            terminal,
            total,
            done: 0,
            due: now + PATIENCE,
            is_shown: false,
        }
    }

    /// Says that one more is done.
    pub(crate) fn step(&mut self) {
        self.step_at(Instant::now());
    }

    fn step_at(&mut self, now: Instant) {
        self.done += 1;
        if self.done >= self.total {
            self.clear();
        } else if now >= self.due {
            self.due = now + BETWEEN;
            let line = format!("\x1b[2K{} of {}\r", self.done, self.total);
            self.is_shown |= self.write(&line);
        }
    }

    /// Says what goes on.
    pub(crate) fn show(&mut self, text: &str) {
        let now = Instant::now();
        if self.terminal.is_some() && now >= self.due {
            self.due = now + BETWEEN;
            const MAX_SHOWN: usize = 100;
            let text: String = safe_text(text).chars().take(MAX_SHOWN).collect();
            self.is_shown |= self.write(&format!("\x1b[2K{text}\r"));
        }
    }

    fn clear(&mut self) {
        if std::mem::take(&mut self.is_shown) {
            self.write("\x1b[2K\r");
        }
    }

    /// A terminal that went away is not a fault of the call.
    fn write(&mut self, text: &str) -> bool {
        self.terminal.as_mut().is_some_and(|terminal| {
            terminal
                .write_all(text.as_bytes())
                .and_then(|()| terminal.flush())
                .is_ok()
        })
    }
}

impl<W: Write> Drop for Progress<W> {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(steps: usize, total: usize, between: Duration) -> String {
        let start = Instant::now();
        let mut text = Vec::new();
        let mut progress = Progress::on(Some(&mut text), total, start);
        for step in 1..=steps {
            progress.step_at(start + between * u32::try_from(step).unwrap());
        }
        drop(progress);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn a_short_call_shows_nothing() {
        assert_eq!(shown(100, 100, Duration::from_millis(1)), "");
    }

    #[test]
    fn a_line_is_written_now_and_then_and_cleared_at_the_end() {
        assert_eq!(
            shown(6, 6, Duration::from_millis(60)),
            "\x1b[2K3 of 6\r\x1b[2K5 of 6\r\x1b[2K\r"
        );
    }

    #[test]
    fn a_call_that_ends_early_clears_its_line() {
        assert_eq!(
            shown(1, 6, Duration::from_millis(200)),
            "\x1b[2K1 of 6\r\x1b[2K\r"
        );
    }

    #[test]
    fn without_a_terminal_nothing_is_written() {
        let mut progress = Progress::on(None::<Vec<u8>>, 2, Instant::now());
        progress.step_at(Instant::now() + PATIENCE * 2);
        assert!(!progress.is_shown);
    }
}
