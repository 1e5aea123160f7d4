//! Whether the file is whole.

use super::{Store, StoreError};

/// Most damages that SQLite is asked to list.
const MAX_DAMAGES: i64 = 3;

/// What a look at the whole file gave.
#[derive(Debug)]
pub struct Health {
    /// The number of its format.
    pub format: i64,
    /// What is damaged, if anything is.
    pub damage: Option<StoreError>,
}

impl Store {
    /// Looks at the whole file: every page, every index.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn health(&self) -> Result<Health, StoreError> {
        let (format, told) = self.read(|connection| {
            let format = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
            let mut statement =
                connection.prepare(&format!("PRAGMA integrity_check({MAX_DAMAGES})"))?;
            let told = statement
                .query_map([], |row| row.get(0))?
                .collect::<Result<Vec<String>, _>>()?;
            Ok((format, told))
        })?;
        let is_whole = told.iter().map(String::as_str).eq(["ok"]);
        Ok(Health {
            format,
            damage: (!is_whole).then(|| StoreError::Corrupt {
                path: self.path.clone(),
                reason: told.join(", ").replace('\n', " "),
            }),
        })
    }
}
