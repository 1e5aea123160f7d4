//! What is printed, line by line and without secrets.

use super::environment::Surroundings;
use crate::diagnostic::safe_text;
use crate::testing::plain;

/// Longest line; more of it is another one.
const MAX_LINE: usize = 16 << 10;

/// Bytes of one stream that are no whole line yet.
#[derive(Debug, Default)]
pub(super) struct Lines {
    held: Vec<u8>,
}

impl Lines {
    /// Adds bytes, and returns the lines that are whole now.
    pub(super) fn add(&mut self, bytes: &[u8], surroundings: &Surroundings) -> Vec<String> {
        self.held.extend_from_slice(bytes);
        let mut lines = Vec::new();
        let end = self.held.iter().rposition(|byte| *byte == b'\n');
        if let Some(end) = end {
            let rest = self.held.split_off(end + 1);
            let whole = std::mem::replace(&mut self.held, rest);
            for line in whole
                .split(|byte| *byte == b'\n')
                .filter(|line| !line.is_empty())
            {
                lines.push(shown(line, surroundings));
            }
        }
        // A secret that goes on behind the cut is not told in part.
        let most = MAX_LINE + surroundings.longest_secret();
        if self.held.len() > most {
            let text = surroundings.hidden(&String::from_utf8_lossy(&self.held));
            let keep = surroundings.longest_secret().saturating_sub(1);
            let mut cut = text.len().saturating_sub(keep);
            while !text.is_char_boundary(cut) {
                cut -= 1;
            }
            lines.push(shown(&text.as_bytes()[..cut], surroundings));
            self.held = text.as_bytes()[cut..].to_vec();
        }
        lines
    }

    /// Returns what is left at the end.
    pub(super) fn rest(&mut self, surroundings: &Surroundings) -> Option<String> {
        let held = std::mem::take(&mut self.held);
        (!held.is_empty()).then(|| shown(&held, surroundings))
    }
}

fn shown(line: &[u8], surroundings: &Surroundings) -> String {
    let text = String::from_utf8_lossy(line);
    let text = plain(text.trim_end_matches('\r'));
    safe_text(&surroundings.hidden(&text)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::super::arguments::Bound;
    use super::*;

    fn surroundings() -> Surroundings {
        let mut surroundings = Surroundings::default();
        surroundings.hide_those_of(&Bound {
            positional: Vec::new(),
            flags: vec![(
                "password".to_owned(),
                nu_protocol::Value::test_string("canary-0123456789"),
            )],
        });
        surroundings
    }

    #[test]
    fn lines_come_as_they_end() {
        let (mut lines, surroundings) = (Lines::default(), surroundings());
        assert!(lines.add(b"one", &surroundings).is_empty());
        assert_eq!(lines.add(b" two\r\n\nthr", &surroundings), ["one two"]);
        assert_eq!(lines.rest(&surroundings).unwrap(), "thr");
        assert_eq!(lines.rest(&surroundings), None);
    }

    #[test]
    fn a_secret_is_hidden_wherever_a_long_line_is_cut() {
        let secret = "canary-0123456789";
        for before in MAX_LINE - 40..MAX_LINE + 40 {
            let (mut lines, surroundings) = (Lines::default(), surroundings());
            let text = format!("{}{secret}{}", "x".repeat(before), "y".repeat(MAX_LINE));
            let mut told = Vec::new();
            for piece in text.as_bytes().chunks(1000) {
                told.extend(lines.add(piece, &surroundings));
            }
            told.extend(lines.rest(&surroundings));
            let told = told.concat();
            assert!(
                !told.contains("canary") && !told.contains("6789"),
                "{before}"
            );
        }
    }
}
