//! What commands that draw have in common: their flags, and where the picture goes.

use std::collections::BTreeSet;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::str::FromStr;

use nu_protocol::{
    Completion, Config, Flag, IntoPipelineData as _, LabeledError, PipelineData, Signature,
    Spanned, SyntaxShape, UseAnsiColoring, Value,
};
use provisioning::diagnostic::{Code, did_you_mean, safe_text};
use provisioning::graph::picture::{Color, Format, Group, Picture, Style, TooLarge, UnknownFormat};
use provisioning::store::replace_file;

use crate::shell::{Context, invalid};

/// How a picture is drawn, and where it goes.
pub(super) struct Drawing {
    format: Format,
    file: Option<Spanned<PathBuf>>,
    style: Style,
    depth: Option<usize>,
}

/// The flags.
pub(super) fn flags(signature: Signature) -> Signature {
    signature
        .param(
            Flag::new("format")
                .short('F')
                .arg(SyntaxShape::String)
                .desc("text (default), svg, dot or mermaid.")
                .completion(Completion::new_list(&Format::WORDS)),
        )
        .named(
            "save",
            SyntaxShape::Filepath,
            "Write it to this file instead; its ending says the format, unless --format does.",
            Some('s'),
        )
        .named(
            "depth",
            SyntaxShape::Int,
            "How many steps away from what is in focus.",
            Some('d'),
        )
        .param(
            Flag::new("group")
                .short('g')
                .arg(SyntaxShape::String)
                .desc("What is drawn together: wave (default) or type.")
                .completion(Completion::new_list(&Group::WORDS)),
        )
        .param(
            Flag::new("color")
                .arg(SyntaxShape::String)
                .desc("What colours stand for: type (default), wave, state or none.")
                .completion(Completion::new_list(&Color::WORDS)),
        )
}

impl Drawing {
    /// Reads the flags.
    pub(super) fn of(context: &Context<'_>) -> Result<Self, LabeledError> {
        let given: Option<Spanned<String>> = context.call.get_flag("format")?;
        let format = given
            .as_ref()
            .map(|given| Format::from_str(&given.item).map_err(|error| refused(&error, given)))
            .transpose()?;
        let saved: Option<Spanned<String>> = context.call.get_flag("save")?;
        let file = saved.as_ref().map(|file| context.path(file)).transpose()?;
        let of_file = match (&file, &saved) {
            (Some(file), Some(saved)) => match Format::of_file(&file.item) {
                Ok(of_file) => Some(of_file),
                // It was said already.
                Err(UnknownFormat::NoEnding | UnknownFormat::Ending(_)) if format.is_some() => None,
                Err(error) => return Err(refused(&error, saved)),
            },
            _ => None,
        };
        if let (Some(format), Some(of_file)) = (format, of_file)
            && format != of_file
            && let (Some(given), Some(saved)) = (&given, &saved)
        {
            return Err(invalid(
                "the ending of the file stands for another format",
                format!("{format}"),
                given.span,
            )
            .with_label(format!("{of_file}"), saved.span)
            .with_help("leave one of them away, or make them agree"));
        }
        let format = format.or(of_file).unwrap_or(Format::Text);
        let color = word(context, "color", &Color::WORDS)?.unwrap_or_default();
        let is_shown = format == Format::Text && file.is_none();
        Ok(Self {
            format,
            file,
            style: Style {
                group: word(context, "group", &Group::WORDS)?.unwrap_or_default(),
                color,
                ansi: is_shown && color != Color::None && shows_colors(context)?,
            },
            depth: depth(context)?,
        })
    }

    /// Returns the part of a picture that is around nodes of a name.
    pub(super) fn focused(
        &self,
        picture: Picture,
        name: &Spanned<String>,
    ) -> Result<Picture, LabeledError> {
        let nodes = picture.called(&name.item);
        if nodes.is_empty() {
            let names: BTreeSet<&str> = picture
                .nodes
                .iter()
                .map(|node| node.name.as_str())
                .collect();
            let error = invalid(
                format!("nothing in the picture is called `{}`", name.item),
                "no such name",
                name.span,
            );
            return Err(match did_you_mean(&name.item, names.iter().copied()) {
                Some(help) => error.with_help(help),
                None => error.with_help(some_of(&names)),
            });
        }
        Ok(self.around(&picture, &nodes))
    }

    /// Returns the part of a picture that is around nodes.
    pub(super) fn around(&self, picture: &Picture, nodes: &[usize]) -> Picture {
        picture.around(nodes, self.depth.unwrap_or(usize::MAX))
    }

    /// Draws a picture. Returns it or, when it goes to a file, the path of that.
    pub(super) fn write(
        &self,
        context: &Context<'_>,
        picture: &Picture,
    ) -> Result<PipelineData, LabeledError> {
        let head = context.head();
        let text = picture
            .write(self.format, &self.style)
            .map_err(|error| too_large(error).with_label("this picture", head))?;
        let Some(file) = &self.file else {
            return Ok(Value::string(text.trim_end_matches('\n'), head).into_pipeline_data());
        };
        replace_file(&file.item, text.as_bytes()).map_err(|error| {
            LabeledError::new(format!("cannot write `{}`: {error}", file.item.display()))
                .with_code(Code::InputPath.as_str())
                .with_label("this file", file.span)
        })?;
        Ok(Value::string(file.item.to_string_lossy(), head).into_pipeline_data())
    }
}

/// Most names that are told when none is similar.
const MAX_NAMES: usize = 10;

/// Says which names there are.
fn some_of(names: &BTreeSet<&str>) -> String {
    if names.is_empty() {
        return "there is nothing in it".to_owned();
    }
    let shown: Vec<String> = names
        .iter()
        .take(MAX_NAMES)
        .map(|name| format!("`{name}`"))
        .collect();
    let more = match names.len() - shown.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    safe_text(&format!("there are {}{more}", shown.join(", "))).into_owned()
}

fn too_large(error: TooLarge) -> LabeledError {
    LabeledError::new(error.to_string())
        .with_code(Code::InputInvalid.as_str())
        .with_help(
            "draw a part with --focus NAME --depth 2, or leave it to Graphviz with --format dot",
        )
}

fn refused(error: &UnknownFormat, given: &Spanned<String>) -> LabeledError {
    invalid(error.to_string(), "not a format", given.span).with_help(error.help())
}

/// Reads a flag that is one of a few words.
fn word<T: FromStr>(
    context: &Context<'_>,
    flag: &str,
    words: &[&str],
) -> Result<Option<T>, LabeledError> {
    let given: Option<Spanned<String>> = context.call.get_flag(flag)?;
    let Some(given) = given else {
        return Ok(None);
    };
    match given.item.parse() {
        Ok(read) => Ok(Some(read)),
        Err(_) => {
            let help = did_you_mean(&given.item, words.iter().copied())
                .unwrap_or_else(|| format!("one of: {}", words.join(", ")));
            Err(invalid(
                format!("`{}` is not something to {flag} by", given.item),
                "not one of the words",
                given.span,
            )
            .with_help(help))
        }
    }
}

fn depth(context: &Context<'_>) -> Result<Option<usize>, LabeledError> {
    let Some(given) = context.call.get_flag::<Spanned<i64>>("depth")? else {
        return Ok(None);
    };
    usize::try_from(given.item)
        .map(Some)
        .map_err(|_| invalid("the depth is negative", "give 0 or more", given.span))
}

/// Whether text for the shell has colours: as for the shell's own tables. The plugin's standard error is the shell's.
fn shows_colors(context: &Context<'_>) -> Result<bool, LabeledError> {
    let config: std::sync::Arc<Config> = context.engine.get_config()?;
    Ok(match config.use_ansi_coloring {
        UseAnsiColoring::True => true,
        UseAnsiColoring::False => false,
        UseAnsiColoring::Auto => {
            let is_set = |name: &str| -> Result<bool, LabeledError> {
                Ok(match context.engine.get_env_var(name)? {
                    None | Some(Value::Nothing { .. }) => false,
                    Some(Value::String { val, .. }) => !val.is_empty() && val != "0",
                    Some(_) => true,
                })
            };
            if is_set("FORCE_COLOR")? {
                true
            } else {
                std::io::stderr().is_terminal() && !is_set("NO_COLOR")?
            }
        }
    })
}
