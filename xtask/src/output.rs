//! What we say: results to standard output, everything else to standard error.

use std::{
    env, fmt,
    io::{self, IsTerminal, Write},
};

use crate::error::{Error, Result};

/// Prints `text` and a line end to standard output.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{text}")
        .and_then(|()| stdout.flush())
        .map_err(Error::Output)
}

/// Announces the next stage of the work on standard output.
pub(crate) fn stage(text: &str) -> Result<()> {
    print(&paint(
        Style::Stage,
        &format!("==> {text}"),
        colours(&io::stdout()),
    ))
}

/// Tells something worth knowing on standard error.
pub(crate) fn note(text: &str) {
    to_stderr(format_args!(
        "{} {text}",
        paint(Style::Note, "note:", colours(&io::stderr()))
    ));
}

/// Reports a failure, and what to do about it, on standard error.
pub(crate) fn error(error: &Error) {
    let coloured = colours(&io::stderr());
    to_stderr(format_args!(
        "{} {error}",
        paint(Style::Error, "error:", coloured)
    ));
    if let Some(hint) = error.hint() {
        to_stderr(format_args!(
            "\n{} {hint}",
            paint(Style::Note, "hint:", coloured)
        ));
    }
}

/// Returns the word for how a test ended, in colour if standard output shows colours.
pub(crate) fn verdict(passed: bool) -> String {
    let (style, word) = if passed {
        (Style::Good, "passed")
    } else {
        (Style::Error, "FAILED")
    };
    paint(style, word, colours(&io::stdout()))
}

/// What a piece of text is, which decides its colour.
#[derive(Clone, Copy)]
enum Style {
    Stage,
    Note,
    Error,
    Good,
}

/// Returns `text` in the colour of `style`, or as it is.
fn paint(style: Style, text: &str, coloured: bool) -> String {
    let code = match style {
        Style::Stage => "1",
        Style::Note => "1;36",
        Style::Error => "1;31",
        Style::Good => "32",
    };
    if coloured {
        format!("\x1b[{code}m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

/// Tells whether `stream` shows colours: it is a terminal, and `NO_COLOR` is not set.
fn colours(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Prints a line to standard error. If that is gone there is nobody left to tell.
fn to_stderr(line: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_painted_only_where_colours_show() {
        assert_eq!(paint(Style::Stage, "x", false), "x");
        assert_eq!(paint(Style::Stage, "x", true), "\x1b[1mx\x1b[0m");
    }
}
