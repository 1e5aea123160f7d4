//! The formats, by their names and by the endings of files.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

/// A format of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Lines for a terminal.
    Text,
    /// A drawing for browsers and documents.
    Svg,
    /// For Graphviz.
    Dot,
    /// For Mermaid, as in Markdown.
    Mermaid,
}

/// It is not one of the formats.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownFormat {
    /// A format that can be made of another one.
    #[error("png is not written")]
    Png,
    /// A word that stands for no format.
    #[error("`{0}` is not a format of pictures")]
    Word(String),
    /// The ending of a file that stands for no format.
    #[error("`.{0}` is not the ending of a format of pictures")]
    Ending(String),
    /// A file without an ending.
    #[error("the name of the file has no ending, which would say the format")]
    NoEnding,
}

impl UnknownFormat {
    /// Returns what to do instead.
    pub fn help(&self) -> String {
        match self {
            UnknownFormat::Png => {
                "write svg and turn that into png: resvg graph.svg graph.png, or rsvg-convert, or a browser".to_owned()
            }
            UnknownFormat::Word(word) => {
                crate::diagnostic::did_you_mean(word, Format::WORDS)
                    .unwrap_or_else(|| format!("one of: {}", Format::WORDS.join(", ")))
            }
            UnknownFormat::Ending(_) | UnknownFormat::NoEnding => {
                "one of: .txt, .svg, .dot, .gv, .mmd, .mermaid".to_owned()
            }
        }
    }
}

impl Format {
    /// The names of the formats.
    pub const WORDS: [&'static str; 4] = ["text", "svg", "dot", "mermaid"];

    /// Returns the format that the ending of a file stands for.
    ///
    /// # Errors
    /// It stands for none.
    pub fn of_file(path: &Path) -> Result<Self, UnknownFormat> {
        let ending = path
            .extension()
            .ok_or(UnknownFormat::NoEnding)?
            .to_string_lossy()
            .to_lowercase();
        match ending.as_str() {
            "txt" | "text" => Ok(Format::Text),
            "svg" => Ok(Format::Svg),
            "dot" | "gv" => Ok(Format::Dot),
            "mmd" | "mermaid" => Ok(Format::Mermaid),
            "png" => Err(UnknownFormat::Png),
            _ => Err(UnknownFormat::Ending(ending)),
        }
    }

    /// Returns the name.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Text => "text",
            Format::Svg => "svg",
            Format::Dot => "dot",
            Format::Mermaid => "mermaid",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(word: &str) -> Result<Self, UnknownFormat> {
        match word.to_lowercase().as_str() {
            "text" => Ok(Format::Text),
            "svg" => Ok(Format::Svg),
            "dot" => Ok(Format::Dot),
            "mermaid" => Ok(Format::Mermaid),
            "png" => Err(UnknownFormat::Png),
            _ => Err(UnknownFormat::Word(word.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_endings_stand_for_formats() {
        for word in Format::WORDS {
            assert_eq!(word.parse::<Format>().map(Format::as_str), Ok(word));
        }
        assert_eq!(Format::of_file("a/b.SVG".as_ref()), Ok(Format::Svg));
        assert_eq!(Format::of_file("b.gv".as_ref()), Ok(Format::Dot));
        assert_eq!(Format::of_file("b.png".as_ref()), Err(UnknownFormat::Png));
        assert_eq!(
            Format::of_file("svg".as_ref()),
            Err(UnknownFormat::NoEnding)
        );
        let unknown = "sgv".parse::<Format>().unwrap_err();
        assert_eq!(unknown.help(), "did you mean `svg`?");
    }
}
