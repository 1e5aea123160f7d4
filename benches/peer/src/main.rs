//! The peer of the benchmarks: the least that a plugin can do.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use nu_plugin::{
    EngineInterface, EvaluatedCall, MsgPackSerializer, Plugin, PluginCommand, serve_plugin,
};
use nu_protocol::{
    IntoPipelineData as _, LabeledError, PipelineData, Signature, SyntaxShape, Type, Value,
};

struct Peer;

impl Plugin for Peer {
    fn version(&self) -> String {
        env!("CARGO_PKG_VERSION").to_owned()
    }

    fn commands(&self) -> Vec<Box<dyn PluginCommand<Plugin = Self>>> {
        vec![
            Box::new(Nothing),
            Box::new(Ask),
            Box::new(Pass),
            Box::new(Read),
            Box::new(Give),
        ]
    }
}

/// `peer nothing`: a call that does nothing.
struct Nothing;

impl PluginCommand for Nothing {
    type Plugin = Peer;

    fn name(&self) -> &str {
        "peer nothing"
    }

    fn signature(&self) -> Signature {
        Signature::build(self.name()).input_output_type(Type::Nothing, Type::Nothing)
    }

    fn description(&self) -> &str {
        "Do nothing."
    }

    fn run(
        &self,
        _plugin: &Peer,
        _engine: &EngineInterface,
        _call: &EvaluatedCall,
        _input: PipelineData,
    ) -> Result<PipelineData, LabeledError> {
        Ok(PipelineData::empty())
    }
}

/// `peer ask`: a call that asks the shell where it is, as each one that is given a relative path has to.
struct Ask;

impl PluginCommand for Ask {
    type Plugin = Peer;

    fn name(&self) -> &str {
        "peer ask"
    }

    fn signature(&self) -> Signature {
        Signature::build(self.name()).input_output_type(Type::Nothing, Type::Nothing)
    }

    fn description(&self) -> &str {
        "Ask for the current directory, and do nothing with it."
    }

    fn run(
        &self,
        _plugin: &Peer,
        engine: &EngineInterface,
        _call: &EvaluatedCall,
        _input: PipelineData,
    ) -> Result<PipelineData, LabeledError> {
        engine.get_current_dir()?;
        Ok(PipelineData::empty())
    }
}

/// `peer pass`: the input as one value, unchanged.
struct Pass;

impl PluginCommand for Pass {
    type Plugin = Peer;

    fn name(&self) -> &str {
        "peer pass"
    }

    fn signature(&self) -> Signature {
        Signature::build(self.name()).input_output_type(Type::Any, Type::Any)
    }

    fn description(&self) -> &str {
        "Return the input."
    }

    fn run(
        &self,
        _plugin: &Peer,
        _engine: &EngineInterface,
        call: &EvaluatedCall,
        input: PipelineData,
    ) -> Result<PipelineData, LabeledError> {
        Ok(input.into_value(call.head)?.into_pipeline_data())
    }
}

/// `peer give`: the value that it was given last.
struct Give;

static GIVEN: Mutex<Option<Value>> = Mutex::new(None);

impl PluginCommand for Give {
    type Plugin = Peer;

    fn name(&self) -> &str {
        "peer give"
    }

    fn signature(&self) -> Signature {
        Signature::build(self.name()).input_output_type(Type::Any, Type::Any)
    }

    fn description(&self) -> &str {
        "Keep the input, or return what was kept when there is none."
    }

    fn run(
        &self,
        _plugin: &Peer,
        _engine: &EngineInterface,
        call: &EvaluatedCall,
        input: PipelineData,
    ) -> Result<PipelineData, LabeledError> {
        let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
        if !input.is_nothing() {
            *given = Some(input.into_value(call.head)?);
        }
        let value = given.clone().unwrap_or(Value::nothing(call.head));
        Ok(value.into_pipeline_data())
    }
}

/// `peer read DIRECTORY`: reads every `metadata.toml` below a directory, on one thread, and returns how many.
struct Read;

impl PluginCommand for Read {
    type Plugin = Peer;

    fn name(&self) -> &str {
        "peer read"
    }

    fn signature(&self) -> Signature {
        Signature::build(self.name())
            .required("directory", SyntaxShape::String, "Where to read.")
            .input_output_type(Type::Nothing, Type::Int)
    }

    fn description(&self) -> &str {
        "Read all metadata files."
    }

    fn run(
        &self,
        _plugin: &Peer,
        _engine: &EngineInterface,
        call: &EvaluatedCall,
        _input: PipelineData,
    ) -> Result<PipelineData, LabeledError> {
        let directory: String = call.req(0)?;
        let count =
            read(Path::new(&directory)).map_err(|error| LabeledError::new(error.to_string()))?;
        Ok(Value::int(count, call.head).into_pipeline_data())
    }
}

fn read(directory: &Path) -> std::io::Result<i64> {
    let mut count = 0;
    for entry in directory.read_dir()? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            count += read(&entry.path())?;
        } else if entry.file_name() == "metadata.toml" {
            std::fs::read(entry.path())?;
            count += 1;
        }
    }
    Ok(count)
}

fn main() {
    serve_plugin(&Peer, MsgPackSerializer {});
}
