//! Who works on a deployment.

use chrono::{DateTime, Utc};

/// A process that works on a deployment, or did so when it came to its end.
///
/// The number of a process is given to others later; together with when it was started and which start of the system that was, it
/// names one process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Its number.
    pub pid: u32,
    /// The start of the system, where that has a name.
    pub boot: Option<String>,
    /// When it was started, in ticks of the system since then.
    pub started: Option<u64>,
    /// Since when it works on the deployment.
    pub since: DateTime<Utc>,
}

impl Holder {
    /// Returns this process.
    pub fn this_process() -> Self {
        let pid = std::process::id();
        Self {
            pid,
            boot: boot(),
            started: started(pid),
            since: Utc::now(),
        }
    }

    /// Whether that process is still there. It is only told to people: what decides is the lock that the system takes from the dead.
    pub fn is_alive(&self) -> bool {
        if self.boot != boot() {
            return false;
        }
        match self.started {
            Some(started) => self::started(self.pid) == Some(started),
            None => is_there(self.pid),
        }
    }
}

#[cfg(target_os = "linux")]
fn boot() -> Option<String> {
    let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(text.trim().to_owned())
}

#[cfg(not(target_os = "linux"))]
fn boot() -> Option<String> {
    None
}

#[cfg(target_os = "linux")]
fn started(pid: u32) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in brackets may hold anything, brackets too.
    let mut fields = text.rsplit_once(") ")?.1.split(' ');
    let state = fields.next()?;
    // What has ended and was not yet asked for by its parent is no process any more.
    if matches!(state, "Z" | "X") {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

#[cfg(not(target_os = "linux"))]
fn started(_: u32) -> Option<u64> {
    None
}

#[cfg(unix)]
fn is_there(pid: u32) -> bool {
    let pid = i32::try_from(pid)
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    pid.is_some_and(|pid| rustix::process::test_kill_process(pid).is_ok())
}

#[cfg(not(unix))]
fn is_there(_: u32) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_alive_and_others_of_its_number_are_not() {
        let me = Holder::this_process();
        assert!(me.is_alive());
        let earlier = Holder {
            boot: Some("another start".to_owned()),
            ..me.clone()
        };
        assert!(!earlier.is_alive());
        if let Some(started) = me.started {
            let other = Holder {
                started: Some(started + 1),
                ..me
            };
            assert!(!other.is_alive());
        }
    }
}
