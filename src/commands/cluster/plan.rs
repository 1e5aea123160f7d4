//! The components of a command, with what their taskservs need when that is asked for.

use nu_protocol::{LabeledError, PipelineData, Signature, Span, SyntaxShape, Value, record};
use provisioning::extension::ExtensionType;
use provisioning::graph::{Component, Fault, Need, Taskservs};

use super::components::{self, Place};
use super::{faults, input};
use crate::shell::{Context, SignatureExt as _, offers};

/// Components, and what is known to be wrong with them before they are ordered.
pub(super) struct Plan {
    /// The rows: those of the input, and after them those that were added.
    pub(super) rows: Vec<Value>,
    /// The components, one for each row.
    pub(super) components: Vec<Component>,
    /// How many of them are of the input.
    pub(super) given: usize,
    /// What is wrong with their taskservs.
    pub(super) faults: Vec<Fault>,
    /// Whether disabled components take part.
    pub(super) all: bool,
    /// Whether taskservs were added.
    pub(super) is_completed: bool,
    places: Vec<Place>,
    at: Span,
}

/// The argument and the flags that say what the components are.
pub(super) fn flags(signature: Signature) -> Signature {
    signature
        .optional(
            "file",
            SyntaxShape::Filepath,
            "File with the components (.ncl, .json, .yaml, .toml), or the name of a registered cluster.",
        )
        .field_flag("Field that holds the cluster or the components, such as buildkit_cluster.")
        .switch(
            "all",
            "Keep disabled components and treat them as enabled.",
            Some('a'),
        )
        .switch(
            "check-extensions",
            "Components of the type taskserv have to be registered or found, in a version that fits.",
            Some('c'),
        )
        .switch(
            "with-extensions",
            "Check them, and add the taskservs that they need in turn, as rows with `implied: true`.",
            Some('w'),
        )
}

impl Plan {
    /// Reads the components of a call.
    pub(super) fn read(
        context: &Context<'_>,
        input: PipelineData,
        command: &str,
    ) -> Result<Self, LabeledError> {
        let all = context.call.has_flag("all")?;
        let is_completed = context.call.has_flag("with-extensions")?;
        let is_checked = context.call.has_flag("check-extensions")?;
        let (rows, at) = input::read(context, input, command)?;
        let read = components::read(&rows, at)?;
        context.engine.signals().check(&context.head())?;
        let mut plan = Self {
            given: rows.len(),
            rows,
            components: read.components,
            faults: Vec::new(),
            all,
            is_completed,
            places: read.places,
            at,
        };
        if !read.taskservs.is_empty() && (is_completed || is_checked) {
            let taskservs = Taskservs::among(offers(context)?);
            if is_completed {
                let done = taskservs.complete(&plan.components, &read.taskservs, all);
                plan.components = done.components;
                plan.faults = done.faults;
                for (component, root) in plan.components[plan.given..].iter().zip(done.asked_by) {
                    plan.rows.push(implied(component, context.head()));
                    plan.places.push(Place {
                        needs: Vec::new(),
                        version: None,
                        ..plan.places[root].clone()
                    });
                }
            } else {
                plan.faults = taskservs.check(&plan.components, &read.taskservs, all);
            }
        }
        Ok(plan)
    }

    /// Returns the error for faults.
    pub(super) fn error(&self, faults: &[Fault]) -> LabeledError {
        faults::error(faults, &self.places, self.at)
    }
}

/// A taskserv that was added, as a row.
fn implied(component: &Component, head: Span) -> Value {
    let need = |need: &Need| match &need.constraint {
        None => Value::string(&need.name, head),
        Some(constraint) => Value::record(
            record! {
                "name" => Value::string(&need.name, head),
                "version" => Value::string(constraint.to_string(), head),
            },
            head,
        ),
    };
    let version = component.version.as_ref().map(ToString::to_string);
    Value::record(
        record! {
            "name" => Value::string(&component.name, head),
            "type" => Value::string(ExtensionType::Taskserv.as_str(), head),
            "version" => Value::string(version.unwrap_or_default(), head),
            "dependencies" => Value::list(component.needs.iter().map(need).collect(), head),
        },
        head,
    )
}
