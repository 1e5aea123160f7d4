//! `API.md`: what an extension offers, written down from its metadata, the contracts, its code and its schemas.
//!
//! What is made stands between markers, section by section; whatever authors write around it stays.

mod error;
mod facts;
mod markdown;
mod page;
mod sections;

pub use error::DocumentationError;
pub use facts::{Documentation, Documented, Example, OperationFacts, Surroundings};
pub use page::{FILE_NAME, Page, State};
pub use sections::{SECTIONS, Section, sections};

#[cfg(test)]
mod tests;
