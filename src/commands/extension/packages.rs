//! What commands about packages have in common.

use std::path::{Path, PathBuf};

use nu_protocol::{
    FromValue as _, LabeledError, ShellError, Signature, Span, Spanned, SyntaxShape, Value,
};
use provisioning::extension::Patterns;
use provisioning::package::{PackageError, Policy, PublicKey, Trust};
use provisioning::validation::ValidationError;

use crate::shell::{Context, invalid, labeled};

/// The variable with the password of a secret key. It is neither shown nor handed on.
const PASSWORD: &str = "PROVISIONING_KEY_PASSWORD";

/// `--allow`, one pattern or several.
pub(super) fn allow_flag(signature: Signature) -> Signature {
    signature.named(
        "allow",
        one_or_several(SyntaxShape::String),
        "Take files that match this pattern, or these, although their names tell of secrets or instruct agents.",
        None,
    )
}

/// The shape of what may be given once or as a list.
pub(super) fn one_or_several(shape: SyntaxShape) -> SyntaxShape {
    SyntaxShape::OneOf(vec![SyntaxShape::List(Box::new(shape.clone())), shape])
}

/// Reads a flag that may be given once or as a list.
fn texts(context: &Context<'_>, flag: &str) -> Result<Vec<Spanned<String>>, LabeledError> {
    let values = match context.call.get_flag_value(flag) {
        None => return Ok(Vec::new()),
        Some(Value::List { vals, .. }) => vals.into_owned(),
        Some(value) => vec![value],
    };
    let texts: Result<_, ShellError> = values.into_iter().map(Spanned::from_value).collect();
    Ok(texts?)
}

/// Returns what packages may hold, as `--allow` says.
pub(super) fn policy(context: &Context<'_>) -> Result<Policy, LabeledError> {
    let allowed = texts(context, "allow")?;
    for pattern in &allowed {
        if let Some(reason) = Patterns::fault(&pattern.item) {
            return Err(invalid(
                format!("the pattern `{}` cannot be read: {reason}", pattern.item),
                "this pattern",
                pattern.span,
            ));
        }
    }
    Ok(match allowed.as_slice() {
        [] => Policy::default(),
        allowed => Policy::default().allowing(allowed.iter().map(|it| it.item.as_str())),
    })
}

/// Returns whose packages are taken: those of the keys of `--key`, or of the settings.
pub(super) fn trust(context: &Context<'_>) -> Result<Trust, LabeledError> {
    let given = texts(context, "key")?;
    if given.is_empty() {
        let settings = context.settings();
        let keys = settings.trusted_keys()?.value;
        let read = |key: &String| {
            public_key(key, PathBuf::from(key)).map_err(|error| {
                labeled(
                    &error,
                    "the keys of `trusted_keys` are needed",
                    context.head(),
                )
            })
        };
        return Ok(Trust {
            keys: keys.iter().map(read).collect::<Result<_, _>>()?,
            required: settings.require_signature()?.value,
        });
    }
    let read = |key: &Spanned<String>| {
        let path = context.path(key)?.item;
        public_key(&key.item, path).map_err(|error| labeled(&error, "this key", key.span))
    };
    Ok(Trust {
        keys: given.iter().map(read).collect::<Result<_, _>>()?,
        required: true,
    })
}

fn public_key(text: &str, path: PathBuf) -> Result<PublicKey, PackageError> {
    if PublicKey::is_text(text) {
        PublicKey::of_text(text)
    } else {
        PublicKey::of_file(&path)
    }
}

/// Returns the password of a secret key, if the shell has one.
pub(super) fn password(context: &Context<'_>) -> Result<Option<String>, LabeledError> {
    match context.engine.get_env_var(PASSWORD)? {
        None | Some(Value::Nothing { .. }) => Ok(None),
        Some(Value::String { val, .. }) if val.is_empty() => Ok(None),
        Some(Value::String { val, .. }) => Ok(Some(val)),
        // Its value must not be shown.
        Some(value) => Err(invalid(
            format!("$env.{PASSWORD} is {}, not a text", value.get_type()),
            "needs the password",
            context.head(),
        )),
    }
}

/// Returns the error for why there is no package.
pub(super) fn failure(
    context: &Context<'_>,
    error: &PackageError,
    label: &str,
    span: Span,
) -> LabeledError {
    match error {
        PackageError::Interrupted | PackageError::Validation(ValidationError::Interrupted(_)) => {
            ShellError::Interrupted {
                span: context.head(),
            }
            .into()
        }
        error => labeled(error, label, span),
    }
}

/// Returns a path of the user's own, or one in the current directory.
pub(super) fn path_or(
    context: &Context<'_>,
    given: Option<Spanned<String>>,
    otherwise: &str,
) -> Result<PathBuf, LabeledError> {
    match given {
        Some(given) => Ok(context.path(&given)?.item),
        None => Ok(Path::new(context.directory()?).join(otherwise)),
    }
}
