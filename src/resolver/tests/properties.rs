//! The answers are those of trying everything.

use proptest::prelude::*;
use semver::VersionReq;

use super::*;

/// Up to five names with up to three versions each, and what these need of each other.
fn world() -> impl Strategy<Value = Vec<Candidate>> {
    let need = (0..5_usize, 0..3_u8, 0..4_u64).prop_map(|(name, op, major)| {
        let op = ["^", ">=", "="][usize::from(op)];
        let minor = if op == "=" { ".0.0" } else { "" };
        format!("e{name} {op}{major}{minor}")
    });
    let versions = proptest::collection::vec(proptest::collection::vec(need, 0..3), 0..4);
    proptest::collection::vec(versions, 1..6).prop_map(|extensions| {
        extensions
            .into_iter()
            .enumerate()
            .flat_map(|(name, versions)| {
                versions
                    .into_iter()
                    .enumerate()
                    .map(move |(version, needs)| {
                        let needs: Vec<&str> = needs.iter().map(String::as_str).collect();
                        taskserv(&format!("e{name}"), &format!("{version}.0.0"), &needs)
                    })
            })
            .collect()
    })
}

/// Whether a choice is closed and satisfies every constraint.
fn is_valid(choice: &[&Candidate], asked: &[Request]) -> bool {
    let fits = |name: &str, constraint: &VersionReq| {
        choice
            .iter()
            .any(|one| one.extension.name == name && constraint.matches(&one.extension.version))
    };
    asked
        .iter()
        .all(|request| fits(&request.name, &request.constraint))
        && choice.iter().all(|one| {
            one.dependencies
                .iter()
                .all(|need| fits(&need.name, &need.constraint))
        })
}

/// Tries every choice of at most one version of each name.
fn exists(world: &[Candidate], asked: &[Request]) -> bool {
    let mut names: Vec<&str> = world
        .iter()
        .map(|one| one.extension.name.as_str())
        .collect();
    names.dedup();
    fn search<'a>(
        names: &[&str],
        world: &'a [Candidate],
        choice: &mut Vec<&'a Candidate>,
        asked: &[Request],
    ) -> bool {
        let Some((name, rest)) = names.split_first() else {
            return is_valid(choice, asked);
        };
        if search(rest, world, choice, asked) {
            return true;
        }
        for one in world.iter().filter(|one| one.extension.name == *name) {
            choice.push(one);
            let found = search(rest, world, choice, asked);
            choice.pop();
            if found {
                return true;
            }
        }
        false
    }
    search(&names, world, &mut Vec::new(), asked)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn the_verdict_is_that_of_trying_everything(world in world(), first in 0..5_usize, second in 0..5_usize) {
        let asked = requests(&[&format!("e{first}"), &format!("e{second} >=1")]);
        let catalog = Catalog::new(world.clone());
        for order in [Order::Highest, Order::Lowest] {
            match resolve(&asked, &catalog, &host(), &order.into(), &|| None) {
                Ok(chosen) => {
                    let choice: Vec<&Candidate> = chosen.iter().map(|one| &*one.candidate).collect();
                    prop_assert!(is_valid(&choice, &asked));
                }
                Err(ResolveError::Conflict(conflict)) => {
                    prop_assert!(!exists(&world, &asked));
                    prop_assert!(!conflict.facts.is_empty());
                    // What is suggested helps.
                    for suggestion in &conflict.suggestions {
                        let to = VersionReq::parse(&suggestion.to).unwrap();
                        let mut edited_world = world.clone();
                        let mut edited_asked = asked.clone();
                        match &suggestion.of {
                            None => edited_asked
                                .iter_mut()
                                .filter(|request| request.name == suggestion.name && request.constraint.to_string() == suggestion.from)
                                .for_each(|request| request.constraint = to.clone()),
                            Some(of) => edited_world
                                .iter_mut()
                                .filter(|one| one.extension.name == *of)
                                .flat_map(|one| &mut one.dependencies)
                                .filter(|need| need.name == suggestion.name && need.constraint.to_string() == suggestion.from)
                                .for_each(|need| need.constraint = to.clone()),
                        }
                        prop_assert!(exists(&edited_world, &edited_asked), "{suggestion}");
                    }
                }
                Err(other) => prop_assert!(false, "{}", other),
            }
        }
    }

    #[test]
    fn less_to_need_never_breaks(world in world(), first in 0..5_usize, at in 0..20_usize) {
        let asked = requests(&[&format!("e{first}")]);
        let solves = |world: Vec<Candidate>| {
            resolve(&asked, &Catalog::new(world), &host(), &Preference::default(), &|| None).is_ok()
        };
        let mut less = world.clone();
        let count = less.len().max(1);
        if let Some(one) = less.get_mut(at % count) {
            one.dependencies.pop();
        }
        prop_assert!(!solves(world) || solves(less));
    }
}
