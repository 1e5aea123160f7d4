//! What a worker takes away from itself before it begins to work.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What a worker may use of the system, for as long as it lives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Sandbox {
    /// Files and directories it may read; nothing may be written.
    pub(super) readable: Vec<PathBuf>,
}

impl Sandbox {
    /// Gives up what is not needed. Where the kernel cannot enforce it, nothing happens: it is a second line, the first
    /// is that no file is opened.
    pub(super) fn enter(&self) {
        // Opens what is needed later on.
        let _ = super::used_memory();
        no_core_dumps();
        #[cfg(target_os = "linux")]
        let _ = self.restrict_files();
    }

    #[cfg(target_os = "linux")]
    fn restrict_files(&self) -> Result<(), landlock::RulesetError> {
        restrict(&self.readable)
    }
}

/// Takes away from this thread, and from those that it starts, every file that is not below one of these directories.
/// What is below may be read, and nothing is written. Where the kernel cannot enforce it, nothing happens.
pub fn confine(readable: &[impl AsRef<std::path::Path>]) {
    #[cfg(target_os = "linux")]
    let _ = restrict(readable);
    #[cfg(not(target_os = "linux"))]
    let _ = readable;
}

#[cfg(target_os = "linux")]
fn restrict(readable: &[impl AsRef<std::path::Path>]) -> Result<(), landlock::RulesetError> {
    use landlock::{
        ABI, Access as _, AccessFs, AccessNet, Ruleset, RulesetAttr as _, RulesetCreatedAttr as _,
        path_beneath_rules,
    };
    let abi = ABI::V5;
    let reading = AccessFs::ReadFile | AccessFs::ReadDir;
    Ruleset::default()
        .handle_access(AccessFs::from_all(abi))?
        .handle_access(AccessNet::from_all(abi))?
        .create()?
        .add_rules(path_beneath_rules(readable, reading))?
        .restrict_self()?;
    Ok(())
}

/// What one request may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Allowance {
    /// Bytes of memory on top of what there is.
    pub(super) memory: u64,
    /// Processor time, in seconds.
    pub(super) seconds: u64,
}

impl Allowance {
    /// Length of [`Allowance::to_bytes`].
    pub(super) const LENGTH: usize = 16;

    /// Returns the form in which it goes ahead of a request.
    pub(super) fn to_bytes(self) -> [u8; Self::LENGTH] {
        let both = u128::from(self.memory) << 64 | u128::from(self.seconds);
        both.to_le_bytes()
    }

    /// Takes it from the front of a message.
    pub(super) fn split(message: &[u8]) -> Option<(Self, &[u8])> {
        let (bytes, request) = message.split_first_chunk::<{ Self::LENGTH }>()?;
        let both = u128::from_le_bytes(*bytes);
        let allowance = Self {
            memory: u64::try_from(both >> 64).ok()?,
            seconds: u64::try_from(both & u128::from(u64::MAX)).ok()?,
        };
        Some((allowance, request))
    }
}

#[cfg(unix)]
impl Allowance {
    /// Tells the kernel, which ends the process when it takes more.
    pub(super) fn grant(&self) {
        use rustix::process::Resource;
        use rustix::time::{ClockId, clock_gettime};
        if let Some(used) = super::writable_memory() {
            limit(Resource::Data, used.saturating_add(self.memory));
        }
        let used = clock_gettime(ClockId::ProcessCPUTime).tv_sec;
        let used = u64::try_from(used).unwrap_or_default();
        // Whole seconds, rounded up: the caller's clock is the exact one.
        limit(
            Resource::Cpu,
            used.saturating_add(self.seconds).saturating_add(2),
        );
    }
}

#[cfg(not(unix))]
impl Allowance {
    pub(super) fn grant(&self) {}
}

#[cfg(unix)]
fn limit(resource: rustix::process::Resource, current: u64) {
    use rustix::process::{Rlimit, getrlimit, setrlimit};
    let maximum = getrlimit(resource).maximum;
    let current = Some(maximum.map_or(current, |maximum| current.min(maximum)));
    let _ = setrlimit(resource, Rlimit { current, maximum });
}

fn no_core_dumps() {
    #[cfg(unix)]
    limit(rustix::process::Resource::Core, 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowance_goes_ahead_of_its_request() {
        let allowance = Allowance {
            memory: 1 << 40,
            seconds: 3,
        };
        let mut message = allowance.to_bytes().to_vec();
        message.extend_from_slice(b"rest");
        assert_eq!(
            Allowance::split(&message),
            Some((allowance, b"rest".as_slice()))
        );
        assert!(Allowance::split(b"short").is_none());
    }
}
