//! Who does something, as far as the system tells.

use std::sync::OnceLock;

/// The user and the machine, asked for once.
#[derive(Clone, Debug)]
pub(super) struct Who {
    pub(super) user: String,
    pub(super) host: String,
}

/// Returns who runs this process. The environment is not asked where the system knows better: anybody can set a variable.
pub(super) fn who() -> &'static Who {
    static WHO: OnceLock<Who> = OnceLock::new();
    WHO.get_or_init(|| Who {
        user: user(),
        host: host(),
    })
}

/// Returns who runs this process and where, as `user@machine`: what others are told of who has done something.
pub fn who_is_here() -> String {
    let Who { user, host } = who();
    format!("{user}@{host}")
}

#[cfg(unix)]
fn user() -> String {
    let id = nix::unistd::getuid();
    match nix::unistd::User::from_uid(id) {
        Ok(Some(user)) => user.name,
        // In a container, a user may have no name.
        _ => id.to_string(),
    }
}

#[cfg(unix)]
fn host() -> String {
    let names = rustix::system::uname();
    names.nodename().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
fn user() -> String {
    std::env::var("USERNAME").unwrap_or_default()
}

#[cfg(not(unix))]
fn host() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}
