//! Templates in Jinja's language: what one uses, what is wrong with it, and what it becomes with data.
//!
//! This is the only module that knows `minijinja`. A template may use others of its [`Root`] only, which are opened here:
//! the engine itself opens no files. What can be told from the text is found by parsing in this process, on a thread with
//! a stack of its own ([`parse`]). What takes data is done in a worker process ([`crate::worker`]), because a text of ten
//! characters can ask for all memory there is.

mod checker;
mod circles;
mod engine;
mod error;
mod facts;
mod filters;
mod find;
mod jinja;
mod job;
mod names;
mod parse;
mod renderer;
mod root;
mod structure;
mod walk;

pub use checker::{Checked, Checker};
pub use error::TemplateError;
pub use find::Templates;
pub use job::{JOB, handler};
pub use names::{FILTERS, FUNCTIONS, METHODS, TESTS};
pub use renderer::{Rendered, Renderer};
pub use root::{Mask, Root, is_template};

#[cfg(test)]
mod tests;
