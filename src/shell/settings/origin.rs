//! Where a setting comes from.

/// Where a setting comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// An environment variable.
    Environment,
    /// `$env.config.plugins.provisioning`.
    PluginConfig,
    /// The TOML file that `config_file` names.
    File,
    /// Nobody has said anything.
    Default,
}

impl Origin {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Origin::Environment => "environment",
            Origin::PluginConfig => "plugin config",
            Origin::File => "file",
            Origin::Default => "default",
        }
    }
}

/// A setting with where it comes from.
#[derive(Clone, Debug)]
pub(crate) struct Setting<T> {
    pub(crate) value: T,
    pub(crate) origin: Origin,
}

impl<T> Setting<T> {
    pub(super) fn new(value: T, origin: Origin) -> Self {
        Self { value, origin }
    }

    /// Does something with the value.
    pub(super) fn map<U>(self, change: impl FnOnce(T) -> U) -> Setting<U> {
        Setting::new(change(self.value), self.origin)
    }
}
