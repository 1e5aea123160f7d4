//! Extensions that others may depend on.

use crate::extension::Extension;

use super::lazy::Lazy;

/// The extensions of one place, or why they are not known.
type Place = Result<Vec<Extension>, String>;

/// Extensions that others may depend on, by the places where they are looked for. A place is only looked at when no place
/// before it has what is needed, and only once.
#[derive(Clone, Debug, Default)]
pub struct Available(Vec<Lazy<Place>>);

impl Available {
    /// Returns these extensions.
    pub fn these(extensions: Vec<Extension>) -> Self {
        Self::default().or_in(move || Ok(extensions))
    }

    /// Adds a place to look in after the others. `look` gives its extensions, or why they are not known.
    #[must_use]
    pub fn or_in(
        mut self,
        look: impl FnOnce() -> Result<Vec<Extension>, String> + Send + 'static,
    ) -> Self {
        self.0.push(Lazy::new(look));
        self
    }

    /// Returns the places, each looked at when it is reached.
    pub(super) fn places(&self) -> impl Iterator<Item = Result<&[Extension], &str>> {
        self.0.iter().map(|place| match place.get() {
            Ok(extensions) => Ok(extensions.as_slice()),
            Err(reason) => Err(reason.as_str()),
        })
    }
}
