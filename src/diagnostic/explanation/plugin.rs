//! `config::`, `input::`, `doctor::` and `plugin::`: settings, arguments and the plugin itself.

use super::example::file;
use super::{Code, Example, Explanation, not_shown, shown};
use Example::{Command, Files};

/// Looks at all settings, those of a file too.
const WITH_FILE: &str =
    "$env.config.plugins.provisioning = {config_file: config.toml}; provisioning config --strict";

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
    shown(
        Code::ConfigSyntax,
        "The file that the setting `config_file` names is not TOML. Nothing of it is used before it can be read as a whole.",
        Files(
            &[file(
                "config.toml",
                "[orchestrator.extensions]\nauto_load = yes\n",
            )],
            WITH_FILE,
        ),
        Files(
            &[file(
                "config.toml",
                "[orchestrator.extensions]\nauto_load = true\n",
            )],
            WITH_FILE,
        ),
    ),
    shown(
        Code::ConfigUnreadable,
        "The file that the setting `config_file` names is not there, is no regular file, is too large or is not UTF-8 text. \
         A relative path in `$env.config.plugins.provisioning` starts in the shell's current directory.",
        Command(WITH_FILE),
        Files(
            &[file("config.toml", "[orchestrator.extensions]\n")],
            WITH_FILE,
        ),
    ),
    shown(
        Code::ConfigUnknownReference,
        "`{{dotted.key}}` in a setting stands for another value of the same file, and the file has no such key. Keys are \
         written with all tables that they are in.",
        Files(
            &[file(
                "config.toml",
                "[orchestrator.paths]\ndata_dir = \"data\"\n\n[orchestrator.extensions]\ncache_dir = \"{{paths.data_dir}}/extensions\"\n",
            )],
            WITH_FILE,
        ),
        Files(
            &[file(
                "config.toml",
                "[orchestrator.paths]\ndata_dir = \"data\"\n\n[orchestrator.extensions]\ncache_dir = \"{{orchestrator.paths.data_dir}}/extensions\"\n",
            )],
            WITH_FILE,
        ),
    ),
    shown(
        Code::ConfigCircularReference,
        "A value is put together from others that are put together from it, and so has no end.",
        Files(
            &[file(
                "config.toml",
                "[paths]\ndata = \"{{paths.base}}/data\"\nbase = \"{{paths.data}}/base\"\n\n[orchestrator.extensions]\ndata_dir = \"{{paths.data}}\"\n",
            )],
            WITH_FILE,
        ),
        Files(
            &[file(
                "config.toml",
                "[paths]\ndata = \"{{paths.base}}/data\"\nbase = \"base\"\n\n[orchestrator.extensions]\ndata_dir = \"{{paths.data}}\"\n",
            )],
            WITH_FILE,
        ),
    ),
    shown(
        Code::ConfigInvalidReference,
        "A reference is a key with dots between two pairs of braces, and leads to a text, a number, a date, true or false. \
         Tables and lists cannot be part of a text; and what references make must have an end, and not be huge.",
        Files(
            &[file(
                "config.toml",
                "[paths]\ndata = \"data\"\n\n[orchestrator.extensions]\ndata_dir = \"{{paths}}\"\n",
            )],
            WITH_FILE,
        ),
        Files(
            &[file(
                "config.toml",
                "[paths]\ndata = \"data\"\n\n[orchestrator.extensions]\ndata_dir = \"{{paths.data}}\"\n",
            )],
            WITH_FILE,
        ),
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
    shown(
        Code::DoctorFailed,
        "`provisioning doctor --strict` has found something that does not work. Each row of `provisioning doctor` says what, \
         and what to type next. The log, where one is kept, has warnings under this code too.",
        Command(
            "$env.config.plugins.provisioning = {runner: {nu: /nowhere/nu}}; provisioning doctor --strict",
        ),
        Command(
            "$env.config.plugins.provisioning.runner.nu = $nu.current-exe; provisioning doctor --strict",
        ),
    ),
    not_shown(
        Code::PluginPanic,
        "Something in the plugin went wrong that should not. The call was stopped, the plugin goes on working, and nothing \
         was half written. Please report it with the command you ran.",
        "a command that does this has a fault to be mended",
    ),
];
