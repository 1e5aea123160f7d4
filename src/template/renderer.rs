//! The door: a template and data in, a text out.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Data;

use super::checker::{Checker, Known};
use super::error::TemplateError;
use super::facts::Use;
use super::job::{Answer, Fault, FaultKind, JOB, Place, Request, perform};
use super::root::{Refused, Root};
use crate::diagnostic::{Code, Diagnostic, Source, Span, closest, did_you_mean, safe_text};
use crate::nickel::Interrupt;
use crate::worker::{CallLimits, Crash, Failure, Workers};

/// Longest time of one rendering.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Most memory of one rendering, in bytes.
const MEMORY: u64 = 512 << 20;
/// Most workers at a time.
const MAX_WORKERS: usize = 4;
/// Most templates that one may use.
const MAX_TEMPLATES: usize = 1_000;
/// Most bytes of templates that one may use.
const MAX_BYTES: usize = 16 << 20;
/// Most bytes of texts that are shown.
const MAX_SHOWN: usize = 80;

/// Renders templates. A clone shares the workers.
#[derive(Clone, Debug, Default)]
pub struct Renderer {
    workers: Option<Workers>,
}

/// What became of a template.
#[derive(Debug)]
pub struct Rendered {
    /// The text.
    pub text: String,
    /// Where the data have fields that no template names, each with what may have been meant.
    pub unused: Vec<(String, Option<String>)>,
}

impl Renderer {
    /// Returns a renderer whose work is done in processes of `program`, which has to call
    /// [`serve`](crate::worker::serve) with [`handler`](super::handler). One without renders in this process: for templates
    /// that are trusted not to take all of its memory.
    pub fn with_worker(program: impl Into<PathBuf>) -> Self {
        Self {
            workers: Some(Workers::new(program, JOB, Vec::new(), MAX_WORKERS)),
        }
    }

    /// Renders a template of a directory with data, which is a record.
    ///
    /// # Errors
    /// The template, one that it uses, or the data, have faults; or a limit was gone over.
    pub fn render(
        &self,
        root: &Root,
        name: &str,
        data: &Data,
        interrupt: &Interrupt,
    ) -> Result<Rendered, TemplateError> {
        if let Some(workers) = &self.workers {
            workers.warm_up();
        }
        let mut used = Used::new(Checker::new(root.clone()));
        used.learn(vec![name.to_owned()])?;
        // Each round brings a template that only rendering has named.
        let answer = loop {
            let request = Request {
                name: name.to_owned(),
                texts: used.texts(),
                absent: used.absent.keys().cloned().collect(),
                data: data.clone(),
            };
            match self.perform(request, interrupt)? {
                Answer::Needs(names) => used.learn(names)?,
                answer => break answer,
            }
        };
        match answer {
            Answer::Text(text) => Ok(Rendered {
                text,
                unused: used.unused(data),
            }),
            Answer::Fault(fault) => Err(TemplateError::Faults(used.faults(name, &fault, data))),
            Answer::Limit(limit) => Err(TemplateError::Limit(limit)),
            Answer::Failed(reason) => Err(TemplateError::Internal(reason)),
            Answer::Needs(_) => Err(TemplateError::Internal(
                "it asks again and again".to_owned(),
            )),
        }
    }

    fn perform(&self, request: Request, interrupt: &Interrupt) -> Result<Answer, TemplateError> {
        let internal = |error: String| TemplateError::Internal(error);
        let Some(workers) = &self.workers else {
            return on_thread(request);
        };
        let bytes = rmp_serde::to_vec(&request).map_err(|error| internal(error.to_string()))?;
        let limits = CallLimits {
            timeout: TIMEOUT,
            memory: MEMORY,
            interrupted: &|| interrupt.is_triggered(),
        };
        let over = |limit: String| Err(TemplateError::Limit(limit));
        let answer = match workers.call(&bytes, &limits) {
            Ok(answer) => answer,
            Err(Failure::Interrupted) => return Err(TemplateError::Interrupted),
            Err(Failure::TimedOut | Failure::Crashed(Crash::OutOfTime)) => {
                return over(format!("{} seconds", TIMEOUT.as_secs()));
            }
            Err(Failure::Crashed(Crash::OutOfMemory | Crash::Killed)) => {
                return over(format!("{} MiB of memory", MEMORY >> 20));
            }
            Err(Failure::Crashed(Crash::StackOverflow)) => {
                return over("the depth that values may have".to_owned());
            }
            Err(Failure::Crashed(Crash::Other(how))) => return Err(internal(how)),
            Err(Failure::Unavailable(error)) => return Err(internal(error.to_string())),
        };
        rmp_serde::from_slice(&answer).map_err(|error| internal(error.to_string()))
    }
}

/// Renders in this process.
fn on_thread(request: Request) -> Result<Answer, TemplateError> {
    const STACK: usize = 256 << 20;
    std::thread::Builder::new()
        .stack_size(STACK)
        .spawn(move || perform(request))
        .map_err(|error| TemplateError::Internal(error.to_string()))?
        .join()
        .map_err(|_| TemplateError::Internal("the thread has ended".to_owned()))
}

/// The templates that one uses.
struct Used {
    checker: Checker,
    texts: BTreeMap<String, Arc<Known>>,
    absent: BTreeMap<String, Refused>,
    bytes: usize,
}

impl Used {
    fn new(checker: Checker) -> Self {
        Self {
            checker,
            texts: BTreeMap::new(),
            absent: BTreeMap::new(),
            bytes: 0,
        }
    }

    /// Reads templates, and those that they name.
    ///
    /// # Errors
    /// One of them is wrong: everything that is wrong with each.
    fn learn(&mut self, names: Vec<String>) -> Result<(), TemplateError> {
        let mut findings: Vec<Diagnostic> = Vec::new();
        let is_first = self.texts.is_empty();
        let mut wanted = names;
        while let Some(name) = wanted.pop() {
            if self.texts.contains_key(&name) || self.absent.contains_key(&name) {
                continue;
            }
            let known = match self.checker.known(&name) {
                Ok(known) => known,
                Err(refused) if is_first && self.texts.is_empty() => {
                    return Err(TemplateError::Faults(vec![
                        self.checker.unread(&name, &refused),
                    ]));
                }
                // What uses it by name is told of it at its place; what does not, when it is not optional.
                Err(refused) => {
                    self.absent.insert(name, refused);
                    self.within_limits()?;
                    continue;
                }
            };
            let checked = self.checker.check(&name);
            findings.extend(checked.findings);
            wanted.extend(checked.includes);
            self.bytes += known.source.text().len();
            self.texts.insert(name, known);
            self.within_limits()?;
        }
        if findings.is_empty() {
            return Ok(());
        }
        Err(TemplateError::Faults(findings))
    }

    fn within_limits(&self) -> Result<(), TemplateError> {
        if self.texts.len() + self.absent.len() > MAX_TEMPLATES {
            return Err(TemplateError::Limit(format!("{MAX_TEMPLATES} templates")));
        }
        if self.bytes > MAX_BYTES {
            return Err(TemplateError::Limit(format!(
                "{} MiB of templates",
                MAX_BYTES >> 20
            )));
        }
        Ok(())
    }

    fn texts(&self) -> Vec<(String, String)> {
        self.texts
            .iter()
            .map(|(name, known)| (name.clone(), known.source.text().to_owned()))
            .collect()
    }

    fn uses(&self) -> impl Iterator<Item = (&Arc<Source>, &Use)> {
        self.texts.values().flat_map(|known| {
            let uses = known.facts.as_ref().map_or(&[][..], |facts| &facts.uses);
            uses.iter().map(|it| (&known.source, it))
        })
    }

    /// Returns the fields of the data that no template names.
    fn unused(&self, data: &Data) -> Vec<(String, Option<String>)> {
        let named: Vec<&str> = self
            .uses()
            .filter_map(|(_, it)| it.path.first())
            .map(String::as_str)
            .collect();
        let fields = data.as_object().into_iter().flat_map(serde_json::Map::keys);
        fields
            .filter(|field| !named.contains(&field.as_str()))
            .map(|field| {
                let known = data.as_object();
                let missing = named
                    .iter()
                    .copied()
                    .filter(|name| known.is_none_or(|known| !known.contains_key(*name)));
                (field.clone(), did_you_mean(field, missing))
            })
            .collect()
    }

    /// Returns the findings for a fault; for a variable that is not there, also those of the others.
    fn faults(&self, name: &str, fault: &Fault, data: &Data) -> Vec<Diagnostic> {
        if fault.kind == FaultKind::Undefined {
            let mut all = self.undefined(name, data);
            let first = self.fault(fault, data);
            let is_told = all
                .iter()
                .any(|known| known.file() == first.file() && known.location() == first.location());
            if !is_told {
                all.insert(0, first);
            }
            return all;
        }
        vec![self.fault(fault, data)]
    }

    /// Returns the variables that rendering always asks for and that are not there.
    fn undefined(&self, name: &str, data: &Data) -> Vec<Diagnostic> {
        let Some(known) = self.texts.get(name) else {
            return Vec::new();
        };
        let uses = known.facts.as_ref().map_or(&[][..], |facts| &facts.uses);
        let mut told: Vec<String> = Vec::new();
        let mut findings = Vec::new();
        for it in uses.iter().filter(|it| it.is_certain) {
            let Some(missing) = first_missing(data, it) else {
                continue;
            };
            if told.contains(&missing) {
                continue;
            }
            let help = help_for(&missing, data);
            findings.push(
                Diagnostic::error(
                    Code::TemplateUndefined,
                    format!("`{}` is not defined", safe_text(&missing)),
                )
                .with_label(&known.source, it.span, "not in the data")
                .with_help(help),
            );
            told.push(missing);
        }
        findings
    }

    fn fault(&self, fault: &Fault, data: &Data) -> Diagnostic {
        let source_of = |name: &str| self.texts.get(name).map(|known| &known.source);
        let span_in = |source: &Arc<Source>, place: &Place| match place.range {
            Some((start, end)) => Span::new(start, end),
            None => line_of(source.text(), place.line),
        };
        let innermost = fault.places.iter().find_map(|place| {
            let source = source_of(&place.template)?;
            Some((source, span_in(source, place)))
        });
        let shown = innermost.and_then(|(source, span)| source.text().get(span.start..span.end));
        let (code, message, label, help) = self.in_words(fault, shown, data);
        let mut finding = Diagnostic::error(code, message);
        finding.help = help;
        let mut is_first = true;
        let mut last = None;
        for place in &fault.places {
            let name = &place.template;
            let Some(source) = source_of(name) else {
                continue;
            };
            let span = span_in(source, place);
            if last == Some((name, span)) {
                continue;
            }
            let text = if is_first {
                label.as_str()
            } else {
                "comes from here"
            };
            finding = finding.with_label(source, span, text);
            (is_first, last) = (false, Some((name, span)));
        }
        finding
    }

    fn in_words(
        &self,
        fault: &Fault,
        shown: Option<&str>,
        data: &Data,
    ) -> (Code, String, String, Option<String>) {
        let detail = words(&fault.detail);
        match fault.kind {
            FaultKind::Undefined => {
                let name = shown
                    .map(|text| text.trim_matches(|c: char| "{}%-+ ".contains(c)).to_owned())
                    .filter(|text| text.len() <= MAX_SHOWN && !text.contains('\n'));
                let message = match (quoted(&fault.detail), &name) {
                    (Some(path), _) => format!("`{}` is not defined", safe_text(path)),
                    (None, Some(name)) => {
                        format!("something in `{}` is not defined", safe_text(name))
                    }
                    (None, None) => "a value is not defined".to_owned(),
                };
                let help = help_for(
                    quoted(&fault.detail)
                        .or(name.as_deref())
                        .unwrap_or_default(),
                    data,
                );
                (
                    Code::TemplateUndefined,
                    message,
                    "not defined".to_owned(),
                    Some(help),
                )
            }
            FaultKind::Missing => {
                let name = fault.absent.clone().unwrap_or_default();
                let shown = safe_text(&name).into_owned();
                match self.absent.get(&name) {
                    Some(Refused::Outside(why)) => (
                        Code::TemplateOutside,
                        format!("`{shown}` leaves the directory of the templates"),
                        (*why).to_owned(),
                        Some("copy it into the directory, and name it from there".to_owned()),
                    ),
                    Some(Refused::Unreadable(why)) => (
                        Code::TemplateUnreadable,
                        format!("`{shown}` cannot be read"),
                        why.clone(),
                        None,
                    ),
                    _ => (
                        Code::TemplateMissing,
                        format!("there is no template `{shown}`"),
                        "no such template".to_owned(),
                        Some(self.checker.root().help_for(&name)),
                    ),
                }
            }
            FaultKind::UnknownFilter => {
                (Code::TemplateUnknownFilter, detail, "here".to_owned(), None)
            }
            FaultKind::UnknownTest => (Code::TemplateUnknownTest, detail, "here".to_owned(), None),
            FaultKind::UnknownFunction => (
                Code::TemplateUnknownFunction,
                detail,
                "here".to_owned(),
                None,
            ),
            FaultKind::Syntax => (Code::TemplateSyntax, detail, "here".to_owned(), None),
            FaultKind::Other => {
                let (message, help) = failure(&detail);
                (Code::TemplateFailed, message, "here".to_owned(), help)
            }
        }
    }
}

/// Returns the engine's words as a message: one line, of bounded length, without tokens that it may have taken from the data.
fn words(detail: &str) -> String {
    let line: String = detail
        .split('\n')
        .next()
        .unwrap_or_default()
        .chars()
        .take(400)
        .collect();
    let hidden = crate::nickel::tokens(&line);
    let ranges: Vec<(usize, usize)> = hidden
        .iter()
        .map(|it| (it.hidden.start, it.hidden.end))
        .collect();
    crate::nickel::stars(&line, &ranges)
}

/// Returns what cannot be done with the data, and what to do.
fn failure(detail: &str) -> (String, Option<String>) {
    let operator = detail
        .strip_prefix("tried to use ")
        .and_then(|rest| rest.split_once(" operator on unsupported types "));
    match operator {
        Some((operator, kinds)) => (
            format!(
                "`{operator}` does not work with {}",
                kinds.replace("string", "text")
            ),
            Some(
                "convert one of them: `| int`, `| float`, `| string`; `~` puts texts together"
                    .to_owned(),
            ),
        ),
        None => (detail.to_owned(), None),
    }
}

/// Returns the variable that the engine says is undefined.
fn quoted(detail: &str) -> Option<&str> {
    let (before, _) = detail.split_once("` is undefined")?;
    let (_, name) = before.rsplit_once('`')?;
    Some(name).filter(|name| !name.is_empty() && name.len() <= MAX_SHOWN)
}

fn line_of(text: &str, line: usize) -> Span {
    let start = text
        .match_indices('\n')
        .map(|(at, _)| at + 1)
        .nth(line.saturating_sub(2))
        .filter(|_| line > 1)
        .unwrap_or(0);
    let end = text[start..].find('\n').map_or(text.len(), |at| start + at);
    Span::new(start, end)
}

/// Returns the part of a path that the data do not have and that cannot do without.
fn first_missing(data: &Data, it: &Use) -> Option<String> {
    let mut at = data;
    for (index, part) in it.path.iter().enumerate() {
        let Data::Object(fields) = at else {
            // Of texts and lists, methods and items are asked for.
            return None;
        };
        match fields.get(part) {
            Some(next) => at = next,
            // `a.items` is a method where `a` has no such field.
            None if index > 0 && super::METHODS.contains(&part.as_str()) => return None,
            None if it.is_optional && index + 1 == it.path.len() => return None,
            None => return Some(it.path[..=index].join(".")),
        }
    }
    None
}

/// Returns what to do about a path that the data do not have.
fn help_for(path: &str, data: &Data) -> String {
    let (around, last) = path.rsplit_once('.').unwrap_or(("", path));
    let mut at = Some(data);
    for part in around.split('.').filter(|part| !part.is_empty()) {
        at = at.and_then(|it| it.get(part));
    }
    let fields = at.and_then(Data::as_object);
    let names = fields.into_iter().flat_map(serde_json::Map::keys);
    let close = closest(last, names.map(String::as_str));
    let meant = close.first().map(|name| match around {
        "" => format!("did you mean `{}`?", safe_text(name)),
        around => format!("did you mean `{}.{}`?", safe_text(around), safe_text(name)),
    });
    meant.unwrap_or_else(|| {
        format!(
            "give it a value, or write `{{{{ {} | default(\"...\") }}}}`",
            safe_text(path)
        )
    })
}
