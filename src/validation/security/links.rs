//! Links: where they lead, told without following them.

use std::path::{Component, Path, PathBuf};

use crate::diagnostic::{Code, Diagnostic};

use crate::extension::tree::{Entry, Kind, Tree, one_line};

/// Checks every link, whether it travels with the extension or not: programs follow them either way.
pub(super) fn check(tree: &Tree) -> Vec<Diagnostic> {
    tree.entries
        .iter()
        .filter(|entry| entry.kind == Kind::Link)
        .filter_map(|entry| finding(tree, entry))
        .collect()
}

fn finding(tree: &Tree, entry: &Entry) -> Option<Diagnostic> {
    let shown = entry.shown();
    let target = match std::fs::read_link(&entry.path) {
        Ok(target) => target,
        Err(error) => {
            return Some(
                Diagnostic::warning(
                    Code::SecurityNotChecked,
                    format!("where the link `{shown}` leads cannot be read: {error}"),
                )
                .with_file(entry.place()),
            );
        }
    };
    let written = one_line(&target);
    let real = dunce::canonicalize(&entry.path).ok();
    let is_outside = match &real {
        Some(real) => !real.starts_with(&tree.root),
        None => target.is_absolute() && !target.starts_with(&tree.root),
    };
    let steps_out = !target.is_absolute() && steps_out(&entry.relative, &target);
    Some(if is_outside || steps_out {
        Diagnostic::error(
            Code::SecurityLinkOutside,
            format!("the link `{shown}` leaves the extension: it leads to `{written}`"),
        )
        .with_file(entry.place())
        .with_help("put what it leads to into the extension, or remove the link")
    } else if target.is_absolute() {
        let directory = entry.path.parent().unwrap_or(&tree.root);
        let relative = real.map_or(target, |real| relative_path(directory, &real));
        Diagnostic::warning(
            Code::SecurityLinkAbsolute,
            format!("the link `{shown}` leads to `{written}`, which is another place as soon as the extension is moved"),
        )
        .with_file(entry.place())
        .with_help(format!(
            "make it relative: {}",
            one_line(&relative)
        ))
    } else if let Some(real) = real {
        if !entry.path.starts_with(&real) {
            return None;
        }
        Diagnostic::warning(
            Code::SecurityLinkAbove,
            format!("the link `{shown}` leads to `{written}`, a directory that it lies in: whoever follows it walks in circles"),
        )
        .with_file(entry.place())
        .with_help("remove the link, or link to what is needed of the directory")
    } else {
        Diagnostic::warning(
            Code::SecurityLinkBroken,
            format!("the link `{shown}` leads to `{written}`, where nothing is"),
        )
        .with_file(entry.place())
        .with_help("remove the link, or add what it leads to")
    })
}

/// Whether a relative path leaves the extension on its way, even if it comes back.
fn steps_out(link: &Path, target: &Path) -> bool {
    let mut depth = link.components().count().saturating_sub(1);
    for part in target.components() {
        match part {
            Component::ParentDir => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return true,
            },
            Component::Normal(_) => depth += 1,
            _ => {}
        }
    }
    false
}

/// Returns a path as it is written from a directory.
fn relative_path(from: &Path, to: &Path) -> PathBuf {
    let shared = from
        .components()
        .zip(to.components())
        .take_while(|(one, other)| one == other)
        .count();
    let up = from.components().skip(shared).map(|_| Component::ParentDir);
    let path: PathBuf = up.chain(to.components().skip(shared)).collect();
    if path.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_goes_out_is_told_even_when_it_comes_back() {
        for (link, target, out) in [
            ("a", "..", true),
            ("a/b", "..", false),
            ("a/b", "../..", true),
            ("a/b", "../../ext/a", true),
            ("a/b/c", "./../x/../../y", false),
            ("a", "b/../c", false),
        ] {
            assert_eq!(
                steps_out(Path::new(link), Path::new(target)),
                out,
                "{link} {target}"
            );
        }
    }

    #[test]
    fn relative_paths_lead_to_the_same_place() {
        for (from, to, path) in [
            ("/x/a", "/x/b", "../b"),
            ("/x/a", "/x/a/c", "c"),
            ("/x/a", "/x/a", "."),
            ("/x/a/b", "/x", "../.."),
        ] {
            assert_eq!(
                relative_path(Path::new(from), Path::new(to)),
                Path::new(path)
            );
        }
    }
}
