//! Which files a Nickel text imports.

use std::path::Path;

use nickel_lang_core::parser::lexer::{Lexer, NormalToken, StringToken, Token};

use super::program::Format;

/// An `import` in a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Import {
    /// The path as written.
    pub(super) path: String,
    /// The format, from the name or after `as`.
    pub(super) format: Format,
    /// Bytes from `import` to the end of the path.
    pub(super) span: (usize, usize),
}

/// What one pass over the tokens of a text shows.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// Number of tokens: a bound on how deep the text can nest.
    pub(super) tokens: usize,
    /// Every import, wherever it stands: in an interpolation, a pattern, a type.
    pub(super) imports: Vec<Import>,
    /// Every import of a package: its name, and the bytes from `import` on.
    pub(super) packages: Vec<(String, (usize, usize))>,
}

/// Lists the imports of a text, with escapes in their paths decoded. Gives up after `most` tokens.
pub(super) fn scan(text: &str, most: usize) -> Scan {
    enum State {
        Outside,
        Import(usize),
        Path(usize, String),
        After(Import),
        As(Import),
    }
    let mut scan = Scan::default();
    let mut state = State::Outside;
    let mut lexer = Lexer::new(text);
    while let Some(Ok((start, token, end))) = lexer.next() {
        scan.tokens += 1;
        if scan.tokens > most {
            break;
        }
        state = match (state, token) {
            (State::After(import), Token::Normal(NormalToken::As)) => State::As(import),
            (State::As(mut import), Token::Normal(NormalToken::RawEnumTag(tag))) => {
                if let Some(format) = Format::of_tag(tag) {
                    import.format = format;
                }
                scan.imports.push(import);
                State::Outside
            }
            (State::Import(at), Token::Normal(NormalToken::DoubleQuote)) => {
                State::Path(at, String::new())
            }
            (State::Import(at), token) => {
                // Anything else than a name is a fault that the parser tells.
                if let Token::Normal(NormalToken::Identifier(name)) = token {
                    scan.packages.push((name.to_string(), (at, end)));
                }
                State::Outside
            }
            (State::Path(at, path), Token::Str(StringToken::Literal(part))) => {
                State::Path(at, path + &part)
            }
            (State::Path(at, mut path), Token::Str(StringToken::EscapedChar(c))) => {
                path.push(c);
                State::Path(at, path)
            }
            (
                State::Path(at, mut path),
                Token::Str(StringToken::EscapedAscii(_) | StringToken::EscapedUnicode(_)),
            ) => {
                // The lexer decodes these; should one come through, no file has such a path.
                path.push('\0');
                State::Path(at, path)
            }
            (
                State::Path(at, path),
                Token::Normal(NormalToken::DoubleQuote) | Token::Str(StringToken::DoubleQuote),
            ) => State::After(Import {
                format: Format::of(Path::new(&path)),
                path,
                span: (at, end),
            }),
            (State::After(import) | State::As(import), token) => {
                scan.imports.push(import);
                match token {
                    Token::Normal(NormalToken::Import) => State::Import(start),
                    _ => State::Outside,
                }
            }
            (_, Token::Normal(NormalToken::Import)) => State::Import(start),
            _ => State::Outside,
        };
    }
    if let State::After(import) | State::As(import) = state {
        scan.imports.push(import);
    }
    scan
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<String> {
        scan(text, 100)
            .imports
            .into_iter()
            .map(|import| import.path)
            .collect()
    }

    #[test]
    fn imports_are_found_wherever_they_stand() {
        assert_eq!(paths(r#"import "a.ncl""#), ["a.ncl"]);
        assert_eq!(
            paths(r#"let { x ? (import "/etc/passwd" as 'Text) } = {} in x"#),
            ["/etc/passwd"]
        );
        assert_eq!(paths(r#""%{import "b.ncl"}""#), ["b.ncl"]);
        assert_eq!(
            paths(r#"[import "a.ncl", import "b.json"]"#),
            ["a.ncl", "b.json"]
        );
        assert_eq!(paths(r#"import "\x2fetc/passwd""#), ["/etc/passwd"]);
        assert_eq!(
            scan(r#"import "data" as 'Json"#, 100).imports[0].format,
            Format::Json
        );
        assert_eq!(
            scan("[import pkg]", 100).packages,
            [("pkg".to_owned(), (1, 11))]
        );
        assert!(paths(r#"{ a = "import \"no.ncl\"" } # import "no.ncl""#).is_empty());
    }
}
