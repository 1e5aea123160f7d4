//! Everything that can be told of a template without data.

use std::collections::HashMap;
use std::sync::Arc;

use super::circles;
use super::facts::{Broken, Call, Facts, How, Include, Kind, Problem};
use super::names::{FILTERS, FUNCTIONS, METHODS, TESTS, here_called};
use super::parse;
use super::root::{Refused, Root};
use crate::diagnostic::{Code, Diagnostic, Source, did_you_mean, safe_text};

/// Checks the templates of a directory. Each is read once.
#[derive(Debug)]
pub struct Checker {
    root: Root,
    known: HashMap<String, Result<Arc<Known>, Refused>>,
    /// What is included by others; none until somebody asks.
    included: Option<Included>,
}

/// What is known of a template.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) source: Arc<Source>,
    pub(super) facts: Result<Facts, Broken>,
}

impl Known {
    /// Returns what the template uses; nothing for one that does not parse.
    pub(super) fn includes(&self) -> &[Include] {
        self.facts.as_ref().map_or(&[], |facts| &facts.includes)
    }
}

/// Templates that are included by others, and so see what those define.
#[derive(Debug)]
struct Included {
    names: Vec<String>,
    /// Whether somewhere only rendering tells which one.
    any: bool,
}

/// What was found of a template.
#[derive(Debug)]
pub struct Checked {
    /// Everything that is wrong.
    pub findings: Vec<Diagnostic>,
    /// The variables that it takes from data, with dots.
    pub variables: Vec<String>,
    /// The templates that it uses by name.
    pub includes: Vec<String>,
}

impl Checker {
    /// Returns a checker of the templates in a directory.
    pub fn new(root: Root) -> Self {
        Self {
            root,
            known: HashMap::new(),
            included: None,
        }
    }

    /// Returns where the templates are.
    pub fn root(&self) -> &Root {
        &self.root
    }

    /// Checks a template.
    pub fn check(&mut self, name: &str) -> Checked {
        let known = match self.known(name) {
            Ok(known) => known,
            Err(refused) => {
                return Checked {
                    findings: vec![self.unread(name, &refused)],
                    variables: Vec::new(),
                    includes: Vec::new(),
                };
            }
        };
        let facts = match &known.facts {
            Ok(facts) => facts,
            Err(broken) => {
                let none = Facts::default();
                let mut problems = broken.problems.clone();
                let calls = broken.calls.iter();
                problems.extend(calls.filter_map(|call| self.unknown(name, call, &none)));
                problems.sort_by_key(|problem| (problem.span.start, problem.span.end));
                return Checked {
                    findings: problems
                        .iter()
                        .map(|it| finding(&known.source, it))
                        .collect(),
                    variables: Vec::new(),
                    includes: Vec::new(),
                };
            }
        };
        let mut problems: Vec<Problem> = Vec::new();
        for call in &facts.calls {
            problems.extend(self.unknown(name, call, facts));
        }
        for include in &facts.includes {
            problems.extend(self.missing(include));
        }
        problems.extend(circles::problem(name, facts, self));
        problems.sort_by_key(|problem| (problem.span.start, problem.span.end));
        let mut includes: Vec<String> = facts
            .includes
            .iter()
            .flat_map(|it| it.names.clone())
            .collect();
        includes.sort();
        includes.dedup();
        Checked {
            findings: problems
                .iter()
                .map(|it| finding(&known.source, it))
                .collect(),
            variables: facts.variables(),
            includes,
        }
    }

    /// Returns what is known of a template.
    pub(super) fn known(&mut self, name: &str) -> Result<Arc<Known>, Refused> {
        if let Some(known) = self.known.get(name) {
            return known.clone();
        }
        let known = self.root.read(name).map(|source| {
            let facts = parse::read(source.text());
            Arc::new(Known { source, facts })
        });
        self.known.insert(name.to_owned(), known.clone());
        known
    }

    /// Returns the finding for a template that is not read.
    pub(super) fn unread(&self, name: &str, refused: &Refused) -> Diagnostic {
        let path = self.root.path(name);
        let shown = safe_text(name).into_owned();
        let (code, message) = match refused {
            Refused::Missing => (
                Code::TemplateMissing,
                format!("there is no template `{shown}`"),
            ),
            Refused::Outside(why) => (
                Code::TemplateOutside,
                format!("`{shown}` leaves the directory of the templates: {why}"),
            ),
            Refused::Unreadable(why) => (
                Code::TemplateUnreadable,
                format!("`{shown}` cannot be read: {why}"),
            ),
        };
        Diagnostic::error(code, message).with_file(path)
    }

    fn unknown(&mut self, template: &str, call: &Call, facts: &Facts) -> Option<Problem> {
        let (code, what, known) = match call.kind {
            Kind::Filter => (Code::TemplateUnknownFilter, "filter", FILTERS),
            Kind::Test => (Code::TemplateUnknownTest, "test", TESTS),
            Kind::Function => (Code::TemplateUnknownFunction, "function", FUNCTIONS),
            Kind::Method => (Code::TemplateUnknownFunction, "method", METHODS),
        };
        let name = call.name.as_str();
        if known.contains(&name) {
            return None;
        }
        if call.kind == Kind::Function {
            // It may be defined further down, or by the one that includes this template.
            if facts.declared.contains(name) || self.is_included(template) {
                return None;
            }
        }
        let macros = facts.declared.iter().map(String::as_str);
        let others = macros.filter(|_| call.kind == Kind::Function);
        let help = here_called(name)
            .map(str::to_owned)
            .or_else(|| did_you_mean(name, known.iter().copied().chain(others)));
        let message = format!("there is no {what} `{name}`");
        let label = format!("not a {what}");
        let problem = Problem::new(code, message, call.span, label);
        Some(match (help, call.kind) {
            (Some(help), _) => problem.with_help(help),
            (None, Kind::Function) => problem.with_help(
                "a macro is defined with `{% macro %}`, or taken from another template with `{% from ... import ... %}`",
            ),
            (None, _) => problem.with_help(format!("to see all: extension explain {code}")),
        })
    }

    /// Whether another template includes this one.
    fn is_included(&mut self, name: &str) -> bool {
        if self.included.is_none() {
            let mut included = Included {
                names: Vec::new(),
                any: false,
            };
            for other in self.root.names() {
                let Ok(known) = self.known(&other) else {
                    continue;
                };
                for include in known.includes().iter().filter(|it| it.how != How::Import) {
                    included.any |= include.names.is_empty();
                    included.names.extend(include.names.iter().cloned());
                }
            }
            self.included = Some(included);
        }
        self.included
            .as_ref()
            .is_some_and(|it| it.any || it.names.iter().any(|known| known == name))
    }

    /// Returns what is wrong with a place where another template is used.
    fn missing(&mut self, include: &Include) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut is_there = false;
        for name in &include.names {
            let shown = safe_text(name).into_owned();
            match self.known(name) {
                Ok(_) => is_there = true,
                Err(Refused::Missing) => {}
                Err(Refused::Outside(why)) => problems.push(
                    Problem::new(
                        Code::TemplateOutside,
                        format!("`{shown}` leaves the directory of the templates"),
                        include.span,
                        why,
                    )
                    .with_help("copy it into the directory, and name it from there"),
                ),
                Err(Refused::Unreadable(why)) => problems.push(Problem::new(
                    Code::TemplateUnreadable,
                    format!("`{shown}` cannot be {}", include.how.verb()),
                    include.span,
                    why,
                )),
            }
        }
        if problems.is_empty() && !is_there && !include.is_optional {
            if let [name] = include.names.as_slice() {
                let verb = include.how.verb();
                let message = match name.as_str() {
                    "" => format!("a template without a name is {verb}"),
                    name => format!("`{}` is {verb} and not there", safe_text(name)),
                };
                problems.push(
                    Problem::new(
                        Code::TemplateMissing,
                        message,
                        include.span,
                        "no such template",
                    )
                    .with_help(self.root.help_for(name)),
                );
            } else if let Some(first) = include.names.first() {
                let message = format!(
                    "none of the templates that are {} is there",
                    include.how.verb()
                );
                problems.push(
                    Problem::new(
                        Code::TemplateMissing,
                        message,
                        include.span,
                        "no such templates",
                    )
                    .with_help(self.root.help_for(first)),
                );
            }
        }
        problems
    }
}

/// Returns a problem as a finding.
pub(super) fn finding(source: &Arc<Source>, problem: &Problem) -> Diagnostic {
    let mut finding = Diagnostic::error(problem.code, problem.message.clone()).with_label(
        source,
        problem.span,
        problem.label.clone(),
    );
    finding.help.clone_from(&problem.help);
    finding
}
