//! Waves: sets of components that can be deployed at the same time.

use std::collections::HashMap;

use crate::diagnostic::closest;

use super::cycle::circles;
use super::{Component, Fault};

/// Where a component comes in the deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placement {
    /// Position in the given list, from 0.
    pub row: usize,
    /// Wave, from 0: everything it needs is in earlier waves.
    pub wave: usize,
    /// Position in the whole order, from 0.
    pub order: usize,
}

/// The order of deployment, or every fault that keeps the components from having one.
pub type Resolution = Result<Vec<Placement>, Vec<Fault>>;

/// Orders components.
///
/// Disabled components are left out unless `all` is set, and with them their own faults. Takes time linear in the number of components and
/// dependencies, and no recursion.
///
/// # Errors
/// Every fault, in the order of the rows: names that do not exist or exist twice, circles, enabled components that
/// need disabled ones, versions that do not fit.
pub fn resolve(components: &[Component], all: bool) -> Resolution {
    let examined = examine(components, all);
    if examined.faults.is_empty() {
        Ok(examined.placed)
    } else {
        Err(examined.faults)
    }
}

/// Returns the order of removal: exactly that of deployment from its end, so that nothing loses what it needs while it is
/// there (CTP-33 goes by the order of declaration, which may be wrong). The first wave to go has the number 0.
pub fn reversed(placed: Vec<Placement>) -> Vec<Placement> {
    let last = placed.last().map_or(0, |placement| placement.wave);
    placed
        .into_iter()
        .rev()
        .enumerate()
        .map(|(order, placement)| Placement {
            row: placement.row,
            wave: last - placement.wave,
            order,
        })
        .collect()
}

/// What can be told of components, whether they have an order or not.
pub(super) struct Examined {
    /// For each component and each of its dependencies, the row that it means.
    pub(super) targets: Vec<Vec<Option<usize>>>,
    /// Every fault, in the order of the rows.
    pub(super) faults: Vec<Fault>,
    /// The components that have a place.
    pub(super) placed: Vec<Placement>,
}

/// Looks at components; see [`resolve`].
pub(super) fn examine(components: &[Component], all: bool) -> Examined {
    let mut faults = Vec::new();
    let takes_part = |component: &Component| all || component.enabled;
    let rows = rows_by_name(components, takes_part, &mut faults);
    let mut suggestions = MAX_SUGGESTIONS;
    let mut edges: Vec<Vec<usize>> = vec![Vec::new(); components.len()];
    let mut targets: Vec<Vec<Option<usize>>> = vec![Vec::new(); components.len()];
    let taking_part = components
        .iter()
        .enumerate()
        .filter(|(_, component)| takes_part(component));
    for (row, component) in taking_part {
        for (need, wanted) in component.needs.iter().enumerate() {
            let target = rows.get(wanted.name.as_str()).copied();
            targets[row].push(target);
            let Some(target) = target else {
                faults.push(unknown(components, row, need, suggestions > 0));
                suggestions = suggestions.saturating_sub(1);
                continue;
            };
            let found = &components[target];
            if let Some(constraint) = &wanted.constraint
                && !found.version.satisfies(constraint)
            {
                faults.push(Fault::VersionMismatch {
                    row,
                    need,
                    component: component.name.clone(),
                    dependency: wanted.name.clone(),
                    wanted: constraint.to_string(),
                    found: found.version.clone(),
                });
            }
            if takes_part(found) {
                edges[row].push(target);
            } else {
                faults.push(Fault::DisabledDependency {
                    row,
                    need,
                    component: component.name.clone(),
                    dependency: wanted.name.clone(),
                });
            }
        }
    }

    let placed = place(components, &edges, takes_part);
    let expected = components.iter().filter(|c| takes_part(c)).count();
    if placed.len() < expected {
        let names = |rows: &[usize]| -> Vec<String> {
            rows.iter()
                .map(|row| components[*row].name.clone())
                .collect()
        };
        faults.extend(circles(&edges).into_iter().map(|circle| Fault::Cycle {
            path: names(&circle.path),
            other_names: names(&circle.others),
            rows: circle.path,
            others: circle.others,
        }));
    }
    sort(&mut faults);
    Examined {
        targets,
        faults,
        placed,
    }
}

/// Puts faults into the order of the rows.
pub fn sort(faults: &mut [Fault]) {
    faults.sort_by_cached_key(|fault| (fault.rows().into_iter().min(), fault.need()));
}

/// Unknown names for which a similar one is looked for: each search goes through all components.
const MAX_SUGGESTIONS: usize = 20;

/// Returns the row of each name. A component that does not take part gives way to one of the same name that does; two
/// that take part are a fault.
fn rows_by_name<'a>(
    components: &'a [Component],
    takes_part: impl Fn(&Component) -> bool,
    faults: &mut Vec<Fault>,
) -> HashMap<&'a str, usize> {
    let mut rows: HashMap<&str, usize> = HashMap::with_capacity(components.len());
    let mut repeated: HashMap<&str, Vec<usize>> = HashMap::new();
    for (row, component) in components.iter().enumerate() {
        let first = *rows.entry(&component.name).or_insert(row);
        if first == row || !takes_part(component) {
            continue;
        }
        if takes_part(&components[first]) {
            repeated
                .entry(&component.name)
                .or_insert_with(|| vec![first])
                .push(row);
        } else {
            rows.insert(&component.name, row);
        }
    }
    faults.extend(
        repeated
            .into_iter()
            .map(|(name, rows)| Fault::DuplicateName {
                rows,
                component: name.to_owned(),
            }),
    );
    rows
}

fn unknown(components: &[Component], row: usize, need: usize, suggest: bool) -> Fault {
    let component = &components[row];
    let dependency = &component.needs[need].name;
    Fault::UnknownDependency {
        row,
        need,
        component: component.name.clone(),
        dependency: dependency.clone(),
        suggestion: suggest
            .then(|| closest(dependency, components.iter().map(|c| c.name.as_str())))
            .and_then(|close| close.into_iter().find(|name| *name != component.name))
            .map(str::to_owned),
    }
}

/// Kahn's algorithm by waves; rows on a circle, and rows that need them, are missing from the result.
fn place(
    components: &[Component],
    edges: &[Vec<usize>],
    takes_part: impl Fn(&Component) -> bool,
) -> Vec<Placement> {
    let mut open: Vec<usize> = edges.iter().map(Vec::len).collect();
    let mut users: Vec<Vec<usize>> = vec![Vec::new(); components.len()];
    for (row, targets) in edges.iter().enumerate() {
        for target in targets {
            users[*target].push(row);
        }
    }
    let mut ready: Vec<usize> = (0..components.len())
        .filter(|row| open[*row] == 0 && takes_part(&components[*row]))
        .collect();
    let mut placed = Vec::with_capacity(components.len());
    let mut wave = 0;
    while !ready.is_empty() {
        let mut next = Vec::new();
        for row in ready {
            placed.push(Placement {
                row,
                wave,
                order: placed.len(),
            });
            for user in &users[row] {
                open[*user] -= 1;
                if open[*user] == 0 {
                    next.push(*user);
                }
            }
        }
        next.sort_unstable();
        ready = next;
        wave += 1;
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{ComponentVersion, Need};
    use proptest::prelude::*;
    use semver::{Version, VersionReq};

    fn names(components: &[Component]) -> Vec<&str> {
        resolve(components, false)
            .unwrap()
            .iter()
            .map(|placement| components[placement.row].name.as_str())
            .collect()
    }

    fn faults(components: &[Component]) -> Vec<Fault> {
        resolve(components, false).unwrap_err()
    }

    #[test]
    fn the_vectors_of_the_source_come_out_as_there() {
        // CTP-44
        let sample = [
            Component::new("containerd", &[]),
            Component::new("my-service", &["containerd"]),
            Component::new("registry", &[]),
        ];
        assert_eq!(names(&sample), ["containerd", "registry", "my-service"]);
        let buildkit = [
            Component::new("containerd", &[]),
            Component::new("buildkit", &["containerd"]),
            Component::new("registry", &[]),
        ];
        assert_eq!(names(&buildkit), ["containerd", "registry", "buildkit"]);
        assert!(names(&[]).is_empty());
    }

    #[test]
    fn an_unknown_name_is_not_a_circle_and_gets_a_suggestion() {
        // CTP-45 calls all three a circle.
        let found = faults(&[
            Component::new("containerd", &[]),
            Component::new("app", &["containrd", "zz"]),
        ]);
        assert_eq!(found.len(), 2);
        assert!(
            matches!(&found[0], Fault::UnknownDependency { row: 1, need: 0, suggestion: Some(name), .. } if name == "containerd")
        );
        assert!(matches!(
            &found[1],
            Fault::UnknownDependency {
                need: 1,
                suggestion: None,
                ..
            }
        ));
    }

    #[test]
    fn a_circle_is_told_with_its_path() {
        let found = faults(&[
            Component::new("a", &["b"]),
            Component::new("b", &["a"]),
            Component::new("c", &["c"]),
            Component::new("d", &["a"]),
        ]);
        let messages: Vec<_> = found.iter().map(Fault::message).collect();
        assert_eq!(
            messages,
            [
                "Circular dependency detected in cluster components: a -> b -> a",
                "Circular dependency detected in cluster components: c -> c",
            ]
        );
    }

    #[test]
    fn every_fault_comes_at_once_in_the_order_of_the_rows() {
        let mut off = Component::new("off", &[]);
        off.enabled = false;
        let found = faults(&[
            Component::new("a", &["b", "nowhere"]),
            Component::new("b", &["a"]),
            off,
            Component::new("user", &["off"]),
            Component::new("user", &[]),
        ]);
        let codes: Vec<_> = found.iter().map(|fault| fault.code().as_str()).collect();
        assert_eq!(
            codes,
            [
                "cluster::cycle",
                "cluster::unknown-dependency",
                "cluster::duplicate-name",
                "cluster::disabled-dependency",
            ]
        );
    }

    #[test]
    fn disabled_components_are_left_out_unless_all_are_asked_for() {
        let mut off = Component::new("off", &["a"]);
        off.enabled = false;
        let components = [Component::new("a", &[]), off];
        assert_eq!(resolve(&components, false).unwrap().len(), 1);
        assert_eq!(resolve(&components, true).unwrap().len(), 2);
    }

    #[test]
    fn faults_of_components_that_are_left_out_do_not_count() {
        let mut off = Component::new("off", &["nowhere"]);
        off.enabled = false;
        let mut twin = Component::new("a", &[]);
        twin.enabled = false;
        let components = [
            twin,
            Component::new("a", &[]),
            Component::new("b", &["a"]),
            off,
        ];
        let rows: Vec<usize> = resolve(&components, false)
            .unwrap()
            .iter()
            .map(|placement| placement.row)
            .collect();
        assert_eq!(rows, [1, 2]);
        assert_eq!(resolve(&components, true).unwrap_err().len(), 2);
    }

    #[test]
    fn twenty_thousand_unknown_names_are_told_soon() {
        let components: Vec<Component> = (0..20_000)
            .map(|n| Component::new(format!("component-{n}"), &["not-a-component"]))
            .collect();
        let start = std::time::Instant::now();
        assert_eq!(faults(&components).len(), 20_000);
        assert!(start.elapsed() < std::time::Duration::from_secs(10));
    }

    #[test]
    fn a_version_that_does_not_fit_is_told() {
        let mut base = Component::new("base", &[]);
        base.version = Version::new(1, 5, 0).into();
        let mut user = Component::new("user", &["base"]);
        user.needs[0].constraint = VersionReq::parse(">=1.6").ok();
        let found = faults(&[base, user]);
        assert_eq!(
            found[0].message(),
            "`user` needs `base` >=1.6, and its version is 1.5.0"
        );
    }

    #[test]
    fn a_version_that_cannot_be_compared_satisfies_nothing() {
        let told = |version: ComponentVersion, constraint: &str| {
            let mut base = Component::new("b", &[]);
            base.version = version;
            let mut user = Component::new("a", &["b"]);
            user.needs[0].constraint = VersionReq::parse(constraint).ok();
            let found = resolve(&[base, user], false).err().unwrap_or_default();
            let told = found
                .iter()
                .map(|fault| format!("{} ({})", fault.message(), fault.help()));
            told.collect::<Vec<_>>().join("; ")
        };
        assert_eq!(
            told(ComponentVersion::read("abc"), "^2"),
            "`a` needs `b` ^2, and its version is `abc`, which cannot be compared (give `b` a version such as 1.2.0, or `latest`, or remove the constraint)"
        );
        assert_eq!(
            told(ComponentVersion::Missing, "^2"),
            "`a` needs `b` ^2, and it has no version (give `b` a version such as 1.2.0, or `latest`, or remove the constraint)"
        );
        assert_eq!(
            told(ComponentVersion::Number("1.1".to_owned()), "^1"),
            "`a` needs `b` ^1, and its version is the number 1.1 (quote it, such as version: \"1.10\": without quotes that is the number 1.1)"
        );
        // `latest` is whichever fits, and anything will do for `*`.
        assert_eq!(told(ComponentVersion::read("latest"), "^2"), "");
        for version in ["", "abc"] {
            assert_eq!(told(ComponentVersion::read(version), "*"), "");
        }
        assert_eq!(told(ComponentVersion::Missing, "*"), "");
    }

    #[test]
    fn a_chain_of_a_hundred_thousand_is_no_problem() {
        let components: Vec<Component> = (0..100_000)
            .rev()
            .map(|n| match n {
                0 => Component::new("c0", &[]),
                n => Component::new(format!("c{n}"), &[&format!("c{}", n - 1)]),
            })
            .collect();
        let placed = resolve(&components, false).unwrap();
        assert_eq!(placed.last().map(|p| (p.row, p.wave)), Some((0, 99_999)));
    }

    #[test]
    fn a_star_and_a_graph_of_chance_of_a_hundred_thousand_are_no_problem() {
        let count = 100_000;
        let star: Vec<Component> = (0..count)
            .map(|n| Component::new(format!("c{n}"), if n == 0 { &[] } else { &["c0"] }))
            .collect();
        let placed = resolve(&star, false).unwrap();
        assert_eq!(placed.last().map(|p| (p.order, p.wave)), Some((99_999, 1)));
        let mut state = 1_usize;
        let random: Vec<Component> = (0..count)
            .map(|n| {
                let needs: Vec<String> = (0..3)
                    .map(|_| {
                        state = state
                            .wrapping_mul(6_364_136_223_846_793_005)
                            .wrapping_add(1);
                        format!("c{}", (state >> 33) % n.max(1))
                    })
                    .filter(|_| n > 0)
                    .collect();
                Component::new(
                    format!("c{n}"),
                    &needs.iter().map(String::as_str).collect::<Vec<_>>(),
                )
            })
            .collect();
        let placed = resolve(&random, false).unwrap();
        let mut order = vec![0; count];
        for place in &placed {
            order[place.row] = place.order;
        }
        for place in reversed(placed) {
            for need in &random[place.row].needs {
                let need: usize = need.name[1..].parse().unwrap();
                assert!(order[need] < order[place.row]);
            }
            assert_eq!(place.order, count - 1 - order[place.row]);
        }
    }

    /// The source's loop (CTP-44), kept as simple as it is slow.
    fn reference(components: &[Component]) -> Option<Vec<usize>> {
        let mut sorted: Vec<usize> = Vec::new();
        while sorted.len() < components.len() {
            let wave: Vec<usize> = (0..components.len())
                .filter(|row| !sorted.contains(row))
                .filter(|row| {
                    components[*row].needs.iter().all(|need| {
                        sorted
                            .iter()
                            .any(|done| components[*done].name == need.name)
                    })
                })
                .collect();
            if wave.is_empty() {
                return None;
            }
            sorted.extend(wave);
        }
        Some(sorted)
    }

    proptest! {
        #[test]
        fn the_order_is_that_of_the_source_resolver(
            edges in prop::collection::vec(prop::collection::vec(0_usize..12, 0..4), 0..12)
        ) {
            let count = edges.len();
            let components: Vec<Component> = edges
                .iter()
                .enumerate()
                .map(|(n, needs)| Component {
                    name: format!("c{n}"),
                    version: ComponentVersion::Missing,
                    enabled: true,
                    needs: needs
                        .iter()
                        .filter(|need| **need < count)
                        .map(|need| Need { name: format!("c{need}"), constraint: None })
                        .collect(),
                })
                .collect();
            let ours = resolve(&components, false)
                .ok()
                .map(|placed| placed.iter().map(|p| p.row).collect::<Vec<_>>());
            prop_assert_eq!(ours, reference(&components));
        }

        #[test]
        fn every_circle_that_is_told_is_one(
            edges in prop::collection::vec(prop::collection::vec(0_usize..8, 0..3), 1..8)
        ) {
            let count = edges.len();
            let components: Vec<Component> = edges.iter().enumerate().map(|(n, needs)| {
                let needs: Vec<String> = needs.iter().map(|need| format!("c{}", need % count)).collect();
                Component::new(format!("c{n}"), &needs.iter().map(String::as_str).collect::<Vec<_>>())
            }).collect();
            if let Err(faults) = resolve(&components, false) {
                for fault in faults {
                    let Fault::Cycle { rows, .. } = fault else { continue };
                    for (at, row) in rows.iter().enumerate() {
                        let next = &components[rows[(at + 1) % rows.len()]].name;
                        prop_assert!(components[*row].needs.iter().any(|need| need.name == *next));
                    }
                }
            }
        }
    }
}
