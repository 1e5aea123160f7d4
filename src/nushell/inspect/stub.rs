//! Commands that the parser knows and nobody can run.

use std::path::{Path, PathBuf};

use nu_engine::CallExt as _;
use nu_protocol::engine::{Call, Command, CommandType, EngineState, Stack, StateWorkingSet};
use nu_protocol::{
    DeprecationEntry, DeprecationType, PipelineData, Record, ReportMode, ShellError, Signature,
    Span, Type, Value,
};

use crate::nushell::builtins::{Builtin, Deprecation};

/// A command with a signature and without a body.
#[derive(Clone)]
pub(super) struct Stub {
    signature: Signature,
    kind: CommandType,
    is_const: bool,
    deprecations: Vec<Deprecation>,
}

impl Stub {
    pub(super) fn builtin(builtin: Builtin) -> Self {
        Self {
            signature: builtin.signature,
            kind: builtin.kind,
            is_const: builtin.is_const,
            deprecations: builtin.deprecations,
        }
    }

    pub(super) fn plugin(signature: Signature) -> Self {
        Self {
            signature,
            kind: CommandType::Plugin,
            is_const: false,
            deprecations: Vec::new(),
        }
    }
}

impl Command for Stub {
    fn name(&self) -> &str {
        &self.signature.name
    }

    fn signature(&self) -> Signature {
        self.signature.clone()
    }

    fn description(&self) -> &str {
        ""
    }

    fn command_type(&self) -> CommandType {
        self.kind
    }

    fn is_const(&self) -> bool {
        self.is_const
    }

    fn deprecation_info(&self) -> Vec<DeprecationEntry> {
        self.deprecations
            .iter()
            .map(|deprecation| DeprecationEntry {
                ty: match &deprecation.flag {
                    Some(flag) => DeprecationType::Flag(flag.clone()),
                    None => DeprecationType::Command,
                },
                // Each use has to be rewritten.
                report_mode: ReportMode::EveryUse,
                since: deprecation.since.clone(),
                expected_removal: deprecation.removal.clone(),
                help: deprecation.help.clone(),
            })
            .collect()
    }

    fn run(
        &self,
        _engine: &EngineState,
        _stack: &mut Stack,
        call: &Call,
        _input: PipelineData,
    ) -> Result<PipelineData, ShellError> {
        Err(ShellError::NotAConstCommand { span: call.head })
    }

    /// The parser evaluates constants, such as the path after `use`. Those commands that paths are made of do what they
    /// do in Nushell, without a look at the disk; the others give a value of the right type.
    fn run_const(
        &self,
        working_set: &StateWorkingSet,
        call: &Call,
        input: PipelineData,
    ) -> Result<PipelineData, ShellError> {
        let span = call.head;
        let value = match self.name() {
            "path self" => {
                let file = working_set
                    .files
                    .top()
                    .map(Path::to_owned)
                    .unwrap_or_default();
                let path = match call.opt_const::<String>(working_set, 0)? {
                    Some(relative) => file.parent().unwrap_or(&file).join(relative),
                    None => file,
                };
                text(&normal(&path), span)
            }
            "path dirname" => {
                let path = PathBuf::from(input.into_value(span)?.coerce_into_string()?);
                text(path.parent().unwrap_or(Path::new("")), span)
            }
            "path join" => {
                let path = PathBuf::from(input.into_value(span)?.coerce_into_string()?);
                let parts: Vec<String> = call.rest_const(working_set, 0)?;
                text(
                    &parts.into_iter().fold(path, |path, part| path.join(part)),
                    span,
                )
            }
            "path expand" => text(
                &normal(Path::new(&input.into_value(span)?.coerce_into_string()?)),
                span,
            ),
            _ => placeholder(&self.signature, span),
        };
        Ok(PipelineData::value(value, None))
    }
}

fn text(path: &Path, span: Span) -> Value {
    Value::string(path.to_string_lossy(), span)
}

/// Takes `.` and `..` out of a path, without a look at the disk.
pub(super) fn normal(path: &Path) -> PathBuf {
    use std::path::Component;
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal
}

fn placeholder(signature: &Signature, span: Span) -> Value {
    match signature
        .input_output_types
        .first()
        .map(|(_, output)| output)
    {
        Some(Type::String | Type::Any) => Value::string("", span),
        Some(Type::Int | Type::Number) => Value::int(0, span),
        Some(Type::Float) => Value::float(0.0, span),
        Some(Type::Bool) => Value::bool(false, span),
        Some(Type::List(_) | Type::Table(_)) => Value::list(Vec::new(), span),
        Some(Type::Record(_)) => Value::record(Record::new(), span),
        _ => Value::nothing(span),
    }
}
