//! What is only found out when a rule asks for it.

use std::fmt;
use std::sync::{Arc, LazyLock};

type Question<T> = Box<dyn FnOnce() -> T + Send>;

/// A value that is found out when it is first asked for, and kept. Clones share it.
pub(super) struct Lazy<T>(Arc<LazyLock<T, Question<T>>>);

impl<T> Lazy<T> {
    pub(super) fn new(find_out: impl FnOnce() -> T + Send + 'static) -> Self {
        Self(Arc::new(LazyLock::new(Box::new(find_out))))
    }

    pub(super) fn get(&self) -> &T {
        &self.0
    }
}

impl<T> Clone for Lazy<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: fmt::Debug> fmt::Debug for Lazy<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
