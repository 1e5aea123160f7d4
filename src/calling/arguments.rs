//! Arguments, held against the parsed signature of an operation.

use nu_protocol::{Span, Value};

use crate::diagnostic::{Code, closest};
use crate::manager::Operation;
use crate::nushell::runner::Arguments;
use crate::nushell::{Flag, Misfit, TypeText, Unfit, from_nuon, to_nuon};

/// One word of a call: a value, or a flag of the operation.
#[derive(Clone, Debug)]
pub struct Word {
    /// Its value.
    pub value: Value,
    /// What was written, when it was a bare word or a number: `1.7` is a text where one is asked for.
    pub text: Option<String>,
    /// Whether it was written as a flag: `--wait`, not `"--wait"`.
    pub is_flag: bool,
}

/// What is wrong with an argument.
#[derive(Clone, Debug, PartialEq)]
pub struct ArgumentFault {
    /// The code.
    pub code: Code,
    /// What is wrong.
    pub message: String,
    /// What is wrong at that place.
    pub label: String,
    /// The user's text.
    pub span: Span,
    /// What to write.
    pub help: Option<String>,
}

impl ArgumentFault {
    fn new(code: Code, message: String, label: impl Into<String>, span: Span) -> Self {
        Self {
            code,
            message,
            label: label.into(),
            span,
            help: None,
        }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Returns the fault of a value that cannot be handed to another program.
    pub(super) fn unfit(span: Span, what: &str) -> Self {
        let message = "a value cannot be given to an operation".to_owned();
        Self::new(Code::CallType, message, what, span)
    }
}

/// Arguments of a call, by their places and names.
#[derive(Clone, Debug, Default)]
pub(super) struct Bound {
    pub(super) positional: Vec<Value>,
    /// Without the dashes.
    pub(super) flags: Vec<(String, Value)>,
}

impl Bound {
    /// Returns how the command is called.
    pub(super) fn arguments(&self) -> Arguments {
        Arguments {
            positional: self.positional.len(),
            flags: self.flags.iter().map(|(name, _)| name.clone()).collect(),
        }
    }

    pub(super) fn to_nuon(&self) -> Result<String, Unfit> {
        to_nuon(&super::given(self))
    }
}

/// Puts the words of a call where the signature of its operation has them.
///
/// # Errors
/// Everything that is wrong with them.
pub(super) fn bind(
    operation: &Operation,
    words: Vec<Word>,
    check: Option<Span>,
    own_flags: &[&str],
    head: Span,
) -> Result<Bound, Vec<ArgumentFault>> {
    let mut binding = Binding {
        operation,
        own_flags,
        bound: Bound::default(),
        faults: Vec::new(),
    };
    let mut words = words.into_iter().peekable();
    while let Some(word) = words.next() {
        if word.is_flag {
            binding.flag(&word, &mut words);
        } else {
            binding.positional(word);
        }
    }
    binding.missing(head);
    if let Some(span) = check {
        binding.check(span);
    }
    match binding.faults.is_empty() {
        true => Ok(binding.bound),
        false => Err(binding.faults),
    }
}

struct Binding<'a> {
    operation: &'a Operation,
    own_flags: &'a [&'a str],
    bound: Bound,
    faults: Vec<ArgumentFault>,
}

type Words = std::iter::Peekable<std::vec::IntoIter<Word>>;

impl Binding<'_> {
    fn usage(&self) -> String {
        format!("it is called as: {}", self.operation.usage())
    }

    fn positional(&mut self, word: Word) {
        let at = self.bound.positional.len();
        let parameters = &self.operation.parameters;
        let Some(parameter) = parameters.get(at).or(self.operation.rest.as_ref()) else {
            let most = match parameters.len() {
                0 => "no arguments".to_owned(),
                1 => "one argument".to_owned(),
                many => format!("{many} arguments"),
            };
            let message = format!("`{}` takes {most}", self.operation.name);
            let span = word.value.span();
            let fault = ArgumentFault::new(Code::CallArguments, message, "one too many", span);
            self.faults.push(fault.help(self.usage()));
            return;
        };
        // The type of a rest parameter is that of each item.
        let kind = TypeText::read(&parameter.kind);
        let value = self.fit(&format!("`{}`", parameter.name), &kind, word);
        self.bound.positional.push(value);
    }

    /// Returns the value as it is passed, and tells when it does not fit.
    fn fit(&mut self, name: &str, kind: &TypeText, word: Word) -> Value {
        let Word { value, text, .. } = word;
        let as_written = match text {
            Some(text) if kind.is_text() => Value::string(text, value.span()),
            _ => value.clone(),
        };
        match kind.fit(as_written) {
            Ok(value) => value,
            Err(misfit) => {
                self.faults.push(self.misfit(name, misfit));
                value
            }
        }
    }

    fn misfit(&self, name: &str, misfit: Misfit) -> ArgumentFault {
        let Misfit {
            span,
            path,
            wanted,
            found,
        } = misfit;
        let place = match path.as_str() {
            "" => name.to_owned(),
            path => format!("`{path}` in {name}"),
        };
        let message = format!(
            "{place} of `{}` takes {wanted}, and gets {found}",
            self.operation.name
        );
        ArgumentFault::new(Code::CallType, message, format!("this is {found}"), span)
            .help(self.usage())
    }

    fn flag(&mut self, word: &Word, words: &mut Words) {
        let span = word.value.span();
        let text = word.value.as_str().unwrap_or_default().to_owned();
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (text.as_str(), None),
        };
        if let Some(long) = name.strip_prefix("--") {
            let found = self.operation.flags.iter().find(|flag| flag.name == long);
            match found.cloned() {
                Some(flag) => self.value_of(&flag, value, words, span),
                None => {
                    // What follows is its value, if the flag that was meant takes one.
                    let meant = self.meant(long);
                    let takes_one = meant.is_some_and(|flag| flag.kind.is_some());
                    self.unknown(long, span);
                    if takes_one && value.is_none() {
                        words.next_if(|word| !word.is_flag);
                    }
                }
            }
            return;
        }
        // `-fk` is `-f -k`.
        for letter in name.chars().skip(1) {
            let is_it = |flag: &&Flag| flag.short == Some(letter);
            match self.operation.flags.iter().find(is_it).cloned() {
                Some(flag) => self.value_of(&flag, value, words, span),
                None => self.unknown(&letter.to_string(), span),
            }
        }
    }

    fn value_of(&mut self, flag: &Flag, given: Option<&str>, words: &mut Words, span: Span) {
        let name = format!("`--{}`", flag.name);
        let value = match (&flag.kind, given) {
            (None, None) => Value::bool(true, span),
            (kind, Some(text)) => {
                let kind = TypeText::read(kind.as_deref().unwrap_or("bool"));
                let value = match kind.is_text() {
                    true => Value::string(text, span),
                    false => from_nuon(text, span).unwrap_or_else(|_| Value::string(text, span)),
                };
                let text = Some(text.to_owned());
                let is_flag = false;
                let word = Word {
                    value,
                    text,
                    is_flag,
                };
                self.fit(&name, &kind, word)
            }
            (Some(kind), None) => match words.next_if(|word| !word.is_flag) {
                Some(word) => self.fit(&name, &TypeText::read(kind), word),
                None => {
                    let message = format!("{name} of `{}` needs a value", self.operation.name);
                    let label = format!("{kind} is missing behind this");
                    let fault = ArgumentFault::new(Code::CallArguments, message, label, span);
                    self.faults.push(fault.help(self.usage()));
                    return;
                }
            },
        };
        let flags = &mut self.bound.flags;
        if flags.iter().any(|(known, _)| *known == flag.name) {
            let message = format!("{name} is given twice");
            let fault = ArgumentFault::new(Code::CallArguments, message, "once more", span);
            self.faults.push(fault);
            return;
        }
        flags.push((flag.name.clone(), value));
    }

    fn unknown(&mut self, name: &str, span: Span) {
        let dashes = if name.chars().count() > 1 { "--" } else { "-" };
        let message = format!("`{}` has no flag `{dashes}{name}`", self.operation.name);
        let help = match self.closest(name) {
            Some(meant) => format!("did you mean `--{meant}`?"),
            None => self.usage(),
        };
        let fault = ArgumentFault::new(Code::CallUnknownFlag, message, "not a flag of it", span);
        self.faults.push(fault.help(help));
    }

    fn closest(&self, name: &str) -> Option<&str> {
        let flags = self.operation.flags.iter();
        let known = flags.map(|flag| flag.name.as_str());
        let own = self.own_flags.iter().copied();
        closest(name, known.chain(own)).first().copied()
    }

    fn meant(&self, name: &str) -> Option<&Flag> {
        let meant = self.closest(name)?;
        self.operation.flags.iter().find(|flag| flag.name == meant)
    }

    /// Tells which arguments have to be given and are not.
    fn missing(&mut self, head: Span) {
        let missing: Vec<String> = self
            .operation
            .parameters
            .iter()
            .skip(self.bound.positional.len())
            .filter(|parameter| parameter.required)
            .map(|parameter| format!("`{}: {}`", parameter.name, parameter.kind))
            .collect();
        if missing.is_empty() {
            return;
        }
        let all = missing.join(", ");
        let message = format!("`{}` needs {all}", self.operation.name);
        let fault = ArgumentFault::new(Code::CallArguments, message, format!("lacks {all}"), head);
        self.faults.push(fault.help(self.usage()));
    }

    /// Hands `--check` on.
    fn check(&mut self, span: Span) {
        const NAME: &str = "check";
        let flags = &self.operation.flags;
        let takes = flags
            .iter()
            .any(|flag| flag.name == NAME && flag.kind.is_none());
        let is_given = self.bound.flags.iter().any(|(name, _)| name == NAME);
        if !takes {
            // To run it all the same would change something.
            let message = format!("`{}` has no --check", self.operation.name);
            let label = "it cannot be asked to change nothing";
            let fault = ArgumentFault::new(Code::CallUnknownFlag, message, label, span);
            self.faults.push(fault.help(self.usage()));
        } else if !is_given {
            let value = Value::bool(true, span);
            self.bound.flags.push((NAME.to_owned(), value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nushell::Parameter;

    fn operation() -> Operation {
        let parameter = |name: &str, kind: &str, required| Parameter {
            name: name.to_owned(),
            kind: kind.to_owned(),
            required,
            default: None,
            description: String::new(),
            place: None,
        };
        let flag = |name: &str, short, kind: Option<&str>| Flag {
            name: name.to_owned(),
            short,
            kind: kind.map(str::to_owned),
            default: None,
            description: String::new(),
            place: None,
        };
        Operation {
            name: "upgrade".to_owned(),
            description: String::new(),
            is_contract: true,
            parameters: vec![
                parameter("version", "string", true),
                parameter("replicas", "int", false),
            ],
            rest: None,
            flags: vec![
                flag("check", None, None),
                flag("force", Some('f'), None),
                flag("keep-data", Some('k'), None),
                flag("archive", Some('a'), Some("path")),
                flag("count", None, Some("int")),
            ],
            types: Vec::new(),
        }
    }

    /// Reads words as a shell has them: flags begin with a dash.
    fn words(texts: &[&str]) -> Vec<Word> {
        texts
            .iter()
            .map(|text| {
                let is_flag = text.starts_with('-');
                let value = match text.parse() {
                    Ok(int) => Value::test_int(int),
                    Err(_) => match text.parse() {
                        Ok(float) => Value::test_float(float),
                        Err(_) => Value::test_string(*text),
                    },
                };
                let text = (!is_flag).then(|| (*text).to_owned());
                Word {
                    value,
                    text,
                    is_flag,
                }
            })
            .collect()
    }

    fn bound(texts: &[&str]) -> Result<String, String> {
        let check = texts.contains(&"CHECK").then_some(Span::test_data());
        let texts: Vec<&str> = texts
            .iter()
            .copied()
            .filter(|text| *text != "CHECK")
            .collect();
        let head = Span::test_data();
        match bind(&operation(), words(&texts), check, &["timeout"], head) {
            Ok(bound) => Ok(bound.to_nuon().unwrap()),
            Err(faults) => {
                let text = |fault: ArgumentFault| {
                    format!("{}: {} ({})", fault.code, fault.message, fault.label)
                };
                Err(faults.into_iter().map(text).collect::<Vec<_>>().join("; "))
            }
        }
    }

    #[test]
    fn words_stand_where_the_signature_has_them() {
        assert_eq!(
            bound(&["1.7.0", "--archive", "./x", "3", "-fk"]).unwrap(),
            "{\"positional\":[\"1.7.0\",3],\"flags\":{\"archive\":\"./x\",\"force\":true,\"keep-data\":true}}"
        );
        // What looks like a number is a text where one is asked for.
        assert_eq!(
            bound(&["1.7", "--count=3", "--force=false", "CHECK"]).unwrap(),
            "{\"positional\":[\"1.7\"],\"flags\":{\"count\":3,\"force\":false,\"check\":true}}"
        );
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let all = [
            bound(&[]),
            bound(&[
                "1",
                "x",
                "3",
                "--forse",
                "-z",
                "--timeuot",
                "--count",
                "--archive=a",
                "-a",
                "b",
            ]),
            bound(&["1", "--count", "x"]),
        ];
        let all: Vec<String> = all.into_iter().map(Result::unwrap_err).collect();
        insta::assert_snapshot!(all.join("\n").replace("; ", "\n  "));
    }

    #[test]
    fn what_cannot_be_checked_is_not_run() {
        let mut without = operation();
        without.flags.clear();
        let check = Some(Span::test_data());
        let faults = bind(&without, words(&["1"]), check, &[], Span::test_data()).unwrap_err();
        assert_eq!(faults[0].code, Code::CallUnknownFlag);
    }
}
