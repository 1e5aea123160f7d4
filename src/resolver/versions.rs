//! Sets of versions, in the form that the solver computes with.
//!
//! A constraint of semantic versioning does not let pre-releases in by order alone: `>=1.0.0` does not match `2.0.0-rc.1`, and
//! `>=2.0.0-rc.1` matches pre-releases of 2.0.0 only. So releases and pre-releases are two ranges beside each other. Both are
//! made of half-open intervals between points that all exist, so that equal sets look alike.

use std::fmt;

use pubgrub::{Ranges, VersionSet};
use semver::{BuildMetadata, Comparator, Op, Prerelease, Version, VersionReq};

/// Major, minor and patch.
type Triple = (u64, u64, u64);
/// A pre-release with its numbers.
type Point = (u64, u64, u64, Prerelease);

/// A set of versions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Versions {
    releases: Ranges<Triple>,
    pre_releases: Ranges<Point>,
}

impl Versions {
    /// Returns the versions that satisfy a constraint.
    pub fn of(constraint: &VersionReq) -> Self {
        let releases = constraint
            .comparators
            .iter()
            .fold(Ranges::full(), |all, comparator| {
                all.intersection(&releases(comparator))
            });
        // Only those numbers for which a comparator names a pre-release have any.
        let pre_releases = constraint
            .comparators
            .iter()
            .filter(|comparator| !comparator.pre.is_empty())
            .filter_map(full)
            .fold(Ranges::empty(), |all, triple| {
                let of_triple = constraint
                    .comparators
                    .iter()
                    .fold(all_pre_releases(triple), |all, comparator| {
                        all.intersection(&pre_releases(comparator, triple))
                    });
                all.union(&of_triple)
            });
        Self {
            releases,
            pre_releases,
        }
    }

    /// Whether no version is in it.
    pub fn is_empty(&self) -> bool {
        *self == Self::empty()
    }
}

/// Returns the version without build metadata, which say nothing about order.
pub(super) fn plain(version: &Version) -> Version {
    Version {
        build: BuildMetadata::EMPTY,
        ..version.clone()
    }
}

/// Returns the constraint that one version satisfies and no other.
pub fn exactly(version: &Version) -> VersionReq {
    VersionReq {
        comparators: vec![Comparator {
            op: Op::Exact,
            major: version.major,
            minor: Some(version.minor),
            patch: Some(version.patch),
            pre: version.pre.clone(),
        }],
    }
}

/// The numbers of a comparator, when it has all three.
fn full(comparator: &Comparator) -> Option<Triple> {
    Some((comparator.major, comparator.minor?, comparator.patch?))
}

/// The next release; nothing after the last one there can be.
fn after((major, minor, patch): Triple) -> Option<Triple> {
    if let Some(patch) = patch.checked_add(1) {
        return Some((major, minor, patch));
    }
    match minor.checked_add(1) {
        Some(minor) => Some((major, minor, 0)),
        None => Some((major.checked_add(1)?, 0, 0)),
    }
}

fn next_minor(major: u64, minor: u64) -> Option<Triple> {
    after((major, minor, u64::MAX))
}

fn next_major(major: u64) -> Option<Triple> {
    after((major, u64::MAX, u64::MAX))
}

/// From the first point on, up to and without the second; without an end when there is none.
fn between<V: Ord + Clone>(start: V, end: Option<V>) -> Ranges<V> {
    match end {
        Some(end) if end <= start => Ranges::empty(),
        Some(end) => Ranges::between(start, end),
        None => Ranges::higher_than(start),
    }
}

fn below<V: Ord + Clone>(end: Option<V>) -> Ranges<V> {
    match end {
        Some(end) => Ranges::strictly_lower_than(end),
        None => Ranges::full(),
    }
}

/// The releases that a comparator lets in.
fn releases(comparator: &Comparator) -> Ranges<Triple> {
    let (major, minor, patch) = (comparator.major, comparator.minor, comparator.patch);
    let start = (major, minor.unwrap_or(0), patch.unwrap_or(0));
    // What comes after everything that the numbers stand for.
    let end = match (minor, patch) {
        (None, _) => next_major(major),
        (Some(minor), None) => next_minor(major, minor),
        (Some(minor), Some(patch)) => after((major, minor, patch)),
    };
    // A release is above its pre-releases.
    let names_pre_release = !comparator.pre.is_empty();
    match comparator.op {
        Op::Exact | Op::Wildcard if names_pre_release => Ranges::empty(),
        Op::Greater if names_pre_release => Ranges::higher_than(start),
        Op::Greater => end.map_or_else(Ranges::empty, Ranges::higher_than),
        Op::GreaterEq => Ranges::higher_than(start),
        Op::Less => Ranges::strictly_lower_than(start),
        Op::LessEq if names_pre_release => Ranges::strictly_lower_than(start),
        Op::LessEq => below(end),
        Op::Tilde => match (minor, patch) {
            (Some(minor), Some(_)) => between(start, next_minor(major, minor)),
            _ => between(start, end),
        },
        Op::Caret => match (minor, patch) {
            (Some(minor), Some(_)) if major == 0 && minor == 0 => between(start, end),
            (Some(minor), _) if major == 0 => between(start, next_minor(major, minor)),
            _ => between(start, next_major(major)),
        },
        // Exact and wildcard; a kind that is not known yet lets in what is named.
        _ => between(start, end),
    }
}

/// The lowest pre-release of a release.
fn lowest((major, minor, patch): Triple) -> Point {
    // The number 0 is below everything else.
    let zero = Prerelease::new("0").unwrap_or(Prerelease::EMPTY);
    (major, minor, patch, zero)
}

fn point((major, minor, patch): Triple, pre: &Prerelease) -> Point {
    (major, minor, patch, pre.clone())
}

/// The lowest pre-release above one: a further part that is 0.
fn above(triple: Triple, pre: &Prerelease) -> Option<Point> {
    let pre = Prerelease::new(&format!("{pre}.0")).ok()?;
    Some(point(triple, &pre))
}

fn all_pre_releases(triple: Triple) -> Ranges<Point> {
    between(lowest(triple), after(triple).map(lowest))
}

/// The pre-releases of a release that a comparator lets in, if another one lets pre-releases of it in.
fn pre_releases(comparator: &Comparator, triple: Triple) -> Ranges<Point> {
    let all = all_pre_releases(triple);
    if full(comparator) != Some(triple) {
        // The numbers decide.
        return if lets_in(comparator, triple) {
            all
        } else {
            Ranges::empty()
        };
    }
    let pre = &comparator.pre;
    let is_release = pre.is_empty();
    let range = match comparator.op {
        // Every pre-release is below its release.
        Op::Less | Op::LessEq if is_release => return all,
        _ if is_release => return Ranges::empty(),
        Op::Greater => above(triple, pre).map_or_else(Ranges::empty, Ranges::higher_than),
        Op::GreaterEq | Op::Tilde | Op::Caret => Ranges::higher_than(point(triple, pre)),
        Op::Less => Ranges::strictly_lower_than(point(triple, pre)),
        Op::LessEq => below(above(triple, pre)),
        _ => between(point(triple, pre), above(triple, pre)),
    };
    range.intersection(&all)
}

/// Whether a comparator with other numbers lets in the pre-releases of a release, apart from the rule that somebody has to
/// name one.
fn lets_in(comparator: &Comparator, (major, minor, patch): Triple) -> bool {
    let version = Version {
        major,
        minor,
        patch,
        pre: lowest((major, minor, patch)).3,
        build: BuildMetadata::EMPTY,
    };
    // Which is named here, and changes nothing else.
    let named = Comparator {
        op: Op::GreaterEq,
        major,
        minor: Some(minor),
        patch: Some(patch),
        pre: version.pre.clone(),
    };
    let both = VersionReq {
        comparators: vec![comparator.clone(), named],
    };
    both.matches(&version)
}

impl VersionSet for Versions {
    type V = Version;

    fn empty() -> Self {
        Self {
            releases: Ranges::empty(),
            pre_releases: Ranges::empty(),
        }
    }

    fn full() -> Self {
        Self {
            releases: Ranges::full(),
            pre_releases: Ranges::full(),
        }
    }

    fn singleton(version: Version) -> Self {
        let triple = (version.major, version.minor, version.patch);
        if version.pre.is_empty() {
            Self {
                releases: between(triple, after(triple)),
                pre_releases: Ranges::empty(),
            }
        } else {
            Self {
                releases: Ranges::empty(),
                pre_releases: between(point(triple, &version.pre), above(triple, &version.pre)),
            }
        }
    }

    fn complement(&self) -> Self {
        Self {
            releases: self.releases.complement(),
            pre_releases: self.pre_releases.complement(),
        }
    }

    fn intersection(&self, other: &Self) -> Self {
        Self {
            releases: self.releases.intersection(&other.releases),
            pre_releases: self.pre_releases.intersection(&other.pre_releases),
        }
    }

    fn union(&self, other: &Self) -> Self {
        Self {
            releases: self.releases.union(&other.releases),
            pre_releases: self.pre_releases.union(&other.pre_releases),
        }
    }

    fn contains(&self, version: &Version) -> bool {
        let triple = (version.major, version.minor, version.patch);
        if version.pre.is_empty() {
            self.releases.contains(&triple)
        } else {
            self.pre_releases.contains(&point(triple, &version.pre))
        }
    }
}

impl fmt::Display for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |(major, minor, patch): &Triple| format!("{major}.{minor}.{patch}");
        let parts: Vec<String> = self
            .releases
            .iter()
            .map(|(start, end)| {
                use std::ops::Bound::{Excluded, Included, Unbounded};
                match (start, end) {
                    (Included(start), Excluded(end)) if after(*start) == Some(*end) => {
                        format!("={}", text(start))
                    }
                    (Included(start), Excluded(end)) => {
                        format!(">={}, <{}", text(start), text(end))
                    }
                    (Included(start), _) => format!(">={}", text(start)),
                    (Unbounded, Excluded(end)) => format!("<{}", text(end)),
                    _ => "*".to_owned(),
                }
            })
            .collect();
        if parts.is_empty() {
            f.write_str("none")
        } else {
            f.write_str(&parts.join(" or "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pre() -> impl Strategy<Value = String> {
        prop_oneof![
            3 => Just(String::new()),
            1 => prop_oneof![
                Just("-0"), Just("-0.0"), Just("-1"), Just("-a"), Just("-a.0"), Just("-a.1"), Just("-b"), Just("-rc.1"), Just("-rc.1.0"),
            ].prop_map(str::to_owned),
        ]
    }

    fn number() -> impl Strategy<Value = u64> {
        prop_oneof![6 => 0..3_u64, 1 => Just(u64::MAX)]
    }

    fn version() -> impl Strategy<Value = Version> {
        (number(), number(), number(), pre()).prop_map(|(major, minor, patch, pre)| {
            Version::parse(&format!("{major}.{minor}.{patch}{pre}")).unwrap()
        })
    }

    fn comparator() -> impl Strategy<Value = String> {
        let op = prop_oneof![
            Just("="),
            Just(">"),
            Just(">="),
            Just("<"),
            Just("<="),
            Just("~"),
            Just("^"),
            Just(""),
        ];
        let numbers = (number(), number(), number(), pre(), 0..5_u8);
        (op, numbers).prop_map(|(op, (major, minor, patch, pre, form))| match form {
            0 => format!("{op}{major}"),
            1 => format!("{op}{major}.{minor}"),
            2 if op.is_empty() => format!("{major}.{minor}.*"),
            _ => format!("{op}{major}.{minor}.{patch}{pre}"),
        })
    }

    fn constraint() -> impl Strategy<Value = VersionReq> {
        prop_oneof![
            1 => Just(VersionReq::STAR),
            9 => proptest::collection::vec(comparator(), 1..4)
                .prop_map(|all| VersionReq::parse(&all.join(", ")).unwrap()),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn a_set_has_what_the_constraint_matches(constraint in constraint(), version in version()) {
            prop_assert_eq!(
                Versions::of(&constraint).contains(&version),
                constraint.matches(&version),
                "{} {}", constraint, version
            );
        }

        #[test]
        fn sets_follow_the_laws_of_sets(a in constraint(), b in constraint(), version in version()) {
            let (one, two) = (Versions::of(&a), Versions::of(&b));
            prop_assert_eq!(
                one.intersection(&two).contains(&version),
                one.contains(&version) && two.contains(&version)
            );
            prop_assert_eq!(
                one.union(&two).contains(&version),
                one.contains(&version) || two.contains(&version)
            );
            prop_assert_eq!(one.complement().contains(&version), !one.contains(&version));
            prop_assert_eq!(&one.complement().complement(), &one);
            prop_assert_eq!(one.is_disjoint(&two), one.intersection(&two).is_empty());
            let single = Versions::singleton(version.clone());
            prop_assert!(single.contains(&version));
            // Equal sets look alike: what has the version has the set of it.
            prop_assert_eq!(single.subset_of(&one), one.contains(&version));
        }
    }

    #[test]
    fn a_set_is_shown_as_a_constraint() {
        let shown = |text: &str| Versions::of(&VersionReq::parse(text).unwrap()).to_string();
        assert_eq!(shown("^1.2"), ">=1.2.0, <2.0.0");
        assert_eq!(shown("=1.2.3"), "=1.2.3");
        assert_eq!(shown("*"), "*");
        assert_eq!(shown("<2"), "<2.0.0");
        assert_eq!(shown(">2, <1"), "none");
    }
}
