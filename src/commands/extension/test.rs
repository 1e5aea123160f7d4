use std::path::{Path, PathBuf};

use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, LabeledError, ListStream, PipelineData, ShellError, Signature, Span, Spanned,
    SyntaxShape, Type, Value, record,
};
use provisioning::diagnostic::{Code, Diagnostic};
use provisioning::extension::{Directory, Interrupted};
use provisioning::metadata;
use provisioning::store::replace_file;
use provisioning::testing::{self, Kind, Options, Row, Rows, Selection, Suite};

use crate::shell::{
    Context, Nickel, Progress, Provisioning, SignatureExt as _, duration_value, invalid, labeled,
    opt_number, opt_string, path_value,
};

/// `extension test`, and its other spelling.
pub(crate) struct Test {
    pub(crate) name: &'static str,
}

impl PluginCommand for Test {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> Signature {
        let error = [
            ("msg", Type::String),
            ("code", Type::String),
            ("file", Type::Any),
            ("line", Type::Any),
            ("column", Type::Any),
            ("help", Type::Any),
        ];
        let columns = [
            ("extension", Type::String),
            ("file", Type::String),
            ("test", Type::Any),
            ("kind", Type::Any),
            ("status", Type::String),
            ("duration", Type::Any),
            (
                "error",
                Type::one_of([Type::Record(error.into()), Type::Nothing]),
            ),
            ("output", Type::String),
        ];
        Signature::of(self.name)
            .rest(
                "path",
                SyntaxShape::Filepath,
                "Directories of extensions, or files and folders of tests in them (default: where the shell is).",
            )
            .named(
                "filter",
                SyntaxShape::String,
                "Only tests with this text in their names, or in the paths of their files.",
                Some('f'),
            )
            .switch("unit", "Only unit tests.", Some('u'))
            .switch("integration", "Only integration tests.", Some('i'))
            .switch("e2e", "Only end-to-end tests.", Some('e'))
            .named(
                "jobs",
                SyntaxShape::Int,
                "How many files run at the same time (default: the setting `jobs`).",
                Some('j'),
            )
            .named(
                "timeout",
                SyntaxShape::Duration,
                "Longest time of one test (default: the setting `runner.timeout`).",
                Some('t'),
            )
            .named(
                "junit",
                SyntaxShape::Filepath,
                "Write a report in JUnit XML to this file.",
                None,
            )
            .switch(
                "strict",
                "Raise an error when a test fails, after all of them have run.",
                Some('s'),
            )
            .input_output_types(vec![
                (Type::Nothing, Type::Table(columns.clone().into())),
                (Type::String, Type::Table(columns.clone().into())),
                (
                    Type::List(Box::new(Type::String)),
                    Type::Table(columns.clone().into()),
                ),
                (Type::table(), Type::Table(columns.into())),
                // With arguments any input will do, such as that of the body of `each`.
                (Type::Any, Type::Any),
            ])
    }

    fn description(&self) -> &str {
        "Run the tests of extensions, each file in a Nushell of its own."
    }

    fn extra_description(&self) -> &str {
        "Gives a row {extension, file, test, kind, status, duration, error, output} for each test, as soon as it has ended. \
         `status` is passed, failed, skipped or timeout; `error` is {msg, code, file, line, column, help}, at the author's own \
         line; `output` is what the test has printed. With --strict an error comes after the last row, so that `nu -c` ends with \
         a status that is not 0.\n\n\
         Tests are found in tests/**/*.nu by parsing: commands with @test of `std/testing`, exported or not, and exported \
         commands that are named test_... In fixtures/, mocks/, helpers/ and support/ none are looked for. @ignore, @before-all, \
         @before-each, @after-each and @after-all mean what they mean there: what those before return, if it is a record, is the \
         input of the test. A file that does not parse has failed, and so has one that is named like tests and has none. Without \
         --unit, --integration and --e2e all run; folders and names of files tell which they are, and others are unit tests.\n\n\
         Files run at the same time, tests of a file one after the other, in the directory of the extension. They see PATH, HOME, the \
         user, language and time zone, what the metadata name in required_env and optional_env, and directories of their own \
         for temporary files and for what programs keep (XDG_*), which are removed. `use provisioning *` and the commands of this \
         plugin are there. A test that hangs, ends its Nushell or starts what does not end is told, and everything it has started \
         is ended."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["testing", "assert", "check", "junit", "run"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        let example = |description, example, result| Example {
            description,
            example,
            result: Some(result),
        };
        if self.name != "extension test" {
            return vec![example(
                "Run the tests of an extension, as the source documents name it",
                "provisioning extension test extensions/taskservs/containerd --filter service_tests | get status",
                Value::test_list(vec![Value::test_string("passed"); 2]),
            )];
        }
        vec![
            example(
                "Run some tests of an extension",
                "extension test extensions/taskservs/containerd --filter service_tests | select test status",
                Value::test_list(
                    [
                        "test_the_configuration_file_is_containerds_own",
                        "test_the_unit_runs_the_version_in_use",
                    ]
                    .map(|test| {
                        Value::test_record(record! {
                            "test" => Value::test_string(test),
                            "status" => Value::test_string("passed"),
                        })
                    })
                    .into(),
                ),
            ),
            example(
                "Run the tests of one file, and fail a script when one fails",
                "extension test extensions/clusters/buildkit/tests/unit_tests.nu --strict | where status != passed | length",
                Value::test_int(0),
            ),
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
        let jobs = jobs(&context)?;
        let timeout = context.runner_timeout()?;
        let report = report(&context)?;
        let given = asked(&context, input)?;
        let filter: Option<String> = call.get_flag("filter")?;
        let kinds = kinds(call)?;
        let nickel = Nickel::new(&context)?;
        let validator = context.validator(&nickel)?;
        let interrupt = nickel.evaluator().limits().interrupt.clone();
        let is_selected = filter.is_some() || !kinds.is_empty();
        let mut suites = Vec::new();
        for asked in &given {
            let selection = Selection {
                paths: asked.paths.clone(),
                filter: filter.clone(),
                kinds: kinds.clone(),
            };
            let suite = testing::find(
                &asked.directory,
                &selection,
                &validator.inspector,
                &validator.lib_dirs,
                &|| interrupt.is_triggered(),
            );
            match suite {
                Ok(suite) => suites.push(suite),
                Err(Interrupted) => return Err(ShellError::Interrupted { span: call.head }.into()),
            }
        }
        if suites.iter().all(Suite::is_empty) {
            return Err(nothing(&given, filter.as_deref(), &kinds, call.head));
        }
        if !is_selected {
            suites.iter_mut().for_each(Suite::tell_that_there_are_none);
        }
        let options = Options {
            runner: context.runner()?,
            timeout,
            jobs,
            environment: context.variables()?,
            lib_dirs: validator.lib_dirs.clone(),
            plugin: std::env::current_exe().ok().filter(|path| path.is_file()),
            interrupt: interrupt.clone(),
        };
        let progress = Progress::new(suites.iter().map(Suite::len).sum());
        let results = Results {
            rows: Some(Rows::begin(suites, &options)),
            told: Vec::new(),
            progress,
            report,
            is_strict: call.has_flag("strict")?,
            interrupt,
            _nickel: nickel,
            head: call.head,
        };
        Ok(PipelineData::list_stream(
            ListStream::new(results, call.head, engine.signals().clone()),
            None,
        ))
    }
}

/// An extension, and what of its tests is wanted.
struct Asked {
    directory: Directory,
    /// Everything, when there are none.
    paths: Vec<PathBuf>,
    span: Span,
}

/// Returns the extensions that the arguments or the pipeline are about, each once.
fn asked(context: &Context<'_>, input: PipelineData) -> Result<Vec<Asked>, LabeledError> {
    let given: Vec<Spanned<String>> = context.call.rest(0)?;
    let is_piped = given.is_empty()
        && !matches!(
            input,
            PipelineData::Empty | PipelineData::Value(Value::Nothing { .. }, _)
        );
    let mut paths = context.paths(given, input)?;
    if paths.is_empty() {
        let span = context.head();
        if is_piped {
            return Err(invalid("no path was given", "the list is empty", span));
        }
        let here = ".".to_owned();
        paths.push(context.path(&Spanned { item: here, span })?);
    }
    let mut all: Vec<Asked> = Vec::new();
    for path in &paths {
        let real = dunce::canonicalize(&path.item).map_err(|error| {
            invalid(
                match error.kind() {
                    std::io::ErrorKind::NotFound => {
                        format!("`{}` does not exist", path.item.display())
                    }
                    _ => format!("`{}` cannot be read: {error}", path.item.display()),
                },
                "this path",
                path.span,
            )
            .with_code(Code::InputPath.as_str())
        })?;
        let has_metadata = |directory: &Path| {
            let mut names = metadata::FILE_NAMES.iter();
            names.any(|name| directory.join(name).is_file())
        };
        let Some(root) = real.ancestors().find(|directory| has_metadata(directory)) else {
            return Err(invalid(
                format!("`{}` is no extension, and lies in none", path.item.display()),
                "there is no metadata.toml here, nor above",
                path.span,
            )
            .with_code(Code::InputPath.as_str())
            .with_help("give the directory of an extension: extension test extensions/taskservs/containerd"));
        };
        let wanted: Vec<PathBuf> = (root != real).then(|| real.clone()).into_iter().collect();
        match all.iter_mut().find(|known| known.directory.path == root) {
            // The whole of it was asked for, then or now.
            Some(known) if known.paths.is_empty() || wanted.is_empty() => known.paths.clear(),
            Some(known) => known.paths.extend(wanted),
            None => all.push(Asked {
                directory: Directory::open(root, None)
                    .map_err(|error| labeled(&error, "this path", path.span))?,
                paths: wanted,
                span: path.span,
            }),
        }
    }
    Ok(all)
}

fn kinds(call: &EvaluatedCall) -> Result<Vec<Kind>, ShellError> {
    let mut kinds = Vec::new();
    for kind in Kind::ALL {
        if call.has_flag(kind.as_str())? {
            kinds.push(kind);
        }
    }
    Ok(kinds)
}

fn jobs(context: &Context<'_>) -> Result<usize, LabeledError> {
    match context.call.get_flag::<Spanned<i64>>("jobs")? {
        None => Ok(context.settings().jobs()?.value),
        Some(given) => usize::try_from(given.item).map_err(|_| {
            invalid(
                "--jobs is less than zero",
                "give a number such as 4; 0 is as many as there are processors",
                given.span,
            )
        }),
    }
}

/// The file of `--junit`.
struct Report {
    file: Spanned<PathBuf>,
    /// Where relative paths in it start.
    base: PathBuf,
}

fn report(context: &Context<'_>) -> Result<Option<Report>, LabeledError> {
    let Some(given) = context.call.get_flag::<Spanned<String>>("junit")? else {
        return Ok(None);
    };
    let file = context.path(&given)?;
    // It would be a pity to know only when all tests have run.
    let directory = file.item.parent().unwrap_or(&file.item);
    if file.item.is_dir() || !directory.is_dir() {
        return Err(invalid(
            format!("`{}` cannot be written", file.item.display()),
            match file.item.is_dir() {
                true => "this is a directory",
                false => "its directory does not exist",
            },
            file.span,
        )
        .with_code(Code::InputPath.as_str()));
    }
    let base = PathBuf::from(context.directory()?);
    let base = dunce::canonicalize(&base).unwrap_or(base);
    Ok(Some(Report { file, base }))
}

/// Returns the error that there are no tests.
fn nothing(given: &[Asked], filter: Option<&str>, kinds: &[Kind], head: Span) -> LabeledError {
    let words: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    let kind = match words.as_slice() {
        [] => String::new(),
        words => format!("{} ", words.join(" or ")),
    };
    let error = match filter {
        Some(filter) => LabeledError::new(format!("no {kind}test has `{filter}` in its name"))
            .with_help("see which there are: extension test | select file test"),
        None => LabeledError::new(format!("there are no {kind}tests")).with_help(
            "write them in tests/unit_tests.nu: commands with @test, after `use std/testing *`",
        ),
    };
    let error = error.with_code(Code::TestNone.as_str());
    if given.is_empty() {
        return error.with_label("nothing to run", head);
    }
    given.iter().fold(error, |error, asked| {
        error.with_label("nothing to run here", asked.span)
    })
}

/// The rows as values, and what comes after them.
struct Results {
    /// None when everything has been told.
    rows: Option<Rows>,
    /// What is needed at the end.
    told: Vec<Row>,
    progress: Progress,
    report: Option<Report>,
    is_strict: bool,
    interrupt: provisioning::nickel::Interrupt,
    /// Ends everything on Ctrl-C for as long as it lives.
    _nickel: Nickel,
    head: Span,
}

impl Iterator for Results {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        let rows = self.rows.as_mut()?;
        if let Some(row) = rows.next() {
            self.progress.step();
            let value = row_value(&row, self.head);
            if self.report.is_some() || (self.is_strict && row.status.is_failure()) {
                self.told.push(row);
            }
            return Some(value);
        }
        // What was broken off says nothing as a whole.
        let is_broken_off = self.interrupt.is_triggered();
        self.rows = None;
        if is_broken_off {
            return None;
        }
        let error = self.write().err().or_else(|| self.failure())?;
        Some(Value::error(error.into(), self.head))
    }
}

impl Results {
    fn write(&self) -> Result<(), LabeledError> {
        let Some(Report { file, base }) = &self.report else {
            return Ok(());
        };
        let text = format!("{}\n", testing::junit(&self.told, base));
        replace_file(&file.item, text.as_bytes()).map_err(|error| {
            LabeledError::new(format!("cannot write `{}`: {error}", file.item.display()))
                .with_code(Code::InputPath.as_str())
                .with_label("this file", file.span)
        })
    }

    /// Returns the error of `--strict`.
    fn failure(&self) -> Option<LabeledError> {
        let failed: Vec<&Row> = self
            .told
            .iter()
            .filter(|row| row.status.is_failure())
            .collect();
        if !self.is_strict || failed.is_empty() {
            return None;
        }
        let message = match failed.len() {
            1 => "1 test has failed".to_owned(),
            count => format!("{count} tests have failed"),
        };
        // More than that nobody reads in an error; the rows say everything.
        const MOST: usize = 20;
        let findings: Vec<Diagnostic> = failed
            .iter()
            .filter_map(|row| {
                let mut finding = row.fault.as_ref()?.finding.clone();
                if let Some(test) = &row.test {
                    finding.message = format!("`{test}`: {}", finding.message);
                }
                Some(finding)
            })
            .take(MOST)
            .collect();
        Some(crate::shell::labeled_all(
            Code::TestFailed,
            message,
            &findings,
            "these tests",
            self.head,
        ))
    }
}

/// Returns what has come of a test as a record.
fn row_value(row: &Row, span: Span) -> Value {
    let error = row.fault.as_ref().map_or(Value::nothing(span), |fault| {
        let place = fault.finding.location();
        Value::record(
            record! {
                "msg" => Value::string(&fault.message, span),
                "code" => Value::string(&fault.code, span),
                "file" => opt_string(fault.finding.file(), span),
                "line" => opt_number(place.map(|place| place.line), span),
                "column" => opt_number(place.map(|place| place.column), span),
                "help" => opt_string(fault.finding.help.clone(), span),
            },
            span,
        )
    });
    let duration = row.duration;
    Value::record(
        record! {
            "extension" => Value::string(&row.extension, span),
            "file" => path_value(&row.file, span),
            "test" => opt_string(row.test.clone(), span),
            "kind" => opt_string(row.kind.map(|kind| kind.to_string()), span),
            "status" => Value::string(row.status.as_str(), span),
            "duration" => duration.map_or(Value::nothing(span), |time| duration_value(time, span)),
            "error" => error,
            "output" => Value::string(&row.output, span),
        },
        span,
    )
}
