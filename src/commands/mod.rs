//! The commands, one file each: parse, call the library, convert.

mod choice;
mod cluster;
mod drawing;
mod extension;
mod names;
mod nickel;
mod parent;
mod provisioning;
mod target;
mod template;

use nu_plugin::PluginCommand;

use crate::shell::Provisioning;

/// A command of the plugin.
type Command = Box<dyn PluginCommand<Plugin = Provisioning>>;

/// Returns every command, in the order of the documentation.
pub(crate) fn all() -> Vec<Command> {
    let mut all = Vec::new();
    all.extend(provisioning::commands());
    all.extend(extension::commands());
    all.extend(cluster::commands());
    all.extend(nickel::commands());
    all.extend(template::commands());
    all
}
