//! Operations of components, as the extensions behind them have them.

use std::collections::HashMap;
use std::ffi::OsString;
use std::sync::Arc;

use nu_protocol::{Span, Spanned, Value};
use serde_json::{Value as Data, json};

use super::{Arguments, Component, ComponentType, Failure, FailureKind, Operation, Operator};
use crate::calling::{self, CallError, Prepared, Setup, Word, prepare};
use crate::diagnostic::Explain as _;
use crate::extension::ExtensionType;
use crate::manager::{Extension, ExtensionManager, LoadError, Wanted};
use crate::metadata::VersionRequest;
use crate::nickel::Evaluator;
use crate::nushell::{from_json, to_json};

/// The field of a server's settings that names its provider.
const PROVIDER: &str = "provider";
/// Fields that name a server, in its settings and in what a provider tells of it.
const NAMES: [&str; 2] = ["hostname", "name"];
/// Fields that hold the id of a server, in what a provider tells of it.
const IDS: [&str; 2] = ["id", "server_id"];
/// Words of providers for a server that can be started.
const STOPPED: [&str; 4] = ["stopped", "off", "halted", "shutdown"];

/// Is told a line that a component prints or logs: its name, and the line without secrets.
pub type Listener = Box<dyn Fn(&str, &str) + Send + Sync>;

/// What becomes of a result.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// It is shown and kept: secrets that the operation was given are taken out.
    ToOthers,
    /// It is needed as it is, such as the id of a server.
    ToNobody,
}

impl Shown {
    fn of(operation: Operation) -> Self {
        match operation {
            Operation::Status => Shown::ToOthers,
            _ => Shown::ToNobody,
        }
    }
}

/// Runs the operations of registered extensions. A taskserv or an application is the taskserv of that name; a server is one of the
/// provider that its settings name (`provider`), and is known by its `hostname` or `name` there, otherwise by the component's own.
pub struct Extensions {
    /// Looks for extensions.
    pub manager: ExtensionManager,
    /// Evaluates their schemas.
    pub evaluator: Evaluator,
    /// The variables of the shell.
    pub variables: HashMap<OsString, OsString>,
    /// How operations are run.
    pub setup: Setup,
    /// Is told what they print and log.
    pub listener: Listener,
}

impl Extensions {
    /// Returns the extension behind a component.
    ///
    /// # Errors
    /// There is none, or it cannot be loaded.
    pub fn extension(&self, component: &Component) -> Result<Arc<Extension>, Failure> {
        let (kind, name) = match component.kind {
            ComponentType::Taskserv | ComponentType::Application => {
                (ExtensionType::Taskserv, component.name.as_str())
            }
            ComponentType::Infrastructure | ComponentType::Server => {
                let name = component.config.get(PROVIDER).and_then(Data::as_str);
                let name = name.ok_or_else(|| Failure {
                    help: Some(
                        "say it in its settings: config = {provider = \"local\", ...}".to_owned(),
                    ),
                    ..Failure::new("it does not say which provider has it")
                })?;
                (ExtensionType::Provider, name)
            }
        };
        // The version of a server is none of its provider.
        let version = match &component.version {
            Some(version) if kind == ExtensionType::Taskserv => VersionRequest::read(version)
                .map_err(|reason| {
                    Failure::new(format!("`{version}` is not a version: {reason}"))
                })?,
            _ => VersionRequest::Latest,
        };
        let wanted = Wanted {
            kind: Some(kind),
            name: name.to_owned(),
            version,
        };
        self.manager
            .load(&wanted, self.manager.config().auto_load)
            .map_err(|error| not_loaded(&error))
    }

    /// Returns what a component says of itself, as it says it; nothing for a server that its provider does not have, and for what
    /// has no operation `status`.
    ///
    /// # Errors
    /// It gives no answer.
    pub fn status(&self, component: &Component, stop: &dyn Fn() -> bool) -> Result<Value, Failure> {
        let extension = self.extension(component)?;
        if component.kind.is_of_provider() {
            let server = self.server(component, &extension, Shown::ToOthers, stop)?;
            return Ok(server.unwrap_or_default());
        }
        let name = Operation::Status.name(component.kind);
        match extension.operation(name) {
            Some(_) => {
                let shown = Shown::ToOthers;
                self.run(component, &extension, name, Vec::new(), shown, stop)
            }
            None => Ok(Value::nothing(self.setup.span)),
        }
    }

    /// Asks a component what keeps it from being installed: its operation is called with its own `--check`. What has none is not
    /// asked. `errors`, `requirements_met.missing` and `requirements_check.issues` of what it returns are understood (TTP, PTP).
    pub fn obstacles(
        &self,
        component: &Component,
        arguments: &Arguments,
        stop: &dyn Fn() -> bool,
    ) -> Vec<Failure> {
        let ask = || -> Result<Vec<Failure>, Failure> {
            let extension = self.extension(component)?;
            let name = Operation::Install.name(component.kind);
            let flags = extension.operation(name).map(|it| it.flags.as_slice());
            if !flags
                .unwrap_or_default()
                .iter()
                .any(|flag| flag.name == "check")
            {
                return Ok(Vec::new());
            }
            let words = match component.kind.is_of_provider() {
                true => vec![
                    word(&server_settings(component), self.setup.span),
                    flag("--check", self.setup.span),
                ],
                false => {
                    let arguments = Arguments {
                        check: true,
                        ..arguments.clone()
                    };
                    self.words(&extension, Operation::Install, &arguments)
                }
            };
            let shown = Shown::ToOthers;
            let told = to_json(&self.run(component, &extension, name, words, shown, stop)?);
            let texts = |path: &str, before: &str| {
                let all = told.pointer(path).and_then(Data::as_array);
                let all = all.into_iter().flatten().filter_map(Data::as_str);
                all.map(|text| Failure::new(format!("{before}{text}")))
                    .collect::<Vec<_>>()
            };
            let mut all = texts("/errors", "");
            all.extend(texts("/requirements_met/missing", "missing: "));
            all.extend(texts("/requirements_check/issues", ""));
            Ok(all)
        };
        ask().unwrap_or_else(|failure| vec![failure])
    }

    /// Calls one operation of an extension, with words as they would be written.
    fn run(
        &self,
        component: &Component,
        extension: &Extension,
        name: &str,
        words: Vec<Word>,
        shown: Shown,
        stop: &dyn Fn() -> bool,
    ) -> Result<Value, Failure> {
        let prepared = self.prepared(extension, name, words)?;
        let mut running = prepared
            .start(self.setup.clone())
            .map_err(|error| not_called(&error))?;
        while let Some(step) = running.next_step_unless(stop) {
            match step {
                calling::Step::Log(line) | calling::Step::Output(line) => {
                    (self.listener)(&component.name, &line);
                }
                calling::Step::Ended(result) => {
                    return match result {
                        Ok(value) if shown == Shown::ToOthers => Ok(running.without_secrets(value)),
                        other => other.map_err(|error| not_called(&error)),
                    };
                }
            }
        }
        Err(Failure::new("the operation has no end"))
    }

    fn prepared(
        &self,
        extension: &Extension,
        name: &str,
        words: Vec<Word>,
    ) -> Result<Prepared, Failure> {
        let request = calling::Request {
            extension,
            operation: Spanned {
                item: name,
                span: self.setup.span,
            },
            words,
            check: None,
            own_flags: &[],
            variables: &|name| self.variables.get(&OsString::from(name)).cloned(),
            given_variables: Vec::new(),
            evaluator: &self.evaluator,
        };
        prepare(request).map_err(|error| not_called(&error))
    }

    /// Returns what an operation of a taskserv is given, as far as its signature has a place for it.
    fn words(
        &self,
        extension: &Extension,
        operation: Operation,
        arguments: &Arguments,
    ) -> Vec<Word> {
        let name = operation.name(ComponentType::Taskserv);
        let Some(signature) = extension.operation(name) else {
            return Vec::new();
        };
        let span = self.setup.span;
        let takes = |flag: &str| signature.flags.iter().any(|known| known.name == flag);
        let mut words = Vec::new();
        if !signature.parameters.is_empty() {
            words.extend(match operation {
                Operation::Upgrade => arguments.version.as_ref().map(|it| text(it, span)),
                Operation::Status | Operation::Restart => None,
                // What it is to remove it knows itself.
                Operation::Uninstall => None,
                Operation::Install | Operation::Configure => {
                    arguments.config.as_ref().map(|it| word(it, span))
                }
            });
        }
        let is_version = |version: &&String| semver::Version::parse(version).is_ok();
        if operation == Operation::Install
            && takes("version")
            && let Some(version) = arguments.version.as_ref().filter(is_version)
        {
            words.extend([flag("--version", span), text(version, span)]);
        }
        let wanted = [
            ("check", arguments.check),
            ("force", arguments.force),
            ("keep-data", arguments.keep_data),
        ];
        for (name, _) in wanted
            .into_iter()
            .filter(|(name, is_wanted)| *is_wanted && takes(name))
        {
            words.push(flag(&format!("--{name}"), span));
        }
        words
    }

    /// Returns what a provider tells of a server; nothing when it has none of that name.
    fn server(
        &self,
        component: &Component,
        provider: &Extension,
        shown: Shown,
        stop: &dyn Fn() -> bool,
    ) -> Result<Option<Value>, Failure> {
        let name = server_name(component);
        let listed = self.run(component, provider, "list-servers", Vec::new(), shown, stop)?;
        let Value::List { vals: rows, .. } = listed else {
            return Err(Failure::new("`list-servers` returns no list"));
        };
        let is_it = |row: &Value| {
            let row = row.as_record().ok();
            let mut names = NAMES
                .iter()
                .filter_map(|field| row?.get(*field)?.as_str().ok());
            names.any(|it| it == name)
        };
        Ok(rows.into_owned().into_iter().find(is_it))
    }

    fn call_provider(
        &self,
        component: &Component,
        provider: &Extension,
        operation: Operation,
        stop: &dyn Fn() -> bool,
    ) -> Result<Data, Failure> {
        let span = self.setup.span;
        let shown = Shown::of(operation);
        let server = self.server(component, provider, shown, stop)?;
        let server = server.as_ref().map(to_json);
        let run = |name: &str, words: Vec<Word>| {
            self.run(component, provider, name, words, shown, stop)
                .map(|value| to_json(&value))
        };
        let of = |name: &str, server: &Data| run(name, vec![text(&server_id(server)?, span)]);
        match (operation, &server) {
            (Operation::Status, _) => Ok(server.unwrap_or_default()),
            (Operation::Install, None) => {
                let mut words = vec![word(&server_settings(component), span)];
                let flags = provider
                    .operation("create-server")
                    .map(|it| it.flags.as_slice());
                if flags.unwrap_or_default().iter().any(|it| it.name == "wait") {
                    words.push(flag("--wait", span));
                }
                run("create-server", words)
            }
            (Operation::Install, Some(server)) if is_stopped(server) => of("start-server", server),
            (Operation::Uninstall, Some(server)) => of("delete-server", server),
            (Operation::Restart, Some(server)) => of("reboot-server", server),
            (Operation::Restart, None) => Err(Failure::new(format!(
                "the provider has no server `{}`",
                server_name(component)
            ))),
            _ => Ok(Data::Null),
        }
    }
}

impl Operator for Extensions {
    fn offers(&self, component: &Component, operation: Operation) -> Result<bool, Failure> {
        let extension = self.extension(component)?;
        let name = operation.name(component.kind);
        Ok(extension.operation(name).is_some())
    }

    fn check(
        &self,
        component: &Component,
        operation: Operation,
        arguments: &Arguments,
    ) -> Result<(), Failure> {
        let extension = self.extension(component)?;
        let words = match (component.kind.is_of_provider(), operation) {
            (false, _) => self.words(&extension, operation, arguments),
            (true, Operation::Install) => {
                vec![word(&server_settings(component), self.setup.span)]
            }
            // The id is not known yet.
            (true, _) => return Ok(()),
        };
        let name = operation.name(component.kind);
        self.prepared(&extension, name, words).map(drop)
    }

    fn call(
        &self,
        component: &Component,
        operation: Operation,
        arguments: &Arguments,
        stop: &dyn Fn() -> bool,
    ) -> Result<Data, Failure> {
        let extension = self.extension(component)?;
        if component.kind.is_of_provider() {
            return self.call_provider(component, &extension, operation, stop);
        }
        let words = self.words(&extension, operation, arguments);
        let name = operation.name(component.kind);
        let value = self.run(
            component,
            &extension,
            name,
            words,
            Shown::of(operation),
            stop,
        )?;
        Ok(to_json(&value))
    }
}

/// Returns the name of a server at its provider.
fn server_name(component: &Component) -> &str {
    let given = NAMES
        .iter()
        .filter_map(|field| component.config.get(*field));
    let own = component.name.rsplit('/').next();
    given
        .filter_map(Data::as_str)
        .next()
        .or(own)
        .unwrap_or(&component.name)
}

/// Returns what `create-server` is given.
fn server_settings(component: &Component) -> Data {
    let mut fields = component.config.as_object().cloned().unwrap_or_default();
    fields.remove(PROVIDER);
    if !NAMES.iter().any(|field| fields.contains_key(*field)) {
        fields.insert("hostname".to_owned(), json!(server_name(component)));
    }
    Data::Object(fields)
}

fn server_id(server: &Data) -> Result<String, Failure> {
    let mut ids = IDS.iter().filter_map(|field| server.get(*field));
    let id = ids.find_map(|id| match id {
        Data::String(text) => Some(text.clone()),
        Data::Number(number) => Some(number.to_string()),
        _ => None,
    });
    id.ok_or_else(|| Failure::new("the provider lists a server without an `id`"))
}

fn is_stopped(server: &Data) -> bool {
    let states = ["state", "status"]
        .iter()
        .filter_map(|field| server.get(*field));
    let mut words = states.filter_map(Data::as_str);
    words.any(|word| STOPPED.contains(&word.to_lowercase().as_str()))
}

fn word(data: &Data, span: Span) -> Word {
    Word {
        value: from_json(data.clone(), span),
        text: None,
        is_flag: false,
    }
}

fn text(text: &str, span: Span) -> Word {
    word(&json!(text), span)
}

fn flag(name: &str, span: Span) -> Word {
    Word {
        is_flag: true,
        ..text(name, span)
    }
}

fn not_loaded(error: &LoadError) -> Failure {
    let kind = match error {
        LoadError::Interrupted => FailureKind::Interrupted,
        _ => FailureKind::Failed,
    };
    let found = error.details().iter().map(|it| it.message.as_str());
    let mut all = vec![error.to_string()];
    all.extend(found.map(str::to_owned));
    all.dedup();
    Failure {
        kind,
        help: error.help(),
        ..Failure::new(all.join("; "))
    }
}

fn not_called(error: &CallError) -> Failure {
    let kind = match error {
        CallError::Interrupted => FailureKind::Interrupted,
        CallError::Timeout { .. } => FailureKind::TimedOut,
        _ => FailureKind::Failed,
    };
    Failure {
        kind,
        message: error.in_full(),
        help: error.help(),
    }
}
