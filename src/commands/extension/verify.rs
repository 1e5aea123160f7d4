use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, IntoPipelineData as _, LabeledError, PipelineData, Signature, Span, Spanned,
    SyntaxShape, Type, Value, record,
};
use provisioning::package::{Archive, Unpacked};

use super::packages::{allow_flag, failure, one_or_several, policy, trust};
use crate::shell::{
    Context, Provisioning, SignatureExt as _, filesize_value, opt_string, path_value,
};

/// `extension verify`
pub(in crate::commands) struct Verify;

impl PluginCommand for Verify {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "extension verify"
    }

    fn signature(&self) -> Signature {
        let signature = Signature::of(self.name())
            .required("file", SyntaxShape::Filepath, "A package.")
            .named(
                "key",
                one_or_several(SyntaxShape::Filepath),
                "Take it only when it is signed with this public key, or one of these: files, or their texts.",
                Some('k'),
            )
            .named(
                "into",
                SyntaxShape::Directory,
                "Unpack it into this directory, as `<name>-<version>`.",
                Some('i'),
            );
        allow_flag(signature).input_output_types(vec![
            (Type::Nothing, Type::Record(columns().into())),
            // Any input will do, such as that of the body of `each`.
            (Type::Any, Type::Any),
        ])
    }

    fn description(&self) -> &str {
        "Read a package as if it came from an enemy, and tell what it is; unpack it if asked to."
    }

    fn extra_description(&self) -> &str {
        "Every byte is looked at before one is written: that the file is as `extension build` writes it, which leaves only one \
         way to read it; that names lead nowhere else and are none of secrets or of instructions for agents, unless --allow \
         names them; that sizes and digests are those of its list; that nothing is larger than the limits. Nothing of it is \
         run, and memory does not grow with it.\n\n\
         A signature is the file of the same name with `.minisig` at its end. With --key it has to be there and right. Without, \
         the settings `trusted_keys` and `require_signature` say whose packages are taken; `signature.trusted` is true only \
         when it was made with one of these keys.\n\n\
         With --into it is read once more while it is written into a folder beside, which gets its name when all of it is \
         there and right. Nothing remains of what is refused, and what is there already stays."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec![
            "package",
            "signature",
            "checksum",
            "unpack",
            "extract",
            "minisign",
        ]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![
            Example {
                description: "What is in a package?",
                example: "extension build extensions/taskservs/containerd --out (mktemp --directory) | extension verify $in.path | select name type version signature",
                result: Some(Value::test_record(record! {
                    "name" => Value::test_string("containerd"),
                    "type" => Value::test_string("taskserv"),
                    "version" => Value::test_string("1.7.0"),
                    "signature" => Value::test_nothing(),
                })),
            },
            Example {
                description: "Sign a package, and take it only when it is signed",
                example: "let d = mktemp --directory; let key = extension keygen --out $'($d)/team.key'; let built = extension build extensions/taskservs/containerd --out $d --sign $key.secret_file; extension verify $built.path --key $key.public_key | get signature.trusted",
                result: Some(Value::test_bool(true)),
            },
            Example {
                description: "Unpack it",
                example: "let d = mktemp --directory; let built = extension build extensions/taskservs/containerd --out $d; extension verify $built.path --into $d | get into | path basename",
                result: Some(Value::test_string("containerd-1.7.0")),
            },
        ]
    }

    fn run(
        &self,
        plugin: &Provisioning,
        engine: &EngineInterface,
        call: &EvaluatedCall,
        _input: PipelineData,
    ) -> Result<PipelineData, LabeledError> {
        let context = Context::new(plugin, engine, call);
        let given: Spanned<String> = call.req(0)?;
        let path = context.path(&given)?;
        let (policy, trust) = (policy(&context)?, trust(&context)?);
        let into = match call.get_flag::<Spanned<String>>("into")? {
            Some(into) => Some(context.path(&into)?),
            None => None,
        };
        let stop = context.stop()?;
        let archive = Archive::open(&path.item, &policy, &trust, stop.interrupt())
            .map_err(|error| failure(&context, &error, "this package", path.span))?;
        let unpacked = into
            .map(|into| {
                let top = archive.manifest().top();
                archive
                    .unpack(&into.item, top.trim_end_matches('/'), stop.interrupt())
                    .map_err(|error| failure(&context, &error, "unpacked into this", into.span))
            })
            .transpose()?;
        Ok(value(&archive, unpacked.as_ref(), call.head).into_pipeline_data())
    }
}

fn columns() -> Vec<(String, Type)> {
    [
        ("name", Type::String),
        ("type", Type::String),
        ("version", Type::String),
        ("provides", Type::table()),
        ("path", Type::String),
        ("size", Type::Filesize),
        ("digest", Type::String),
        ("contents", Type::String),
        ("files", Type::Int),
        ("unpacked", Type::Filesize),
        ("validated", Type::Bool),
        ("built_by", Type::String),
        ("signature", Type::Any),
        ("into", Type::Any),
    ]
    .map(|(name, kind)| (name.to_owned(), kind))
    .to_vec()
}

fn value(archive: &Archive, unpacked: Option<&Unpacked>, span: Span) -> Value {
    let manifest = archive.manifest();
    let provides = manifest.provides.iter().map(|(kind, name)| {
        Value::record(
            record! {
                "type" => Value::string(kind.as_str(), span),
                "name" => Value::string(name, span),
            },
            span,
        )
    });
    let signature = match archive.signature() {
        None => Value::nothing(span),
        Some(signature) => Value::record(
            record! {
                "key" => Value::string(&signature.key, span),
                "trusted" => Value::bool(signature.trusted, span),
                "comment" => opt_string(Some(signature.comment.clone()), span),
            },
            span,
        ),
    };
    Value::record(
        record! {
            "name" => Value::string(&manifest.name, span),
            "type" => Value::string(&manifest.kind, span),
            "version" => Value::string(manifest.version.to_string(), span),
            "provides" => Value::list(provides.collect(), span),
            "path" => path_value(archive.path(), span),
            "size" => filesize_value(archive.size(), span),
            "digest" => Value::string(archive.digest(), span),
            "contents" => Value::string(manifest.contents().digest(), span),
            "files" => Value::int(i64::try_from(manifest.files.len()).unwrap_or(i64::MAX), span),
            "unpacked" => filesize_value(manifest.total(), span),
            "validated" => Value::bool(manifest.validated, span),
            "built_by" => Value::string(&manifest.built_by, span),
            "signature" => signature,
            "into" => unpacked.map_or_else(|| Value::nothing(span), |it| path_value(&it.path, span)),
        },
        span,
    )
}
