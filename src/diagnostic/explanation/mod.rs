//! What each code means, with an example of what is wrong and of what is right.
//!
//! One table, in parts: `extension explain`, the help in SARIF and `docs/diagnostics.md` derive from it. A test runs every
//! example: the wrong one has to give its code, and the right one must not.

mod call;
mod cluster;
mod dependency;
mod deployment;
mod docs;
mod example;
mod interface;
mod load;
mod lock;
mod metadata;
mod nickel;
mod nushell;
mod package;
mod plugin;
mod registry;
mod remote;
mod resolve;
mod scaffold;
mod schema;
mod security;
mod template;
mod testing;
mod validation;

use super::Code;

pub use example::{Example, File};

/// What a code means.
#[derive(Debug)]
pub struct Explanation {
    /// The code.
    pub code: Code,
    /// What it is about and why it matters, in a few sentences.
    pub text: &'static str,
    /// How it looks.
    pub examples: Examples,
}

/// An example of what is wrong and of what is right.
#[derive(Debug)]
pub enum Examples {
    /// Both.
    Shown {
        /// Gives the code.
        wrong: Example,
        /// Does not give it.
        right: Example,
    },
    /// There are none, for this reason: only for what no text can bring about, such as another process.
    NotShown(&'static str),
}

/// The parts of the table; their order does not matter.
const PARTS: &[&[Explanation]] = &[
    metadata::EXPLANATIONS,
    validation::EXPLANATIONS,
    schema::EXPLANATIONS,
    interface::EXPLANATIONS,
    dependency::EXPLANATIONS,
    nushell::EXPLANATIONS,
    nushell::legacy::EXPLANATIONS,
    nushell::lints::EXPLANATIONS,
    security::EXPLANATIONS,
    registry::EXPLANATIONS,
    remote::EXPLANATIONS,
    resolve::EXPLANATIONS,
    load::EXPLANATIONS,
    lock::EXPLANATIONS,
    cluster::EXPLANATIONS,
    nickel::EXPLANATIONS,
    package::EXPLANATIONS,
    scaffold::EXPLANATIONS,
    call::EXPLANATIONS,
    deployment::EXPLANATIONS,
    testing::EXPLANATIONS,
    template::EXPLANATIONS,
    docs::EXPLANATIONS,
    plugin::EXPLANATIONS,
];

impl Code {
    /// Returns what the code means, with examples. A test holds that every code has it.
    pub fn explanation(self) -> Option<&'static Explanation> {
        PARTS
            .iter()
            .copied()
            .flatten()
            .find(|explanation| explanation.code == self)
    }
}

/// Returns an entry with examples.
const fn shown(code: Code, text: &'static str, wrong: Example, right: Example) -> Explanation {
    Explanation {
        code,
        text,
        examples: Examples::Shown { wrong, right },
    }
}

/// Returns an entry without examples; `why` says what keeps a test from bringing it about.
const fn not_shown(code: Code, text: &'static str, why: &'static str) -> Explanation {
    Explanation {
        code,
        text,
        examples: Examples::NotShown(why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_one_explanation() {
        let count = |code: Code| {
            PARTS
                .iter()
                .copied()
                .flatten()
                .filter(|explanation| explanation.code == code)
                .count()
        };
        let wrong: Vec<String> = Code::ALL
            .iter()
            .filter(|code| count(**code) != 1)
            .map(|code| format!("{code}: {} entries", count(*code)))
            .collect();
        assert!(
            wrong.is_empty(),
            "add an entry in src/diagnostic/explanation/:\n{}",
            wrong.join("\n")
        );
    }

    #[test]
    fn explanations_are_sentences() {
        for explanation in PARTS.iter().copied().flatten() {
            let (code, text) = (explanation.code, explanation.text);
            assert!(text.ends_with('.') && text.len() > 40, "{code}: {text}");
            if let Examples::Shown { wrong, right } = &explanation.examples {
                assert!(wrong.to_string() != right.to_string(), "{code}");
            }
        }
    }

    #[test]
    fn only_these_have_no_examples() {
        let without: Vec<Code> = Code::ALL
            .iter()
            .copied()
            .filter(|code| {
                code.explanation()
                    .is_some_and(|it| matches!(it.examples, Examples::NotShown(_)))
            })
            .collect();
        assert_eq!(
            without,
            [
                Code::RemoteBusy,
                Code::InstallBusy,
                Code::StoreBusy,
                Code::ResolveTimeout,
                Code::ResolveSource,
                Code::LoadChanging,
                Code::NickelInternal,
                Code::TemplateInternal,
                Code::NushellInternal,
                Code::RunScratch,
                Code::CallTooMuch,
                Code::CallLingered,
                Code::CallInterrupted,
                Code::DeploymentHeld,
                Code::DeploymentInterrupted,
                Code::DeploymentLock,
                Code::ConfigNoDataDir,
                Code::PackageChanged,
                Code::FixWrite,
                Code::PluginPanic
            ]
        );
    }
}
