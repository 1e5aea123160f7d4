//! Every error of types in a program, not only the first.
//!
//! Nickel's type checker gives up at the first error. An annotation that is checked statically (`f : T = ...`) says the
//! same to the rest of the program when it is only checked at run time (`f | T = ...`). So after an error, the
//! annotation around it is turned into the other kind, in a copy of the text where nothing moves, and the checker goes
//! on from there. After a name that is not known, that name is bound around the text to what fits everywhere.

use nickel_lang_core::cache::SourcePath;
use nickel_lang_core::error::Error;
use nickel_lang_core::files::FileId;
use nickel_lang_core::parser::lexer::{Lexer, NormalToken, Token};
use nickel_lang_core::typecheck::TypecheckMode;

use super::findings::findings;
use super::{Engine, Halt, input_format};
use crate::diagnostic::Code;
use crate::nickel::program::Format;
use crate::nickel::task::{Answer, Finding, Texts};

/// Most errors told of one file.
const MAX_ERRORS: usize = 200;
/// Annotations around an error that are tried.
const MAX_TRIES: usize = 12;

impl Engine {
    /// Checks the types of a program and of everything it imports.
    pub(super) fn typecheck(&mut self, texts: &Texts) -> Answer {
        match self.all_type_errors(texts) {
            Ok(found) => Answer::Typechecked(found),
            Err(halt) => halt.into(),
        }
    }

    fn all_type_errors(&mut self, texts: &Texts) -> Result<Vec<Finding>, Halt> {
        let mut all: Vec<Finding> = Vec::new();
        for at in 0..texts.files.len() {
            if texts.files[at].1 != Format::Nickel {
                continue;
            }
            for finding in self.errors_of_file(texts, at)? {
                if !all.iter().any(|known| known.is_same(&finding)) {
                    all.push(finding);
                }
            }
        }
        // Data that cannot be read is told by the whole.
        let inputs = self.add(texts)?;
        for id in inputs {
            if let Err(error) = self.hub.prepare(&mut self.positions, id) {
                for finding in findings(error, self.hub.sources.files(), None) {
                    if !all.iter().any(|known| known.is_same(&finding)) {
                        all.push(finding);
                    }
                }
            }
        }
        self.no_other_sources()?;
        Ok(all)
    }

    /// Returns the errors of one file, taken as it is apart from its annotations and its unbound names.
    fn errors_of_file(&mut self, texts: &Texts, at: usize) -> Result<Vec<Finding>, Halt> {
        let mut attempt = Attempt {
            text: texts.files[at].2.to_string(),
            bound: Vec::new(),
        };
        let mut all = Vec::new();
        let Some(mut error) = self.first_error(texts, at, &attempt)? else {
            return Ok(all);
        };
        loop {
            let place = error.first().and_then(|finding| {
                let place = finding.places.first()?;
                let is_here = texts.files[at].0.as_os_str() == place.file.as_str();
                is_here.then_some(place.start..place.end)
            });
            let code = error.first().map(|finding| finding.code.clone());
            let same: Vec<Finding> = error.clone();
            all.extend(error);
            if all.len() >= MAX_ERRORS {
                all.push(Finding::new(
                    Code::NickelLimit,
                    "there are more errors than are told; the rest was not looked at",
                ));
                return Ok(all);
            }
            let (Some(place), Some(code)) = (place, code) else {
                return Ok(all);
            };
            let next = if code == Code::NickelUnbound.as_str() {
                if !attempt.bind(place) {
                    return Ok(all);
                }
                self.first_error(texts, at, &attempt)?
            } else if code == Code::NickelType.as_str() {
                self.next_error(texts, at, &mut attempt, place.start, &same)?
            } else {
                None
            };
            match next {
                Some(next) => error = next,
                None => return Ok(all),
            }
        }
    }

    /// Turns annotations before an error into contracts, the nearest first, until the error is gone; returns the one
    /// that then comes first.
    fn next_error(
        &mut self,
        texts: &Texts,
        at: usize,
        attempt: &mut Attempt,
        place: usize,
        known: &[Finding],
    ) -> Result<Option<Vec<Finding>>, Halt> {
        for colon in colons_before(&attempt.text, place) {
            let mut changed = attempt.clone();
            changed.text.replace_range(colon..=colon, "|");
            let next = self.first_error(texts, at, &changed)?;
            let is_gone = match &next {
                None => true,
                Some(next) => {
                    next.iter().all(|finding| finding.code != "nickel::parse")
                        // An error at the same place is the same one, told about the changed text.
                        && next.iter().all(|finding| {
                            finding.places.first().is_none_or(|next| next.start != place)
                        })
                        && next
                            .iter()
                            .all(|finding| known.iter().all(|known| !known.is_same(finding)))
                }
            };
            if is_gone {
                *attempt = changed;
                return Ok(next);
            }
        }
        Ok(None)
    }

    /// Parses a file and checks its types. Places are those of the text without what is bound around it.
    fn first_error(
        &mut self,
        texts: &Texts,
        at: usize,
        attempt: &Attempt,
    ) -> Result<Option<Vec<Finding>>, Halt> {
        self.add(texts)?;
        let (path, format, _) = &texts.files[at];
        let around = attempt.around();
        let text = format!("{around}{}", attempt.text);
        self.sources += 1;
        self.bytes += text.len();
        let source = SourcePath::Path(path.into(), input_format(*format));
        let id = self.hub.sources.add_string(source, text);
        let Err(error) = self.check_types(id) else {
            return Ok(None);
        };
        let mut found = findings(error, self.hub.sources.files(), None);
        for finding in &mut found {
            finding.places.retain_mut(|place| {
                if path.as_os_str() != place.file.as_str() {
                    return true;
                }
                let start = place.start.checked_sub(around.len());
                place.start = start.unwrap_or_default();
                place.end = place.end.saturating_sub(around.len());
                start.is_some()
            });
        }
        Ok(Some(found))
    }

    fn check_types(&mut self, id: FileId) -> Result<(), Error> {
        self.hub.parse_to_ast(id).map_err(Error::ParseErrors)?;
        self.hub
            .typecheck(id, TypecheckMode::Walk)
            .map(|_| ())
            .map_err(|error| error.unwrap_error("the file was parsed just now").into())
    }
}

/// A file as it is checked.
#[derive(Clone)]
struct Attempt {
    text: String,
    /// Names that the file does not know.
    bound: Vec<String>,
}

impl Attempt {
    /// Binds the name at a place around the text; returns whether there is a new one.
    fn bind(&mut self, place: std::ops::Range<usize>) -> bool {
        let name = self.text.get(place).unwrap_or_default();
        let mut tokens = Lexer::new(name);
        let is_name = matches!(
            (tokens.next(), tokens.next()),
            (
                Some(Ok((_, Token::Normal(NormalToken::Identifier(_)), _))),
                None
            )
        );
        let is_new = is_name && self.bound.iter().all(|known| known != name);
        if is_new {
            self.bound.push(name.to_owned());
        }
        is_new
    }

    /// Returns what binds the names: a value of each type, which is never looked at.
    fn around(&self) -> String {
        self.bound
            .iter()
            .map(|name| format!("let rec {name} : forall a. a = {name} in "))
            .collect()
    }
}

/// Returns where the annotations of values before a place begin, the nearest first.
///
/// Inside of a type, a colon belongs to the type: `{ a : Number }` is one where no `=` follows on the same level. In
/// parentheses, as in `(e : T)`, it always annotates a value.
fn colons_before(text: &str, place: usize) -> Vec<usize> {
    let mut lexer = Lexer::new(text);
    // For each bracket that is open: whether it is a parenthesis, and the colons that wait for their `=`.
    let mut open: Vec<(bool, Vec<usize>)> = vec![(false, Vec::new())];
    let mut all = Vec::new();
    while let Some(Ok((start, token, _))) = lexer.next() {
        let Token::Normal(token) = token else {
            continue;
        };
        match token {
            NormalToken::LBrace | NormalToken::LBracket => open.push((false, Vec::new())),
            NormalToken::LParen => open.push((true, Vec::new())),
            NormalToken::RBrace | NormalToken::RBracket | NormalToken::RParen if open.len() > 1 => {
                open.pop();
            }
            NormalToken::Colon => match open.last_mut() {
                Some((true, _)) => all.push(start),
                Some((false, waiting)) => waiting.push(start),
                None => {}
            },
            NormalToken::Equals => {
                if let Some((_, waiting)) = open.last_mut() {
                    all.append(waiting);
                }
            }
            NormalToken::Comma | NormalToken::In => {
                if let Some((_, waiting)) = open.last_mut() {
                    waiting.clear();
                }
            }
            _ => {}
        }
    }
    all.retain(|colon| *colon < place);
    all.sort_unstable();
    all.reverse();
    all.truncate(MAX_TRIES);
    all
}
