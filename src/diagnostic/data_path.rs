//! Places in data: `servers[0].disks[1].size`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Steps shown at the start and at the end of a path; of a very deep one, the middle is left out.
const SHOWN_STEPS: usize = 8;

/// One step into data.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Step {
    /// Into a record.
    Field(String),
    /// Into an array, counted from 0.
    Index(usize),
}

/// A place in data, from the outside inwards; empty for the whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DataPath(pub Vec<Step>);

impl DataPath {
    /// Returns the path of nested fields.
    pub fn of_fields<T: Into<String>>(fields: impl IntoIterator<Item = T>) -> Self {
        Self(
            fields
                .into_iter()
                .map(|field| Step::Field(field.into()))
                .collect(),
        )
    }

    /// Whether it means the whole.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the name of the innermost field on the path.
    pub fn last_field(&self) -> Option<&str> {
        self.0.iter().rev().find_map(|step| match step {
            Step::Field(name) => Some(name.as_str()),
            Step::Index(_) => None,
        })
    }
}

impl fmt::Display for DataPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len().checked_sub(2 * SHOWN_STEPS) {
            None | Some(0) => joined(&self.0, f),
            Some(_) => {
                joined(&self.0[..SHOWN_STEPS], f)?;
                f.write_str(" ... ")?;
                joined(&self.0[self.0.len() - SHOWN_STEPS..], f)
            }
        }
    }
}

fn joined(steps: &[Step], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (at, step) in steps.iter().enumerate() {
        match step {
            Step::Field(name) => {
                if at > 0 {
                    f.write_str(".")?;
                }
                if is_plain(name) {
                    f.write_str(name)?;
                } else {
                    let escaped = name.replace('\\', "\\\\").replace('"', "\\\"");
                    write!(f, "\"{escaped}\"")?;
                }
            }
            Step::Index(index) => write!(f, "[{index}]")?,
        }
    }
    Ok(())
}

/// Whether a name can stand in a path without quotes.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| ".[]\"".contains(c) || c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shown_as_they_are_written() {
        let path = |steps: &[Step]| DataPath(steps.to_vec()).to_string();
        let field = |name: &str| Step::Field(name.to_owned());
        assert_eq!(path(&[]), "");
        assert_eq!(
            path(&[field("a"), Step::Index(0), field("b.c"), field("d-e")]),
            "a[0].\"b.c\".d-e"
        );
        assert_eq!(path(&[Step::Index(2), field("a")]), "[2].a");
        let deep = vec![field("x"); 100];
        assert_eq!(path(&deep), "x.x.x.x.x.x.x.x ... x.x.x.x.x.x.x.x");
    }
}
