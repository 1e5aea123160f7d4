//! `config::`, `input::` and `plugin::`: settings, arguments and the plugin itself.

use super::{Code, Example, Explanation, not_shown, shown};
use Example::Command;

pub(super) const EXPLANATIONS: &[Explanation] = &[
    shown(
        Code::ConfigUnknownKey,
        "A setting of `$env.config.plugins.provisioning` is not known, and would do nothing. `provisioning config` lists all \
         settings.",
        Command("$env.config.plugins.provisioning = {extension_dir: [x]}; extension discover"),
        Command("$env.config.plugins.provisioning = {extension_dirs: [x]}; extension discover"),
    ),
    shown(
        Code::ConfigInvalid,
        "A setting, or the environment variable that stands for it, has a value that means nothing.",
        Command("$env.config.plugins.provisioning = {jobs: -1}; extension discover"),
        Command("$env.config.plugins.provisioning = {jobs: 2}; extension discover"),
    ),
    not_shown(
        Code::ConfigNoDataDir,
        "The registry lies in the user's data directory, and the system does not say where that is. Set the setting \
         `data_dir` or the variable PROVISIONING_DATA_DIR.",
        "it takes a user without a home directory",
    ),
    shown(
        Code::InputPath,
        "The path leads nowhere, or to something else than what the command works with. Relative paths start in the shell's \
         current directory.",
        Command("extension validate nowhere"),
        Command("extension validate app"),
    ),
    shown(
        Code::InputInvalid,
        "An argument, a flag or a value from the pipeline is not of the kind that the command works with. The label says \
         which one, and the help what it could be.",
        Command("extension list taskserver"),
        Command("extension list taskserv"),
    ),
    not_shown(
        Code::PluginPanic,
        "Something in the plugin went wrong that should not. The call was stopped, the plugin goes on working, and nothing \
         was half written. Please report it with the command you ran.",
        "a command that does this has a fault to be mended",
    ),
];
