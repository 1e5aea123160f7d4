use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, IntoPipelineData as _, LabeledError, PipelineData, Signature, Spanned, SyntaxShape,
    Type, Value,
};
use provisioning::diagnostic::{Code, Diagnostic};
use provisioning::nickel::{NickelError, Program};
use rayon::prelude::*;

use crate::shell::{
    Context, Nickel, Provisioning, SignatureExt as _, finding_value, invalid, labeled_all,
};

/// `nickel typecheck`
pub(super) struct Typecheck;

impl PluginCommand for Typecheck {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "nickel typecheck"
    }

    fn signature(&self) -> Signature {
        Signature::of(self.name())
            .rest(
                "file",
                SyntaxShape::Filepath,
                "Nickel files; without one, the paths of the pipeline.",
            )
            .switch(
                "strict",
                "Raise an error when there is a finding, instead of returning it.",
                Some('s'),
            )
            .nickel_flags()
            .input_output_types(vec![
                (Type::Nothing, Type::table()),
                (Type::String, Type::table()),
                (Type::List(Box::new(Type::String)), Type::table()),
                (Type::table(), Type::table()),
                (Type::Any, Type::table()),
            ])
    }

    fn description(&self) -> &str {
        "Check syntax and static types of Nickel files and of what they import, and list every error."
    }

    fn extra_description(&self) -> &str {
        "Returns a table {code, message, file, line, column, help}, empty when all is well. Nothing is evaluated. Of each \
         statically typed part, the first error is listed; a name that is not defined ends the check of its file."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["ncl", "types", "syntax", "lint"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![
            Example {
                description: "Check every schema of an extension",
                example: "nickel typecheck ...(glob extensions/providers/local/schemas/*.ncl) | length",
                result: Some(Value::test_int(0)),
            },
            Example {
                description: "See what is wrong",
                example: "'{ a : Number = true, b = 1, c : String = 2 }' | save -f /tmp/wrong.ncl; nickel typecheck /tmp/wrong.ncl | get column",
                result: Some(Value::test_list(vec![
                    Value::test_int(16),
                    Value::test_int(42),
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
        let files: Vec<Spanned<String>> = call.rest(0)?;
        let files = context.paths(files, input)?;
        if files.is_empty() {
            return Err(invalid(
                "there is nothing to check",
                "name a file, or pipe paths in",
                call.head,
            ));
        }
        let nickel = Nickel::new(&context)?;
        let evaluator = nickel.evaluator();
        let programs: Vec<Program> = files
            .iter()
            .map(|file| nickel.with_imports(Program::file(&file.item)))
            .collect();
        let results: Vec<Result<Vec<Diagnostic>, NickelError>> = programs
            .par_iter()
            .map(|program| evaluator.typecheck(program))
            .collect();
        let mut findings: Vec<Diagnostic> = Vec::new();
        for (result, file) in results.into_iter().zip(&files) {
            let found = match result {
                Ok(found) => found,
                // A file that cannot be read is a finding like others.
                Err(NickelError::Faults(found)) => found,
                Err(error) => return Err(nickel.error(&error, "this file", file.span)),
            };
            for finding in found {
                if !findings.iter().any(|known| is_same(known, &finding)) {
                    findings.push(finding);
                }
            }
        }
        if call.has_flag("strict")? && !findings.is_empty() {
            return Err(labeled_all(
                Code::ValidationFailed,
                format!("{} found", in_words(findings.len())),
                &findings,
                "checks these files",
                call.head,
            ));
        }
        let rows = findings
            .iter()
            .map(|finding| finding_value(finding, call.head))
            .collect();
        Ok(Value::list(rows, call.head).into_pipeline_data())
    }
}

fn in_words(count: usize) -> String {
    match count {
        1 => "1 error was".to_owned(),
        count => format!("{count} errors were"),
    }
}

/// Two files may import the same third one.
fn is_same(one: &Diagnostic, other: &Diagnostic) -> bool {
    one.code == other.code
        && one.message == other.message
        && one.file() == other.file()
        && one.location() == other.location()
}
