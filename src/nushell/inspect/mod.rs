//! Parsing modules and scripts, and telling what they hold.

mod calls;
mod compare;
mod defined;
mod definitions;
mod engine;
mod exports;
mod fold;
mod inspector;
mod legacy;
mod lints;
mod outcome;
mod parse;
mod problems;
mod request;
mod shells;
mod sites;
mod std_imports;
mod stub;
mod texts;
mod walk;
mod ways;
mod words;

pub use engine::Declaration;
pub(super) use engine::LIBRARY;
pub(super) use exports::quoted;
pub use inspector::{InspectionError, Inspector, Limit, handler};
pub use outcome::{
    Command, CommandKind, Defined, File, Flag, Inner, Inspection, Mismatch, MismatchKind, Module,
    Parameter, Place, Problem,
};
pub use request::{Request, Wanted, WantedFlag, WantedModule, WantedParameter};

#[cfg(test)]
mod tests;
