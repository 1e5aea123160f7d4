use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Completion, Example, Flag, FromValue as _, IntoPipelineData as _, LabeledError, ListStream,
    PipelineData, ShellError, Signature, Span, Spanned, SyntaxShape, Type, Value, record,
};
use provisioning::diagnostic::{Explain as _, did_you_mean};
use provisioning::extension::{Directory, ExtensionType};
use provisioning::validation::{
    Options, RULE_NAMES, RULES, Report, Reports, ValidationError, Validator,
};
use std::path::PathBuf;

use super::document::{self, Output};
use super::fix::{self, Mending};
use super::report::{failure, report_value, together};
use crate::shell::{
    Context, Nickel, Progress, Provisioning, SignatureExt as _, available, environment, invalid,
    is_list, labeled,
};

/// `extension validate`
pub(in crate::commands) struct Validate;

impl PluginCommand for Validate {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "extension validate"
    }

    fn signature(&self) -> Signature {
        let report = || {
            [
                ("name", Type::Any),
                ("type", Type::Any),
                ("version", Type::Any),
                ("path", Type::String),
                ("valid", Type::Bool),
                ("errors", Type::table()),
                ("warnings", Type::table()),
                ("checks", Type::table()),
            ]
            .into()
        };
        let signature = Signature::of(self.name())
            .rest("path", SyntaxShape::Directory, "Directories of extensions.")
            .type_flag("Type of the extension, where its metadata do not say it.")
            .param(
                Flag::new("rule")
                    .short('r')
                    .arg(SyntaxShape::OneOf(vec![
                        SyntaxShape::List(Box::new(SyntaxShape::String)),
                        SyntaxShape::String,
                    ]))
                    .desc("Check only this rule, or these.")
                    .completion(Completion::new_list(RULE_NAMES)),
            )
            .switch(
                "deny-warnings",
                "A warning makes the extension invalid.",
                Some('w'),
            )
            .switch(
                "strict-environment",
                "A program or an environment variable that is missing is an error, and not a warning.",
                None,
            )
            .switch(
                "strict",
                "Raise an error when an extension is invalid.",
                Some('s'),
            );
        fix::flags(document::flags(signature)).input_output_types(vec![
            (
                Type::Nothing,
                Type::one_of([Type::Record(report()), Type::Table(report()), Type::String]),
            ),
            (
                Type::String,
                Type::one_of([Type::Record(report()), Type::String]),
            ),
            (
                Type::List(Box::new(Type::String)),
                Type::one_of([Type::Table(report()), Type::String]),
            ),
            (
                Type::table(),
                Type::one_of([Type::Table(report()), Type::String]),
            ),
            // With arguments any input will do, such as that of the body of `each`.
            (Type::Any, Type::Any),
        ])
    }

    fn description(&self) -> &str {
        "Check extensions without running any of their code."
    }

    fn extra_description(&self) -> &str {
        "Gives a report: {name, type, version, path, valid, errors, warnings, checks}. `errors` and \
         `warnings` are tables of {code, rule, message, file, line, column, help}; `checks` has a row for each rule. \
         One path gives one report; several paths, or a list from the pipeline, give a \
         table whose rows come as they are made. Rules: structure (the metadata and the files that an extension of that type \
         needs), schema (the Nickel files parse, their types fit, and their values keep to their contracts), interface (the module \
         parses, and has the operations of its type as they are called), dependency (the \
         extensions that it needs are registered, validated in the same call, or found by `extension discover`; programs and \
         environment variables are there), version (the platform is one that it works with, and constraints can be \
         satisfied), security (links, names and permissions of files; secrets in texts; code from elsewhere). `extension \
         explain` says more about a code. Several \
         paths are worked on at once, in as many threads as the setting `jobs` says; on a terminal a line shows how many are \
         done.\n\n\
         With --format the result is one text about all paths, for other programs: `sarif` (2.1.0) for code scanning, `junit` \
         (XML, with a suite for each extension and a case for each rule) for test reports, `github` for the log of a \
         workflow, where it marks the lines of a change. Paths in it are relative to the current directory. Whoever wants an \
         error besides, with --strict, gives a file with --output: it is written before the error is raised. With \
         --deny-warnings, warnings are told as errors.\n\n\
         --fix writes what is certain, such as today's form of an old signature: whole files, only as they were validated. \
         An edit that would make another error is left out, with a warning. The report is that of the result, with a column `fixed`: \
         a table of {file, codes, diff}. With --check nothing is written, and `fixed` says what would be."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["check", "lint", "verify", "test"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![
            Example {
                description: "Is an extension right?",
                example: "extension validate extensions/taskservs/containerd | select name valid",
                result: Some(Value::test_record(record! {
                    "name" => Value::test_string("containerd"),
                    "valid" => Value::test_bool(true),
                })),
            },
            Example {
                description: "What is wrong with one",
                example: "extension validate extensions/taskservs/legacy-etcd | get warnings.code",
                result: Some(Value::test_list(vec![
                    Value::test_string("structure::legacy-kcl"),
                    Value::test_string("version::not-checked"),
                ])),
            },
            Example {
                description: "Fail a script when anything in a directory is invalid",
                example: "ls extensions/taskservs | get name | extension validate --strict | where valid | length",
                result: Some(Value::test_int(7)),
            },
            Example {
                description: "Show findings beside the lines of a change, in a GitHub workflow",
                example: "extension validate extensions/taskservs/legacy-etcd --rule version --format github",
                result: Some(Value::test_string(
                    "::warning file=extensions/taskservs/legacy-etcd/metadata.toml,line=16,endLine=16,col=15,endColumn=25,title=version%3A%3Anot-checked::`compatibility.kcl_version` is not checked: KCL is not used here%0Ahelp: write the schemas in Nickel and give `nickel_version`",
                )),
            },
            Example {
                description: "Write a report for code scanning",
                example: "ls extensions/taskservs | extension validate --format sarif | from json | get runs.0.results.ruleId",
                result: Some(Value::test_list(vec![
                    Value::test_string("structure::legacy-kcl"),
                    Value::test_string("version::not-checked"),
                ])),
            },
        ]
    }

    fn run(
        &self,
        plugin: &Provisioning,
        engine: &EngineInterface,
        call: &EvaluatedCall,
        input: PipelineData,
    ) -> Result<PipelineData, LabeledError> {
        let context = Context::new(plugin, engine, call);
        let output = Output::of(&context)?;
        let mending = Mending::of(&context)?;
        let nickel = Nickel::new(&context)?;
        let kind = context.kind_flag()?.map(|kind| kind.item);
        let rules = rules(call)?;
        let given: Vec<Spanned<String>> = call.rest(0)?;
        let many = match given.len() {
            0 => is_list(&input),
            count => count > 1,
        };
        let paths = context.paths(given, input)?;
        if paths.is_empty() && !many {
            return Err(
                invalid("no path was given", "which directories?", call.head)
                    .with_help("extension validate extensions/taskservs/containerd"),
            );
        }
        check_paths(&paths)?;
        let in_this_call = paths.iter().map(|path| path.item.clone()).collect();
        let plan = Plan {
            kind,
            rules,
            deny_warnings: call.has_flag("deny-warnings")?,
            strict: call.has_flag("strict")?,
            validator: Validator {
                available: available(&context, in_this_call, kind),
                environment: environment(engine),
                strict_environment: call.has_flag("strict-environment")?,
                ..context.validator(&nickel)?
            },
            _nickel: nickel,
            head: call.head,
        };
        if let Some(mending) = mending {
            return mending.run(plan, paths, many, engine.signals());
        }
        if let ([path], false, None) = (paths.as_slice(), many, &output) {
            let report = plan.report(path)?;
            return match plan.failure(&report, path.span) {
                Some(failure) => Err(failure),
                None => Ok(report_value(&report, call.head).into_pipeline_data()),
            };
        }
        let threads = context.settings().jobs()?.value;
        let reports = plan.reports(paths, threads);
        let Some(output) = output else {
            let head = call.head;
            let rows = reports.map(move |row| {
                let row = row.and_then(|(report, failure)| match failure {
                    Some(failure) => Err(failure),
                    None => Ok(report_value(&report, head)),
                });
                row.unwrap_or_else(|error| Value::error(error.into(), head))
            });
            return Ok(PipelineData::list_stream(
                ListStream::new(rows, call.head, engine.signals().clone()),
                None,
            ));
        };
        let deny_warnings = reports.plan.deny_warnings;
        let mut all = Vec::new();
        let mut failures = Vec::new();
        for result in reports {
            engine.signals().check(&call.head)?;
            let (report, failure) = result?;
            all.push(report);
            failures.extend(failure);
        }
        output.write(&context, &all, deny_warnings, together(failures))
    }
}

/// Refuses paths that are not directories, all in one error and before the first report: an error inside of a stream is
/// easily overlooked.
fn check_paths(paths: &[Spanned<PathBuf>]) -> Result<(), LabeledError> {
    let wrong: Vec<_> = paths
        .iter()
        .filter_map(|path| {
            let error = Directory::check(&path.item).err()?;
            Some((error, path.span))
        })
        .collect();
    match wrong.as_slice() {
        [] => Ok(()),
        [(error, span)] => Err(labeled(error, "this path", *span)),
        [(first, _), ..] => Err(wrong.iter().fold(
            LabeledError::new(format!(
                "{} paths are not directories of extensions",
                wrong.len()
            ))
            .with_code(first.code().as_str()),
            |all, (error, span)| all.with_label(error.to_string(), *span),
        )),
    }
}

/// What to do with each path.
pub(super) struct Plan {
    kind: Option<ExtensionType>,
    rules: Vec<String>,
    deny_warnings: bool,
    strict: bool,
    pub(super) validator: Validator,
    /// Ends evaluations on Ctrl-C for as long as it lives.
    _nickel: Nickel,
    pub(super) head: Span,
}

impl Plan {
    pub(super) fn options(&self) -> Options<'_> {
        Options {
            kind: self.kind,
            rules: &self.rules,
            deny_warnings: self.deny_warnings,
        }
    }

    fn report(&self, path: &Spanned<PathBuf>) -> Result<Report, LabeledError> {
        self.validator
            .validate(&path.item, &self.options())
            .map_err(|error| self.error(error, path.span))
    }

    /// Begins the reports of several paths.
    fn reports(self, paths: Vec<Spanned<PathBuf>>, threads: usize) -> Rows {
        let items = paths.iter().map(|path| path.item.clone()).collect();
        Rows {
            reports: self.validator.validate_all(items, &self.options(), threads),
            progress: Progress::new(paths.len()),
            paths: paths.into_iter(),
            plan: self,
        }
    }

    pub(super) fn error(&self, error: ValidationError, span: Span) -> LabeledError {
        match error {
            ValidationError::Interrupted(_) => ShellError::Interrupted { span: self.head }.into(),
            error => labeled(&error, "this path", span),
        }
    }

    /// Returns the error that `--strict` raises about a report.
    pub(super) fn failure(&self, report: &Report, span: Span) -> Option<LabeledError> {
        (self.strict && !report.valid).then(|| failure(report, self.deny_warnings, span))
    }
}

/// The reports of several paths, each with the error that `--strict` raises about it.
struct Rows {
    reports: Reports,
    paths: std::vec::IntoIter<Spanned<PathBuf>>,
    progress: Progress,
    plan: Plan,
}

impl Iterator for Rows {
    type Item = Result<(Report, Option<LabeledError>), LabeledError>;

    fn next(&mut self) -> Option<Self::Item> {
        let path = self.paths.next()?;
        let result = self.reports.next()?;
        self.progress.step();
        Some(match result {
            Ok(report) => {
                let failure = self.plan.failure(&report, path.span);
                Ok((report, failure))
            }
            Err(error) => Err(self.plan.error(error, path.span)),
        })
    }
}

/// The names of `--rule`, each of which has to be one.
fn rules(call: &EvaluatedCall) -> Result<Vec<String>, LabeledError> {
    let given = match call.get_flag_value("rule") {
        None => return Ok(Vec::new()),
        Some(Value::List { vals, .. }) => vals.into_owned(),
        Some(value) => vec![value],
    };
    given
        .into_iter()
        .map(|value| {
            let name = Spanned::<String>::from_value(value)?;
            if RULE_NAMES.contains(&name.item.as_str()) {
                return Ok(name.item);
            }
            let list = || {
                let rules: Vec<String> = RULES
                    .iter()
                    .map(|rule| format!("{}: {}", rule.name(), rule.description()))
                    .collect();
                format!("the rules are\n{}", rules.join("\n"))
            };
            let help = did_you_mean(&name.item, RULE_NAMES.iter().copied()).unwrap_or_else(list);
            Err(invalid(
                format!("there is no rule `{}`", name.item),
                "not a rule",
                name.span,
            )
            .with_help(help))
        })
        .collect()
}
