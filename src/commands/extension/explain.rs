use nu_plugin::{DynamicCompletionCall, EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::engine::ArgType;
use nu_protocol::{
    DynamicSuggestion, Example, IntoPipelineData as _, LabeledError, PipelineData, Signature, Span,
    Spanned, SyntaxShape, Type, Value, record,
};
use provisioning::diagnostic::{Code, Examples, did_you_mean};
use provisioning::validation::rule_of;

use crate::shell::{Provisioning, SignatureExt as _, invalid, opt_string};

/// `extension explain`
pub(super) struct Explain;

impl PluginCommand for Explain {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "extension explain"
    }

    fn signature(&self) -> Signature {
        Signature::of(self.name())
            .optional(
                "code",
                SyntaxShape::String,
                "Code of an error or a finding, such as structure::missing.",
            )
            .input_output_type(
                Type::Nothing,
                Type::one_of([
                    Type::Table(
                        [
                            ("code", Type::String),
                            ("rule", Type::Any),
                            ("summary", Type::String),
                        ]
                        .into(),
                    ),
                    Type::Record(
                        [
                            ("code", Type::String),
                            ("rule", Type::Any),
                            ("summary", Type::String),
                            ("explanation", Type::String),
                            ("wrong", Type::Any),
                            ("right", Type::Any),
                            ("note", Type::Any),
                        ]
                        .into(),
                    ),
                ]),
            )
    }

    fn description(&self) -> &str {
        "Explain the code of an error or a finding, with an example of what is wrong and of what is right."
    }

    fn extra_description(&self) -> &str {
        "Gives {code, rule, summary, explanation, wrong, right, note}; without a code, a table {code, rule, summary} of all \
         codes. `rule` is the rule of `extension validate` that reports it, if one does. The examples are files and command \
         lines to try in a directory with a taskserv `app` that has everything it needs. `note` says why there is no \
         example, for the few codes that have none."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["error", "code", "help", "why", "diagnostics"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![
            Example {
                description: "What does a code mean?",
                example: "extension explain structure::missing | select rule summary",
                result: Some(Value::test_record(record! {
                    "rule" => Value::test_string("structure"),
                    "summary" => Value::test_string(Code::StructureMissing.summary()),
                })),
            },
            Example {
                description: "How is it done right?",
                example: "extension explain nickel::merge | get right | lines | first 2",
                result: Some(Value::test_list(vec![
                    Value::test_string("# example.ncl"),
                    Value::test_string("{ port | default = 80 } & { port = 8080 }"),
                ])),
            },
            Example {
                description: "Explain everything that was found in an extension",
                example: "extension validate extensions/taskservs/legacy-etcd | get warnings.code | each {|code| extension explain $code } | get code",
                result: Some(Value::test_list(vec![
                    Value::test_string("structure::legacy-kcl"),
                    Value::test_string("version::not-checked"),
                ])),
            },
        ]
    }

    fn run(
        &self,
        _plugin: &Provisioning,
        _engine: &EngineInterface,
        call: &EvaluatedCall,
        _input: PipelineData,
    ) -> Result<PipelineData, LabeledError> {
        let Some(given) = call.opt::<Spanned<String>>(0)? else {
            let rows = Code::ALL.iter().map(|code| row(*code, call.head)).collect();
            return Ok(Value::list(rows, call.head).into_pipeline_data());
        };
        let code = Code::from_text(given.item.trim()).ok_or_else(|| unknown(&given))?;
        Ok(explained(code, call.head).into_pipeline_data())
    }

    #[expect(deprecated, reason = "the hook is experimental in Nushell 0.115")]
    fn get_dynamic_completion(
        &self,
        _plugin: &Provisioning,
        _engine: &EngineInterface,
        _call: DynamicCompletionCall,
        argument: ArgType,
        _experimental: nu_protocol::engine::ExperimentalMarker,
    ) -> Option<Vec<DynamicSuggestion>> {
        let ArgType::Positional(0) = argument else {
            return None;
        };
        let suggestions = Code::ALL
            .iter()
            .map(|code| DynamicSuggestion {
                value: code.as_str().to_owned(),
                description: Some(code.summary().to_owned()),
                ..DynamicSuggestion::default()
            })
            .collect();
        Some(suggestions)
    }
}

fn unknown(given: &Spanned<String>) -> LabeledError {
    let codes = || Code::ALL.iter().map(|code| code.as_str());
    // Of a code one remembers one half: the area, or the name behind it.
    let area: Vec<&str> = codes()
        .filter(|code| code.split("::").any(|part| part == given.item))
        .collect();
    let help = if area.is_empty() {
        did_you_mean(&given.item, codes())
            .unwrap_or_else(|| "list all codes with: extension explain".to_owned())
    } else {
        format!("codes of that name: {}", area.join(", "))
    };
    invalid(
        format!("there is no code `{}`", given.item),
        "not a code",
        given.span,
    )
    .with_help(help)
}

fn row(code: Code, span: Span) -> Value {
    Value::record(
        record! {
            "code" => Value::string(code.as_str(), span),
            "rule" => opt_string(rule_of(code).map(str::to_owned), span),
            "summary" => Value::string(code.summary(), span),
        },
        span,
    )
}

fn explained(code: Code, span: Span) -> Value {
    let text = |text: Option<String>| {
        text.map_or_else(|| Value::nothing(span), |text| Value::string(text, span))
    };
    let explanation = code.explanation();
    let (wrong, right, note) = match explanation.map(|it| &it.examples) {
        Some(Examples::Shown { wrong, right }) => {
            (Some(wrong.to_string()), Some(right.to_string()), None)
        }
        Some(Examples::NotShown(why)) => (None, None, Some(format!("there is no example: {why}"))),
        None => (None, None, None),
    };
    Value::record(
        record! {
            "code" => Value::string(code.as_str(), span),
            "rule" => opt_string(rule_of(code).map(str::to_owned), span),
            "summary" => Value::string(code.summary(), span),
            "explanation" => text(explanation.map(|it| it.text.to_owned())),
            "wrong" => text(wrong),
            "right" => text(right),
            "note" => text(note),
        },
        span,
    )
}
