//! JUnit XML: a suite for each file, a case for each test.

use std::path::Path;

use super::{Row, Status};
use crate::diagnostic::junit::{Case, Failure, Suite, Suites};

/// Returns rows as a document. Paths below `base`, that of the repository, usually, are relative to it.
pub fn junit(rows: &[Row], base: &Path) -> String {
    let mut suites: Vec<Suite> = Vec::new();
    for row in rows {
        let path = row.file.strip_prefix(base).unwrap_or(&row.file);
        let path = path.to_string_lossy().replace('\\', "/");
        let name = format!("{}/{}", row.extension, stem(&row.file));
        let is_same = |suite: &&mut Suite| {
            suite
                .properties
                .iter()
                .any(|(name, value)| name == "file" && *value == path)
        };
        let case = case(row, &name, &path);
        match suites.last_mut().filter(is_same) {
            Some(suite) => suite.cases.push(case),
            None => {
                let mut properties = vec![("file".to_owned(), path)];
                let kind = row.kind.map(|kind| ("kind".to_owned(), kind.to_string()));
                properties.extend(kind);
                suites.push(Suite {
                    name,
                    properties,
                    cases: vec![case],
                });
            }
        }
    }
    Suites {
        name: "extension test".to_owned(),
        suites,
    }
    .write()
}

fn stem(path: &Path) -> String {
    let name = path.file_stem().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

fn case(row: &Row, class: &str, path: &str) -> Case {
    Case {
        class: class.to_owned(),
        name: row.test.clone().unwrap_or_else(|| stem(&row.file)),
        file: Some(path.to_owned()),
        time: row.duration.unwrap_or_default(),
        failure: row.fault.as_ref().map(|fault| Failure {
            kind: fault.code.clone(),
            message: fault.message.clone(),
            text: fault.rendered(),
        }),
        is_skipped: row.status == Status::Skipped,
        output: row.output.clone(),
    }
}
