//! What `nickel validate` and `nickel apply` have in common: a schema, a contract in it, and data from the pipeline.

use nu_protocol::{
    IntoSpanned as _, LabeledError, PipelineData, Signature, Span, Spanned, SyntaxShape, Type,
    Value,
};
use provisioning::nickel::{Checks, NickelError, Program};
use serde_json::Value as Data;

use crate::shell::{Context, Nickel, NickelFlags, SignatureExt as _, Verdict, invalid, to_data};

/// A contract that data are held against.
pub(super) struct Checking {
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
        let schema: Spanned<String> = context.call.req(0)?;
        let path = context.path(&schema)?;
        Ok(Self {
            schema: Program::file(path.item).into_spanned(schema.span),
            contract: context
                .field_flag("contract")?
                .map(|contract| contract.item)
                .unwrap_or_default(),
            is_whole: context.call.has_flag("whole")?,
        })
    }

    /// Holds the input against the contract.
    pub(super) fn check(
        self,
        context: &Context<'_>,
        input: PipelineData,
    ) -> Result<Verdicts, LabeledError> {
        let is_rows = matches!(
            &input,
            PipelineData::ListStream(..)
                | PipelineData::Value(Value::List { .. } | Value::Range { .. }, _)
        );
        if let PipelineData::Empty = input {
            return Err(invalid(
                "there is nothing to check",
                "pipe a value in",
                context.head(),
            ));
        }
        if is_rows && !self.is_whole {
            let rows = Rows::new(self, context, input)?;
            return Ok(Verdicts::Rows(Box::new(rows)));
        }
        let flags = NickelFlags::of(context)?;
        let given = input.into_value(context.head())?;
        let data = to_data(&given, context.head())?;
        let nickel = Nickel::with_flags(context, flags)?;
        let schema = nickel.with_imports(self.schema.item);
        let checked = nickel
            .evaluator()
            .check(&schema, &self.contract, vec![data]);
        let checked = nickel
            .explained(checked, "this schema", self.schema.span)?
            .into_iter()
            .next()
            .ok_or_else(|| LabeledError::new("the value was not checked"))?;
        Ok(Verdicts::One(Box::new(Verdict {
            row: None,
            given,
            checked,
        })))
    }
}

/// A row of the input, with what keeps it from being data.
type Given = (Value, Option<LabeledError>);

/// Rows that are checked as they come.
pub(super) struct Rows {
    checks: Checks<Box<dyn Iterator<Item = (Given, Data)> + Send>, Given>,
    nickel: Nickel,
    span: Span,
    /// The number of the next row, from 0.
    row: usize,
    is_over: bool,
}

impl Rows {
    fn new(
        checking: Checking,
        context: &Context<'_>,
        input: PipelineData,
    ) -> Result<Self, LabeledError> {
        let nickel = Nickel::new(context)?;
        let head = context.head();
        let signals = context.engine.signals().clone();
        let rows = input
            .into_iter()
            .take_while(move |_| !signals.interrupted())
            .map(move |value| match to_data(&value, head) {
                Ok(data) => ((value, None), data),
                Err(error) => ((value, Some(error)), Data::Null),
            });
        Ok(Self {
            checks: Checks::new(
                nickel.evaluator().clone(),
                nickel.with_imports(checking.schema.item),
                checking.contract,
                Box::new(rows),
            ),
            nickel,
            span: checking.schema.span,
            row: 0,
            is_over: false,
        })
    }
}

impl Iterator for Rows {
    type Item = Result<Verdict, LabeledError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let next = self.checks.next()?;
        let row = self.row;
        self.row += 1;
        Some(match next {
            Ok(((_, Some(error)), _)) => Err(error),
            Ok(((given, None), checked)) => Ok(Verdict {
                row: Some(row),
                given,
                checked,
            }),
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
