//! Where a deployment and its components stand in the user's own text.

use nu_protocol::Span;

/// What to underline when something is wrong.
#[derive(Clone)]
pub(super) struct Places {
    /// The deployment: its name, or its definition.
    pub(super) whole: Span,
    components: Vec<(String, Span)>,
}

impl Places {
    /// Returns those of a deployment of whose components nothing is said.
    pub(super) fn of(whole: Span) -> Self {
        Self {
            whole,
            components: Vec::new(),
        }
    }

    /// Says where a component is named.
    pub(super) fn add(&mut self, component: &str, place: Span) {
        self.components.push((component.to_owned(), place));
    }

    /// Returns where a component is named, when that is a place of its own.
    pub(super) fn component(&self, name: &str) -> Option<Span> {
        let mut all = self.components.iter();
        let (_, place) = all.find(|(known, _)| known == name)?;
        (*place != self.whole).then_some(*place)
    }
}
