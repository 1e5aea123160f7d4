//! Writes what the parser has to know of Nushell's built-in commands to the file that is named as the argument.

#[path = "../../../src/nushell/builtins/snapshot.rs"]
mod snapshot;

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use nu_protocol::ReportMode;
use nu_protocol::engine::Command;
use nu_protocol::{DeprecationType, Signature};
use snapshot::{Builtin, Deprecation, Snapshot};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, version] = arguments.as_slice() else {
        return Err("arguments: FILE VERSION".into());
    };
    let engine = nu_cmd_lang::create_default_context();
    let engine = nu_cmd_plugin::add_plugin_command_context(engine);
    let engine = nu_command::add_shell_command_context(engine);
    let engine = nu_cmd_extra::add_extra_command_context(engine);
    let engine = nu_cli::add_cli_context(engine);
    let engine = nu_explore::add_explore_context(engine);
    let mut commands: Vec<Builtin> = engine
        .get_decls_sorted(false)
        .into_iter()
        .map(|(_, id)| builtin(engine.get_decl(id)))
        .collect();
    commands.sort_by(|a, b| a.signature.name.cmp(&b.signature.name));
    let snapshot = Snapshot {
        nushell: version.clone(),
        commands,
    };
    println!(
        "{} commands of Nushell {}",
        snapshot.commands.len(),
        snapshot.nushell
    );
    let file = std::fs::File::create(path)?;
    let mut encoder = GzEncoder::new(file, Compression::best());
    encoder.write_all(&rmp_serde::to_vec(&snapshot)?)?;
    encoder.finish()?;
    Ok(())
}

fn builtin(command: &dyn Command) -> Builtin {
    Builtin {
        signature: without_descriptions(command.signature()),
        kind: command.command_type(),
        is_const: command.is_const(),
        deprecations: command
            .deprecation_info()
            .into_iter()
            .map(|entry| Deprecation {
                flag: match entry.ty {
                    DeprecationType::Command => None,
                    DeprecationType::Flag(flag) => Some(flag),
                },
                every_use: matches!(entry.report_mode, ReportMode::EveryUse),
                since: entry.since,
                removal: entry.expected_removal,
                help: entry.help,
            })
            .collect(),
    }
}

fn without_descriptions(mut signature: Signature) -> Signature {
    signature.description.clear();
    signature.extra_description.clear();
    signature.search_terms.clear();
    let positionals = signature
        .required_positional
        .iter_mut()
        .chain(&mut signature.optional_positional)
        .chain(&mut signature.rest_positional);
    for positional in positionals {
        positional.desc.clear();
        positional.completion = None;
    }
    for flag in &mut signature.named {
        flag.desc.clear();
        flag.completion = None;
    }
    signature.complete = None;
    signature
}
