//! Which files a Nickel text imports, and where files may come from.

use std::path::{Path, PathBuf};

use nickel_lang_core::cache::InputFormat;
use nickel_lang_core::parser::lexer::{Lexer, NormalToken, StringToken, Token};
use serde::{Deserialize, Serialize};

/// Where files may be read from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Roots {
    /// Anywhere: for a file that the user names.
    Anywhere,
    /// Only below these directories: for files of extensions, which nobody has looked at.
    Within(Vec<PathBuf>),
}

impl Roots {
    /// Whether a canonical path may be read.
    pub(super) fn allow(&self, path: &Path) -> bool {
        match self {
            Roots::Anywhere => true,
            Roots::Within(roots) => roots.iter().any(|root| path.starts_with(root)),
        }
    }
}

/// An `import` in a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Import {
    /// The path as written.
    pub(super) path: String,
    /// The format, from the name or after `as`.
    pub(super) format: InputFormat,
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
    /// Whether it has static types.
    pub(super) is_typed: bool,
    /// Where a package is imported, if one is.
    pub(super) package: Option<(usize, usize)>,
}

/// Lists the imports of a text, with escapes in their paths decoded.
pub(super) fn scan(text: &str) -> Scan {
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
        scan.is_typed |= matches!(token, Token::Normal(NormalToken::Colon));
        state = match (state, token) {
            (State::After(import), Token::Normal(NormalToken::As)) => State::As(import),
            (State::As(mut import), Token::Normal(NormalToken::RawEnumTag(tag))) => {
                if let Ok(format) = tag.parse() {
                    import.format = format;
                }
                scan.imports.push(import);
                State::Outside
            }
            (State::Import(at), Token::Normal(NormalToken::DoubleQuote)) => {
                State::Path(at, String::new())
            }
            (State::Import(at), _) => {
                scan.package.get_or_insert((at, end));
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
                format: InputFormat::from_path(Path::new(&path)).unwrap_or_default(),
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
        scan(text)
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
            scan(r#"import "data" as 'Json"#).imports[0].format,
            InputFormat::Json
        );
        assert!(scan("import pkg").package.is_some());
        assert!(scan("let f : _ = 1 in f").is_typed);
        assert!(!scan("{ a | Number = 1, b = \":\" } # :").is_typed);
        assert!(paths(r#"{ a = "import \"no.ncl\"" } # import "no.ncl""#).is_empty());
    }
}
