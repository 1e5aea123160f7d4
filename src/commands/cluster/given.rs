//! The components of a command, with what their taskservs need when that is asked for.

use std::collections::HashSet;

use nu_protocol::{LabeledError, PipelineData, Signature, Span, SyntaxShape, Value, record};
use provisioning::extension::ExtensionType;
use provisioning::graph::{Component, Fault, Need, Offer, Request, Taskservs, leave_open, resolve};
use provisioning::metadata::VersionRequest;
use provisioning::resolver::{
    Candidate, Preference, Request as Asked, ResolveError, Source as _, exactly, unfit,
};
use semver::VersionReq;

use super::components::{self, Place};
use super::{faults, input};
use crate::commands::choice::Choice;
use crate::shell::{Context, SignatureExt as _, offers};

/// Components, and what is known to be wrong with them before they are ordered.
pub(super) struct Given {
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

impl Given {
    /// Reads the components of a call.
    pub(super) fn read(
        context: &Context<'_>,
        input: PipelineData,
        command: &str,
    ) -> Result<Self, LabeledError> {
        let all = context.call.has_flag("all")?;
        let is_completed = context.call.has_flag("with-extensions")?;
        let is_checked = context.call.has_flag("check-extensions")?;
        let input::Input { rows, at, .. } = input::read(context, input, command, 0)?;
        let read = components::read(&rows, at)?;
        context.engine.signals().check(&context.head())?;
        let mut given = Self {
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
            if is_completed {
                given.complete(context, &read.taskservs)?;
            } else {
                given.check(context, &read.taskservs)?;
            }
        }
        Ok(given)
    }

    /// Looks for the taskservs of the components.
    fn check(&mut self, context: &Context<'_>, taskservs: &[Request]) -> Result<(), LabeledError> {
        let mut there = Taskservs::among(offers(context)?);
        let choice = Choice::new(context, &[])?;
        let mut names = HashSet::new();
        for taskserv in taskservs {
            let component = &self.components[taskserv.row];
            let takes_part = self.all || component.enabled;
            if !takes_part || !names.insert(component.name.as_str()) {
                continue;
            }
            let named = choice.catalog.named(&component.name);
            let named = named.map_err(|error| choice.unresolved(&error.into(), self.at))?;
            for candidate in named {
                let extension = &candidate.extension;
                if extension.kind == ExtensionType::Taskserv
                    && let Some(wrong) = unfit(&candidate, &choice.host)
                {
                    there.does_not_work(&extension.name, &extension.version, &wrong.to_string());
                }
            }
        }
        self.faults = there.check(&self.components, taskservs, self.all);
        leave_open(&mut self.components, taskservs);
        Ok(())
    }

    /// Adds what the taskservs of the components need, in versions that fit together.
    fn complete(
        &mut self,
        context: &Context<'_>,
        taskservs: &[Request],
    ) -> Result<(), LabeledError> {
        let choice = Choice::new(context, &[])?;
        let requests = requests(&self.components, taskservs, self.all);
        let chosen = match choice.of(&requests, &Preference::default()) {
            Ok(chosen) => Ok(Taskservs::among(
                chosen.iter().map(|one| offer(&one.candidate)),
            )),
            Err(error @ ResolveError::Conflict(_)) => {
                // Without a choice, each component is told what is wrong with it.
                let all = offers(context)?;
                Err((Taskservs::among(all), choice.unresolved(&error, self.at)))
            }
            Err(error) => return Err(choice.unresolved(&error, self.at)),
        };
        let all = match &chosen {
            Ok(all) | Err((all, _)) => all,
        };
        let done = all.complete(&self.components, taskservs, self.all);
        if let Err((_, error)) = chosen
            && done.faults.is_empty()
            && resolve(&done.components, self.all).is_ok()
        {
            // What is wrong is not with the components, but with this platform, say.
            return Err(error);
        }
        self.components = done.components;
        self.faults = done.faults;
        for (component, root) in self.components[self.given..].iter().zip(done.asked_by) {
            self.rows.push(implied(component, context.head()));
            self.places.push(Place {
                needs: Vec::new(),
                version: None,
                ..self.places[root].clone()
            });
        }
        Ok(())
    }

    /// Returns the error for faults.
    pub(super) fn error(&self, faults: &[Fault]) -> LabeledError {
        faults::error(faults, &self.places, self.at)
    }
}

/// What is asked for when components are deployed: their taskservs in the versions that they and others give. A version that
/// cannot be read asks for nothing here; it is told with its component.
fn requests(components: &[Component], taskservs: &[Request], all: bool) -> Vec<Asked> {
    let ask = |name: &str, constraint: VersionReq| Asked {
        name: name.to_owned(),
        kind: Some(ExtensionType::Taskserv),
        constraint,
    };
    let mut requests = Vec::new();
    let mut names = HashSet::new();
    for taskserv in taskservs {
        let component = &components[taskserv.row];
        if !all && !component.enabled {
            continue;
        }
        let version = taskserv.version.as_deref().map(VersionRequest::read);
        let constraint = match version {
            Some(Ok(VersionRequest::Exact(version))) => exactly(&version),
            Some(Ok(VersionRequest::Range(range))) => range,
            Some(Ok(VersionRequest::Latest) | Err(_)) | None => VersionReq::STAR,
        };
        names.insert(component.name.as_str());
        requests.push(ask(&component.name, constraint));
    }
    let needs = components
        .iter()
        .filter(|component| all || component.enabled)
        .flat_map(|component| &component.needs);
    for need in needs {
        if let Some(constraint) = &need.constraint
            && names.contains(need.name.as_str())
        {
            requests.push(ask(&need.name, constraint.clone()));
        }
    }
    requests
}

fn offer(candidate: &Candidate) -> Offer {
    let extension = &candidate.extension;
    Offer {
        kind: extension.kind,
        name: extension.name.clone(),
        version: extension.version.clone(),
        dependencies: candidate.dependencies.clone(),
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
    let version = component.version.exact().map(ToString::to_string);
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
