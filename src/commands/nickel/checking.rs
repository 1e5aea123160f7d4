//! What `nickel validate` and `nickel apply` have in common: a schema, a contract in it, and data from the pipeline.

use nu_protocol::{
    LabeledError, PipelineData, Signals, Signature, Span, Spanned, SyntaxShape, Type, Value,
};
use provisioning::nickel::{Checks, Evaluator, NickelError, Program};
use serde_json::Value as Data;

use crate::shell::{Context, Nickel, SignatureExt as _, Verdict, to_data};

/// A contract that data are held against.
pub(super) struct Checking {
    nickel: Nickel,
    schema: Spanned<Program>,
    contract: Vec<String>,
    /// Whether a list is one value and not rows.
    is_whole: bool,
}

/// Values and what has become of them.
pub(super) enum Verdicts {
    /// Of one value.
    One(Box<Verdict>),
    /// Of each row, as they come.
    Rows(Box<Rows>),
}

impl Checking {
    /// Returns the signature of a command that holds data against a contract.
    pub(super) fn signature(name: &str) -> Signature {
        Signature::of(name)
            .required(
                "schema",
                SyntaxShape::Filepath,
                "Nickel file with the contract.",
            )
            .named(
                "contract",
                SyntaxShape::String,
                "Field of the contract, such as ServerConfig; without it, the file as a whole is the contract.",
                Some('c'),
            )
            .switch("whole", "Take a list as one value, not as rows.", Some('w'))
            .nickel_flags()
            .input_output_type(Type::Any, Type::Any)
    }

    /// Reads the schema, `--contract` and `--whole`.
    pub(super) fn of(context: &Context<'_>) -> Result<Self, LabeledError> {
        let nickel = Nickel::new(context)?;
        let schema: Spanned<String> = context.call.req(0)?;
        let path = context.path(&schema)?;
        let program = nickel.with_imports(Program::file(path.item));
        Ok(Self {
            schema: Spanned {
                item: program,
                span: schema.span,
            },
            contract: context
                .field_flag("contract")?
                .map(|contract| contract.item)
                .unwrap_or_default(),
            is_whole: context.call.has_flag("whole")?,
            nickel,
        })
    }

    /// Holds the input against the contract.
    pub(super) fn check(
        self,
        context: &Context<'_>,
        input: PipelineData,
    ) -> Result<Verdicts, LabeledError> {
        let head = context.head();
        let is_rows = matches!(
            &input,
            PipelineData::ListStream(..) | PipelineData::Value(Value::List { .. }, _)
        );
        if is_rows && !self.is_whole {
            let signals = context.engine.signals().clone();
            let rows = Rows::new(self, input, signals, head);
            return Ok(Verdicts::Rows(Box::new(rows)));
        }
        let given = input.into_value(head)?;
        let data = to_data(&given, head)?;
        let checked = self
            .nickel
            .evaluator()
            .check(&self.schema.item, &self.contract, vec![data]);
        let checked = self
            .nickel
            .explained(checked, "this schema", self.schema.span)?
            .into_iter()
            .next()
            .ok_or_else(|| LabeledError::new("the value was not checked"))?;
        Ok(Verdicts::One(Box::new(Verdict { given, checked })))
    }
}

/// A row of the input, with what keeps it from being data.
type Given = (Value, Option<LabeledError>);

/// Rows that are checked as they come.
pub(super) struct Rows {
    checks: Checks<Box<dyn Iterator<Item = (Given, Data)> + Send>, Given>,
    nickel: Nickel,
    span: Span,
    is_over: bool,
}

impl Rows {
    fn new(checking: Checking, input: PipelineData, signals: Signals, head: Span) -> Self {
        let evaluator: Evaluator = checking.nickel.evaluator().clone();
        let rows = input
            .into_iter()
            .take_while(move |_| !signals.interrupted())
            .map(move |value| match to_data(&value, head) {
                Ok(data) => ((value, None), data),
                Err(error) => ((value, Some(error)), Data::Null),
            });
        Self {
            checks: Checks::new(
                evaluator,
                checking.schema.item,
                checking.contract,
                Box::new(rows),
            ),
            nickel: checking.nickel,
            span: checking.schema.span,
            is_over: false,
        }
    }
}

impl Iterator for Rows {
    type Item = Result<Verdict, LabeledError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let next = self.checks.next()?;
        Some(match next {
            Ok(((_, Some(error)), _)) => Err(error),
            Ok(((given, None), checked)) => Ok(Verdict { given, checked }),
            Err(error) => {
                // What is wrong with the schema is wrong for every row.
                self.is_over = true;
                Err(self.error(&error))
            }
        })
    }
}

impl Rows {
    fn error(&self, error: &NickelError) -> LabeledError {
        self.nickel.error(error, "this schema", self.span)
    }
}
