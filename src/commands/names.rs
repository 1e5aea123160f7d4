//! How extensions are named on a command line.

use nu_protocol::{LabeledError, Spanned};
use provisioning::metadata::VersionRequest;

use crate::shell::invalid;

/// Whether a text is a path and no name.
pub(super) fn is_path(text: &str) -> bool {
    text.contains(['/', '\\']) || text.starts_with(['.', '~'])
}

/// Returns a name that is given alone, or with a version as in kubernetes@1.28.0, and the version; a flag may give that as well.
pub(super) fn name_and_version(
    name: &Spanned<String>,
    flag: Option<&Spanned<VersionRequest>>,
) -> Result<(String, Option<VersionRequest>), LabeledError> {
    let (alone, written) = match name.item.split_once('@') {
        Some((alone, version)) => (alone, Some(version)),
        None => (name.item.as_str(), None),
    };
    if alone.is_empty() {
        return Err(invalid("the name is empty", "which extension?", name.span)
            .with_help("such as containerd or containerd@1.7.0"));
    }
    let version = match (written, flag) {
        (Some(_), Some(flag)) => {
            return Err(
                invalid("two versions are asked for", "another one here", flag.span)
                    .with_label("one version here", name.span),
            );
        }
        (Some(written), None) => Some(VersionRequest::read(written).map_err(|reason| {
            invalid(
                format!("`{written}` is not a version or a range of versions"),
                reason,
                name.span,
            )
            .with_help("such as kubernetes@1.28.0 or 'kubernetes@>=1.28'")
        })?),
        (None, flag) => flag.map(|flag| flag.item.clone()),
    };
    Ok((alone.to_owned(), version))
}
