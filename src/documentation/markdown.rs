//! Texts of others in Markdown, such that they stay texts.

use crate::diagnostic::safe_text;

/// Returns a text on one line, with everything marked that Markdown would take for something else.
pub(super) fn plain(text: &str) -> String {
    let line = one_line(text);
    let mut out = String::with_capacity(line.len());
    // What the author has put between backticks is code; it has to be on both sides. Several in a row begin a block.
    let is_paired = line.matches('`').count().is_multiple_of(2) && !line.contains("``");
    let mut is_code = false;
    for (index, c) in line.chars().enumerate() {
        match c {
            '`' if is_paired => {
                is_code = !is_code;
                out.push(c);
            }
            '<' if is_code => out.push(c),
            '<' => out.push_str("&lt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '~' if !is_code => out.extend(['\\', c]),
            '#' | '>' | '+' | '-' if !is_code && index == 0 => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

/// Returns a text for a cell of a table.
pub(super) fn cell(text: &str) -> String {
    plain(text).replace('|', "\\|")
}

/// Returns code for a cell of a table; nothing for no code.
pub(super) fn code_cell(text: &str) -> String {
    match text {
        "" => String::new(),
        text => code(text).replace('|', "\\|"),
    }
}

/// Returns a text in code style, whatever it holds.
pub(super) fn code(text: &str) -> String {
    let line = one_line(text);
    let longest = line.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    match longest {
        0 => format!("{fence}{line}{fence}"),
        _ => format!("{fence} {line} {fence}"),
    }
}

/// Returns a block of Nushell code.
pub(super) fn block(text: &str) -> String {
    let text = safe_text(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}nu\n{}\n{fence}", text.trim_end())
}

/// Returns a table; nothing without rows.
pub(super) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let head: Vec<String> = head.iter().map(|cell| (*cell).to_owned()).collect();
    let mut out = line(&head);
    out.push_str(&format!("|{}\n", "---|".repeat(head.len())));
    rows.iter().for_each(|row| out.push_str(&line(row)));
    out
}

fn one_line(text: &str) -> String {
    let safe = safe_text(text);
    safe.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_stay_texts() {
        for (text, written) in [
            ("a | b", "a \\| b"),
            ("*x* _y_ <b> [l](u)", "\\*x\\* \\_y\\_ &lt;b> \\[l\\](u)"),
            ("`a*b` c*d", "`a*b` c\\*d"),
            ("one ` tick", "one \\` tick"),
            ("```a b<`c", "\\`\\`\\`a b&lt;\\`c"),
            ("two\nlines\t", "two lines"),
            ("# no heading", "\\# no heading"),
        ] {
            assert_eq!(cell(text), written);
        }
        assert_eq!(code_cell("a | `b`"), "`` a \\| `b` ``");
        assert_eq!(code_cell(""), "");
        assert_eq!(block("x ```y"), "````nu\nx ```y\n````");
    }

    proptest! {
        #[test]
        fn a_cell_ends_no_cell_and_no_line(text in ".*") {
            for written in [cell(&text), code_cell(&text)] {
                prop_assert!(!written.contains('\n'));
                let bytes = written.as_bytes();
                for (at, _) in written.match_indices('|') {
                    prop_assert!(at > 0 && bytes[at - 1] == b'\\', "{}", written);
                }
            }
        }
    }
}
