//! Running an operation of a component, as far as deployments have to know of it.

use serde_json::Value;

use super::{Component, ComponentType};

/// An operation that deployments call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Makes it there, as its settings say; also when it is there already.
    Install,
    /// Makes it gone.
    Uninstall,
    /// Gives it other settings.
    Configure,
    /// Makes it another version.
    Upgrade,
    /// Ends it and starts it again.
    Restart,
    /// Tells how it is, and changes nothing.
    Status,
}

impl Operation {
    /// Returns the name that the interface of the type has for it; a provider has no more of them.
    pub const fn name(self, kind: ComponentType) -> &'static str {
        let is_of_provider = kind.is_of_provider();
        match self {
            Operation::Install if is_of_provider => "create-server",
            Operation::Uninstall if is_of_provider => "delete-server",
            Operation::Restart if is_of_provider => "reboot-server",
            Operation::Status if is_of_provider => "list-servers",
            Operation::Install => "install",
            Operation::Uninstall => "uninstall",
            Operation::Configure => "configure",
            Operation::Upgrade => "upgrade",
            Operation::Restart => "restart",
            Operation::Status => "status",
        }
    }
}

/// What an operation is given. Which of it the operation takes is a matter of its signature.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Arguments {
    /// Settings.
    pub config: Option<Value>,
    /// The version that it is to become.
    pub version: Option<String>,
    /// Whether to go on where it is in use.
    pub force: bool,
    /// Whether data stays.
    pub keep_data: bool,
    /// Whether nothing is changed, and what would be is returned.
    pub check: bool,
}

/// Why there is no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The operation says so, or came to an end that is none.
    Failed,
    /// It took too long.
    TimedOut,
    /// It was ended from outside.
    Interrupted,
}

/// An operation without a result. Messages are shown and kept: whoever makes one takes secrets out.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// What kind of failure it is.
    pub kind: FailureKind,
    /// What happened.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Failure {
    /// Returns a failure with a message and nothing else.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            kind: FailureKind::Failed,
            message: message.into(),
            help: None,
        }
    }

    /// Returns what is said of work that was ended from outside.
    pub fn interrupted() -> Self {
        Self {
            kind: FailureKind::Interrupted,
            ..Self::new("interrupted")
        }
    }
}

/// What runs operations. Several of them at a time, of different components.
pub trait Operator: Sync {
    /// Whether a component has an operation.
    ///
    /// # Errors
    /// Nothing of that name and type is there, in the version that is asked for.
    fn offers(&self, component: &Component, operation: Operation) -> Result<bool, Failure>;

    /// Looks at everything that can be wrong with a call before it begins. Nothing of the component runs.
    ///
    /// # Errors
    /// The operation would refuse what it is given.
    fn check(
        &self,
        _component: &Component,
        _operation: Operation,
        _arguments: &Arguments,
    ) -> Result<(), Failure> {
        Ok(())
    }

    /// Runs an operation to its end, and nothing of it longer: also when `stop` asks for the end of it.
    ///
    /// # Errors
    /// It has no result.
    fn call(
        &self,
        component: &Component,
        operation: Operation,
        arguments: &Arguments,
        stop: &dyn Fn() -> bool,
    ) -> Result<Value, Failure>;
}
