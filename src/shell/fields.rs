//! Completion of fields of Nickel files.

use std::path::PathBuf;
use std::time::Duration;

use nu_plugin::{DynamicCompletionCall, EngineInterface};
use nu_protocol::DynamicSuggestion;
use nu_protocol::ast::Expr;
use nu_protocol::engine::ArgType;
use provisioning::diagnostic::{DataPath, safe_text};
use provisioning::nickel::{Field, Limits, Program};

use super::Provisioning;

/// Longest time that a completion takes.
const TIMEOUT: Duration = Duration::from_secs(1);
/// Deepest fields that are offered.
const MAX_DEPTH: usize = 4;
/// Most fields that are offered.
const MAX_OFFERED: usize = 500;

/// Completes a flag that names a field of the file in the first argument; nothing for other arguments, and nothing when
/// the file cannot be evaluated at once, because a completion has nobody to report an error to.
pub(crate) fn complete_field_flag(
    plugin: &Provisioning,
    engine: &EngineInterface,
    call: &DynamicCompletionCall,
    argument: &ArgType<'_>,
    flag: &str,
) -> Option<Vec<DynamicSuggestion>> {
    match argument {
        ArgType::Flag(name) if name == flag => {}
        _ => return None,
    }
    let (Expr::Filepath(file, _) | Expr::String(file) | Expr::RawString(file)) =
        &call.call.positional_iter().next()?.expr
    else {
        return None;
    };
    let directory = PathBuf::from(engine.get_current_dir().ok()?);
    let path = nu_path::expand_path_with(file, directory, true);
    let limits = Limits {
        timeout: TIMEOUT,
        ..Limits::default()
    };
    let fields = plugin
        .nickel()
        .limited(limits)
        .query(&Program::file(path), &[])
        .ok()?;
    let mut offered = Vec::new();
    offer(&fields, &mut Vec::new(), &mut offered);
    Some(offered)
}

fn offer<'f>(fields: &'f [Field], above: &mut Vec<&'f str>, offered: &mut Vec<DynamicSuggestion>) {
    for field in fields {
        if offered.len() >= MAX_OFFERED {
            return;
        }
        above.push(&field.name);
        offered.push(DynamicSuggestion {
            value: DataPath::of_fields(above.iter().copied()).to_string(),
            description: description(field),
            ..DynamicSuggestion::default()
        });
        if above.len() < MAX_DEPTH {
            offer(&field.fields, above, offered);
        }
        above.pop();
    }
}

fn description(field: &Field) -> Option<String> {
    let doc = field.doc.as_deref().and_then(|doc| doc.lines().next());
    let parts: Vec<String> = field
        .type_text()
        .into_iter()
        .chain(doc.map(str::to_owned))
        .collect();
    (!parts.is_empty()).then(|| safe_text(&parts.join(": ")).into_owned())
}
