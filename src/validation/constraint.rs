//! What can be told of a version constraint alone.

use semver::{BuildMetadata, Comparator, Op, Prerelease, Version, VersionReq};

/// Whether there is any version that satisfies a constraint: `>=2, <1` has none.
///
/// A constraint is an intersection of ranges that contain their lower ends. If it has a version at all, it has the
/// highest of the lower ends. Pre-releases only count for the numbers of a comparator that names one, and there the same
/// holds among the pre-releases.
pub(super) fn is_satisfiable(constraint: &VersionReq) -> bool {
    let lowest = Version::new(0, 0, 0);
    let ends = constraint.comparators.iter().flat_map(lower_ends);
    std::iter::once(lowest)
        .chain(ends)
        .any(|version| constraint.matches(&version))
}

/// The lowest release of a comparator's range and, when it names a pre-release, the lowest pre-releases.
fn lower_ends(comparator: &Comparator) -> Vec<Version> {
    let (major, minor, patch) = (comparator.major, comparator.minor, comparator.patch);
    let named = Version {
        major,
        minor: minor.unwrap_or(0),
        patch: patch.unwrap_or(0),
        pre: Prerelease::EMPTY,
        build: BuildMetadata::EMPTY,
    };
    let release = match comparator.op {
        Op::Less | Op::LessEq => None,
        Op::Greater if comparator.pre.is_empty() => next(major, minor, patch),
        _ => Some(named.clone()),
    };
    let mut ends: Vec<Version> = release.into_iter().collect();
    if !comparator.pre.is_empty() {
        // The lowest of all, the one that is named, and the one right above it.
        let above = format!("{}.0", comparator.pre);
        let texts = ["0", comparator.pre.as_str(), above.as_str()];
        ends.extend(texts.into_iter().filter_map(|text| {
            Some(Version {
                pre: Prerelease::new(text).ok()?,
                ..named.clone()
            })
        }));
    }
    ends
}

/// The lowest release above everything that the numbers stand for.
fn next(major: u64, minor: Option<u64>, patch: Option<u64>) -> Option<Version> {
    Some(match (minor, patch) {
        (None, _) => Version::new(major.checked_add(1)?, 0, 0),
        (Some(minor), None) => Version::new(major, minor.checked_add(1)?, 0),
        (Some(minor), Some(patch)) => Version::new(major, minor, patch.checked_add(1)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn is_possible(text: &str) -> bool {
        is_satisfiable(&VersionReq::parse(text).unwrap())
    }

    #[test]
    fn a_range_without_a_version_is_known() {
        for text in [
            ">=2, <1",
            "^1, ^2",
            "=1.2.3, >1.2.3",
            ">1.2.3, <1.2.4",
            "~1.4, <1.4",
            "1.*, >=2.0.0-rc.1",
            "=1.0.0, =1.0.1",
            "<0.0.0",
            ">1.0.0-rc.1, <1.0.0-rc.1.0",
        ] {
            assert!(!is_possible(text), "{text}");
        }
    }

    #[test]
    fn every_other_range_has_one() {
        for text in [
            "*",
            ">=1.6, <2",
            ">=1.15",
            "14.0",
            "=1.0.0-rc.1",
            "<0.0.1",
            "<0.0.0-b",
            ">=1.0.0-alpha, <1.0.0-beta",
            ">1.0.0-rc.1, <1.0.0",
            ">18446744073709551614.0.0",
            "1.2.*",
        ] {
            assert!(is_possible(text), "{text}");
        }
    }

    const PRE: [&str; 7] = ["", "0", "1", "a", "a.0", "a.1", "b"];

    fn comparator() -> impl Strategy<Value = String> {
        let op = prop::sample::select(vec!["=", ">", ">=", "<", "<=", "~", "^"]);
        (
            op,
            0..3_u64,
            0..3_u64,
            0..3_u64,
            0..3_usize,
            prop::sample::select(PRE[..6].to_vec()),
        )
            .prop_map(|(op, major, minor, patch, parts, pre)| match parts {
                0 => format!("{op}{major}"),
                1 => format!("{op}{major}.{minor}"),
                _ if pre.is_empty() => format!("{op}{major}.{minor}.{patch}"),
                _ => format!("{op}{major}.{minor}.{patch}-{pre}"),
            })
    }

    proptest! {
        #[test]
        fn the_answer_is_that_of_trying_every_version(parts in prop::collection::vec(comparator(), 1..4)) {
            let constraint = VersionReq::parse(&parts.join(", ")).unwrap();
            let tried = (0..5).any(|major| (0..5).any(|minor| (0..5).any(|patch| {
                // One more pre-release lies between any two of the list.
                PRE.iter().flat_map(|pre| [(*pre).to_owned(), format!("{pre}.0")])
                    .filter(|pre| pre != ".0")
                    .any(|pre| constraint.matches(&Version {
                        pre: Prerelease::new(&pre).unwrap(),
                        ..Version::new(major, minor, patch)
                    }))
            })));
            prop_assert_eq!(is_satisfiable(&constraint), tried, "{}", constraint);
        }
    }
}
