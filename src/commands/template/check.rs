use std::collections::HashMap;
use std::path::PathBuf;

use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, IntoInterruptiblePipelineData as _, IntoPipelineData as _, LabeledError, PipelineData,
    ShellError, Signature, Span, Spanned, SyntaxShape, Type, Value, record,
};
use provisioning::diagnostic::{Code, Diagnostic};
use provisioning::template::{Checked, Checker, Root, Templates};
use provisioning::validation::masked_template;

use crate::shell::{
    Context, Provisioning, SignatureExt as _, finding_value, invalid, labeled_all, path_value,
};

/// `template check`
pub(super) struct Check;

impl PluginCommand for Check {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "template check"
    }

    fn signature(&self) -> Signature {
        Signature::of(self.name())
            .rest(
                "path",
                SyntaxShape::Filepath,
                "Templates, or directories with templates in them; the paths of the pipeline, or the current directory.",
            )
            .switch(
                "strict",
                "Raise an error when something is wrong, instead of returning it.",
                Some('s'),
            )
            .input_output_types(vec![
                (Type::Nothing, Type::table()),
                (Type::String, Type::table()),
                (Type::List(Box::new(Type::String)), Type::table()),
                (Type::table(), Type::table()),
                (Type::Any, Type::table()),
            ])
    }

    fn description(&self) -> &str {
        "Check templates without rendering them, and list the variables that they use."
    }

    fn extra_description(&self) -> &str {
        "Returns a row {file, valid, errors, variables, includes} for each template, as it is checked. Errors are listed all at \
         once: what is not Jinja's language, blocks without an end, filters, tests, functions and methods that there are \
         not, templates that are included and not there, circles. Variables are those that have to be in the data, with \
         dots for their fields. In directories, files that end in .j2, .jinja or .jinja2 are templates."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["jinja", "j2", "lint", "variables"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![
            Example {
                description: "What a template wants to know",
                example: "template check extensions/taskservs/containerd/templates/config.j2 | get 0.variables",
                result: Some(Value::test_list(
                    ["log_level", "root", "socket", "state_dir"]
                        .map(Value::test_string)
                        .to_vec(),
                )),
            },
            Example {
                description: "Whether all templates of an extension are right",
                example: "template check extensions/taskservs/containerd | all {|template| $template.valid }",
                result: Some(Value::test_bool(true)),
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
        let given: Vec<Spanned<String>> = call.rest(0)?;
        let is_piped = !matches!(
            input,
            PipelineData::Empty | PipelineData::Value(Value::Nothing { .. }, _)
        );
        let mut paths = context.paths(given, input)?;
        if paths.is_empty() && !is_piped {
            paths.push(Spanned {
                item: PathBuf::from(context.directory()?),
                span: call.head,
            });
        }
        for path in &paths {
            if !path.item.exists() {
                return Err(invalid(
                    format!("`{}` does not exist", path.item.display()),
                    "neither a template nor a directory",
                    path.span,
                )
                .with_code(Code::InputPath.as_str()));
            }
        }
        let signals = engine.signals().clone();
        let ended = signals.clone();
        let mut checkers = Checkers::default();
        let rows = paths
            .into_iter()
            .flat_map(files)
            .take_while(move |_| !ended.interrupted())
            .map(move |file| checkers.check(file));
        let head = call.head;
        if call.has_flag("strict")? {
            let rows: Vec<Row> = rows.collect();
            let findings: Vec<&Diagnostic> =
                rows.iter().flat_map(|row| &row.checked.findings).collect();
            if !findings.is_empty() {
                let message = match findings.len() {
                    1 => "1 error was found".to_owned(),
                    count => format!("{count} errors were found"),
                };
                return Err(labeled_all(
                    Code::ValidationFailed,
                    message,
                    findings,
                    "checks these templates",
                    head,
                ));
            }
            let rows = rows.iter().map(|row| row.value(head)).collect();
            return Ok(Value::list(rows, head).into_pipeline_data());
        }
        if signals.interrupted() {
            return Err(ShellError::Interrupted { span: head }.into());
        }
        Ok(rows
            .map(move |row| row.value(head))
            .into_pipeline_data(head, signals))
    }
}

/// Returns the templates that a path means.
fn files(path: Spanned<PathBuf>) -> Box<dyn Iterator<Item = PathBuf> + Send> {
    match path.item.is_dir() {
        true => Box::new(Templates::below(&path.item)),
        false => Box::new(std::iter::once(path.item)),
    }
}

/// A template that was checked.
struct Row {
    file: PathBuf,
    checked: Checked,
}

impl Row {
    fn value(&self, span: Span) -> Value {
        let texts = |texts: &[String]| {
            Value::list(
                texts.iter().map(|text| Value::string(text, span)).collect(),
                span,
            )
        };
        let errors = &self.checked.findings;
        Value::record(
            record! {
                "file" => path_value(&self.file, span),
                "valid" => Value::bool(errors.is_empty(), span),
                "errors" => Value::list(errors.iter().map(|it| finding_value(it, span)).collect(), span),
                "variables" => texts(&self.checked.variables),
                "includes" => texts(&self.checked.includes),
            },
            span,
        )
    }
}

/// A checker for each directory of templates.
#[derive(Default)]
struct Checkers(HashMap<PathBuf, Checker>);

impl Checkers {
    fn check(&mut self, file: PathBuf) -> Row {
        let checked = match Root::of(&file, masked_template) {
            Ok((root, name)) => self
                .0
                .entry(root.path(""))
                .or_insert_with(|| Checker::new(root))
                .check(&name),
            Err(error) => Checked {
                findings: vec![
                    Diagnostic::error(Code::TemplateUnreadable, error.to_string()).with_file(&file),
                ],
                variables: Vec::new(),
                includes: Vec::new(),
            },
        };
        Row { file, checked }
    }
}
