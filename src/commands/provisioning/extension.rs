//! `provisioning extension`: the names by which the source documents know publishing (CLI-01, CLI-03).

use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{Example, LabeledError, PipelineData, Signature, Value};

use crate::commands::Command;
use crate::commands::extension::{Build, New, Publish, Test, Validate, Verify};
use crate::commands::parent::Parent;
use crate::shell::Provisioning;

pub(super) fn commands() -> Vec<Command> {
    vec![
        Box::new(Parent {
            name: "provisioning extension",
            description: "Make, validate, test, build and publish extensions, as the source documents name it.",
            search_terms: &[
                "author", "new", "package", "publish", "validate", "test", "build",
            ],
        }),
        Box::new(Respelled {
            name: "provisioning extension new",
            description: "Make a new extension: `extension new`, beside the other names in the source documents.",
            example: (
                "provisioning extension new provider hetzner --path ~/providers --check | get name",
                || Value::test_string("hetzner"),
            ),
            command: New,
        }),
        Box::new(Respelled {
            name: "provisioning extension validate",
            description: "Check extensions: `extension validate` by its name in the source documents.",
            example: (
                "provisioning extension validate extensions/taskservs/containerd | get valid",
                || Value::test_bool(true),
            ),
            command: Validate,
        }),
        Box::new(Test {
            name: "provisioning extension test",
        }),
        Box::new(Respelled {
            name: "provisioning extension build",
            description: "Build a package: `extension build` by its name in the source documents.",
            example: (
                "provisioning extension build extensions/taskservs/containerd --check | get path | path basename",
                || Value::test_string("containerd-1.7.0.tar.gz"),
            ),
            command: Build,
        }),
        Box::new(Respelled {
            name: "provisioning extension publish",
            description: "Publish a package: `extension publish` by its name in the source documents.",
            example: (
                "let d = mktemp --directory; $env.config.plugins.provisioning = {remotes: {local: $'file://($d)'}}; provisioning extension build extensions/taskservs/containerd --out $d | provisioning extension publish $in.path | get status",
                || Value::test_string("published"),
            ),
            command: Publish,
        }),
        Box::new(Respelled {
            name: "provisioning extension verify",
            description: "Read a package: `extension verify`, beside the other names in the source documents.",
            example: (
                "provisioning extension build extensions/taskservs/containerd --out (mktemp --directory) | provisioning extension verify $in.path | get version",
                || Value::test_string("1.7.0"),
            ),
            command: Verify,
        }),
    ]
}

/// A command by another name.
struct Respelled<C> {
    name: &'static str,
    description: &'static str,
    /// A line, and what it gives.
    example: (&'static str, fn() -> Value),
    command: C,
}

impl<C: PluginCommand<Plugin = Provisioning>> PluginCommand for Respelled<C> {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> Signature {
        Signature {
            name: self.name.to_owned(),
            ..self.command.signature()
        }
    }

    fn description(&self) -> &str {
        self.description
    }

    fn extra_description(&self) -> &str {
        self.command.extra_description()
    }

    fn search_terms(&self) -> Vec<&str> {
        self.command.search_terms()
    }

    fn examples(&self) -> Vec<Example<'_>> {
        let (line, result) = self.example;
        vec![Example {
            description: "By its name in the source documents",
            example: line,
            result: Some(result()),
        }]
    }

    fn run(
        &self,
        plugin: &Provisioning,
        engine: &EngineInterface,
        call: &EvaluatedCall,
        input: PipelineData,
    ) -> Result<PipelineData, LabeledError> {
        self.command.run(plugin, engine, call, input)
    }
}
