//! What a test has printed: the beginning and the end of it, however much it was.

use std::collections::VecDeque;

/// Bytes of the beginning that are kept.
const HEAD: usize = 32 << 10;
/// Bytes of the end that are kept.
const TAIL: usize = 32 << 10;

/// What was printed.
#[derive(Debug, Default)]
pub(super) struct Output {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    left_out: u64,
}

impl Output {
    pub(super) fn add(&mut self, mut bytes: &[u8]) {
        let room = HEAD.saturating_sub(self.head.len()).min(bytes.len());
        let (head, rest) = bytes.split_at(room);
        self.head.extend_from_slice(head);
        bytes = rest;
        let skipped = bytes.len().saturating_sub(TAIL);
        let kept = bytes.get(skipped..).unwrap_or_default();
        let too_many = (self.tail.len() + kept.len()).saturating_sub(TAIL);
        self.tail.drain(..too_many.min(self.tail.len()));
        self.tail.extend(kept);
        self.left_out += u64::try_from(skipped + too_many).unwrap_or(u64::MAX);
    }

    /// Returns it as text, and forgets it. What is no text is shown as far as it can be, and colours are left out.
    pub(super) fn take(&mut self) -> String {
        let Self {
            head,
            tail,
            left_out,
        } = std::mem::take(self);
        let tail: Vec<u8> = tail.into();
        let bytes = match left_out {
            0 => [head, tail].concat(),
            left_out => {
                let note = format!("\n[{left_out} bytes are left out]\n");
                [head, note.into_bytes(), tail].concat()
            }
        };
        plain(&String::from_utf8_lossy(&bytes))
            .trim_end()
            .to_owned()
    }
}

/// Returns a text without the sequences that colour it.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\x1b[") {
        let (before, sequence) = rest.split_at(at);
        plain.push_str(before);
        let body = sequence.get(2..).unwrap_or_default();
        let end = body.find(|c: char| !c.is_ascii_digit() && c != ';' && c != ':');
        match end.filter(|end| body.get(*end..).is_some_and(|end| end.starts_with('m'))) {
            Some(end) => rest = body.get(end + 1..).unwrap_or_default(),
            None => {
                plain.push_str("\x1b[");
                rest = body;
            }
        }
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_beginning_and_the_end_are_kept() {
        let mut output = Output::default();
        output.add(b"first\n");
        for _ in 0..1000 {
            output.add(&[b'x'; 4096]);
        }
        output.add(b"\nlast");
        let text = output.take();
        assert!(text.starts_with("first\n") && text.ends_with("\nlast"));
        assert!(text.contains("bytes are left out]"), "{}", text.len());
        assert!(text.len() < HEAD + TAIL + 100);
        assert_eq!(output.take(), "");
    }

    #[test]
    fn colours_are_left_out_and_other_bytes_are_shown() {
        let mut output = Output::default();
        output.add(b"\x1b[1;31mred\x1b[0m \x1b[2J \xff\n");
        assert_eq!(output.take(), "red \x1b[2J \u{fffd}");
    }

    proptest! {
        #[test]
        fn what_is_counted_is_what_is_missing(pieces in prop::collection::vec(0_usize..50_000, 0..8)) {
            let mut output = Output::default();
            for piece in &pieces {
                output.add(&vec![b'x'; *piece]);
            }
            let all: usize = pieces.iter().sum();
            let kept = output.head.len() + output.tail.len();
            prop_assert_eq!(output.left_out, (all - kept) as u64);
            prop_assert_eq!(kept, all.min(HEAD + TAIL));
        }
    }
}
