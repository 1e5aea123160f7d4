use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, IntoPipelineData as _, LabeledError, PipelineData, Signature, Spanned, SyntaxShape,
    Type, Value, record,
};
use provisioning::package::KeyPair;

use super::packages::{failure, password, path_or};
use crate::shell::{Context, Provisioning, SignatureExt as _, path_value};

/// What the secret key is called unless the user says otherwise.
const FILE: &str = "provisioning.key";

/// `extension keygen`
pub(super) struct Keygen;

impl PluginCommand for Keygen {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "extension keygen"
    }

    fn signature(&self) -> Signature {
        Signature::of(self.name())
            .named(
                "out",
                SyntaxShape::Filepath,
                "The file of the secret key; `provisioning.key` in the current directory otherwise. The public one ends in `.pub`.",
                Some('o'),
            )
            .input_output_type(
                Type::Nothing,
                Type::Record(
                    [
                        ("id", Type::String),
                        ("public_key", Type::String),
                        ("public_file", Type::String),
                        ("secret_file", Type::String),
                        ("encrypted", Type::Bool),
                    ]
                    .into(),
                ),
            )
    }

    fn description(&self) -> &str {
        "Make a pair of keys, to sign packages with and to check signatures with."
    }

    fn extra_description(&self) -> &str {
        "Keys are those of minisign, and its program reads them. Only the user may read the file of the secret key. When \
         $env.PROVISIONING_KEY_PASSWORD is set, the secret key is locked with it, and needed again to sign; without, it is not \
         locked, as with `minisign -W`. Files that are there are never written over. Give the public key to whoever installs \
         packages, for the setting `trusted_keys`."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["key", "sign", "signature", "minisign", "trust", "package"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![Example {
            description: "Make a pair of keys",
            example: "extension keygen --out (mktemp --directory | path join team.key) | get public_file | path basename",
            result: Some(Value::test_string("team.pub")),
        }]
    }

    fn run(
        &self,
        plugin: &Provisioning,
        engine: &EngineInterface,
        call: &EvaluatedCall,
        _input: PipelineData,
    ) -> Result<PipelineData, LabeledError> {
        let context = Context::new(plugin, engine, call);
        let given: Option<Spanned<String>> = call.get_flag("out")?;
        let span = given.as_ref().map_or(call.head, |given| given.span);
        let secret = path_or(&context, given, FILE)?;
        let public = match secret.extension() {
            Some(ending) if ending == "key" => secret.with_extension("pub"),
            _ => {
                let mut public = secret.clone().into_os_string();
                public.push(".pub");
                public.into()
            }
        };
        let password = password(&context)?;
        let failed = |error| failure(&context, &error, "no keys are made", span);
        let pair = KeyPair::generate(password.as_deref()).map_err(failed)?;
        pair.write(&secret, &public).map_err(failed)?;
        Ok(Value::record(
            record! {
                "id" => Value::string(pair.id(), call.head),
                "public_key" => Value::string(pair.public_key(), call.head),
                "public_file" => path_value(&public, call.head),
                "secret_file" => path_value(&secret, call.head),
                "encrypted" => Value::bool(password.is_some(), call.head),
            },
            call.head,
        )
        .into_pipeline_data())
    }
}
