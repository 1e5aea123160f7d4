//! The provisioning library: extensions for infrastructure, and everything that can be known of them without running
//! them.
//!
//! It knows nothing of Nushell's plugin API; the plugin is one user of it.
//!
//! ```
//! use provisioning::extension::Host;
//! use provisioning::graph::{Component, resolve};
//! use provisioning::nickel::{Evaluator, Program};
//! use provisioning::nushell::Inspector;
//! use provisioning::validation::{Options, Validator};
//! use semver::Version;
//!
//! // Is an extension right?
//! let host = Host::with_nushell(Version::new(0, 115, 1));
//! let options = Options { kind: None, rules: &[], deny_warnings: false };
//! let validator = Validator::new(host, Evaluator::default(), Inspector::default());
//! let report = validator.validate("examples/extensions/taskservs/containerd".as_ref(), &options)?;
//! assert!(report.valid);
//!
//! // A value of its schema.
//! let schema = Program::file("examples/extensions/taskservs/containerd/schemas/version.ncl");
//! let field = ["taskserv_version".to_owned(), "name".to_owned()];
//! assert_eq!(Evaluator::default().evaluate(&schema, &field, None)?, "containerd");
//!
//! // In which order are components deployed?
//! let components = [Component::new("app", &["db"]), Component::new("db", &[])];
//! let order = resolve(&components, false).map_err(|faults| faults[0].message())?;
//! assert_eq!(order[0].row, 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod audit;
pub mod calling;
pub mod configuration;
pub mod diagnostic;
pub mod doctor;
pub mod documentation;
pub mod extension;
pub mod graph;
pub mod install;
pub mod lifecycle;
pub mod logging;
pub mod manager;
pub mod metadata;
pub mod nickel;
pub mod nushell;
pub mod package;
pub mod registry;
pub mod remote;
pub mod resolver;
pub mod scaffold;
pub mod store;
pub mod template;
pub mod testing;
pub mod validation;
pub mod worker;

/// Loading extensions, under the names of the source documents (LOAD-07).
///
/// ```
/// use provisioning::extensions::{ExtensionManager, ExtensionType, LoadError};
///
/// let manager = ExtensionManager::builder()
///     .extension_dirs(["examples/extensions".into()])
///     .build();
/// let containerd = manager.load_extension(ExtensionType::Taskserv, "containerd", Some(">=1.7".to_owned()))?;
/// assert_eq!(containerd.metadata.version, "1.7.0");
/// assert!(containerd.operation("install").is_some());
/// assert!(manager.is_extension_loaded(ExtensionType::Taskserv, "containerd"));
///
/// // What is not there in that version says which versions there are.
/// match manager.load_extension(ExtensionType::Taskserv, "containerd", Some("9.0.0".to_owned())) {
///     Err(LoadError::VersionMismatch { available, .. }) => assert_eq!(available.len(), 1),
///     other => panic!("{other:?}"),
/// }
/// manager.clear_cache();
/// # Ok::<(), LoadError>(())
/// ```
pub mod extensions {
    pub use crate::extension::ExtensionType;
    pub use crate::manager::{
        Envelope, Extension, ExtensionManager, ExtensionManagerBuilder, ExtensionMetadata, Key,
        LoadError, Metrics, Missing, Needed, Operation, ReloadRequest, RestError, Wanted,
    };
}
