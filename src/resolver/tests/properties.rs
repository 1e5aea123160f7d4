//! The answers are those of trying everything.

use proptest::prelude::*;
use semver::VersionReq;

use super::*;

/// Three names, each of which two types of extensions may have.
const KINDS: [[ExtensionType; 2]; 3] = [
    [ExtensionType::Taskserv, ExtensionType::Provider],
    [ExtensionType::Provider, ExtensionType::Cluster],
    [ExtensionType::Taskserv, ExtensionType::Cluster],
];

fn constraint() -> impl Strategy<Value = VersionReq> {
    (0..3_u8, 0..4_u64).prop_map(|(op, major)| {
        let op = ["^", ">=", "="][usize::from(op)];
        let minor = if op == "=" { ".0.0" } else { "" };
        VersionReq::parse(&format!("{op}{major}{minor}")).unwrap()
    })
}

/// A name, with a type or without one.
fn name() -> impl Strategy<Value = (String, Option<ExtensionType>)> {
    (0..3_usize, 0..4_usize)
        .prop_map(|(name, kind)| (format!("e{name}"), KINDS[name].get(kind).copied()))
}

/// Up to six extensions with up to three versions each, and what these need of each other.
fn world() -> impl Strategy<Value = Vec<Candidate>> {
    let need = (name(), constraint());
    let versions = proptest::collection::vec(proptest::collection::vec(need, 0..3), 0..4);
    proptest::collection::vec(versions, 1..7).prop_map(|extensions| {
        let mut world = Vec::new();
        for (at, versions) in extensions.into_iter().enumerate() {
            let kind = KINDS[at % 3][at / 3];
            for (version, needs) in versions.into_iter().enumerate() {
                let mut one = candidate(
                    kind,
                    &format!("e{}", at % 3),
                    &format!("{version}.0.0"),
                    &[],
                );
                for ((name, kind), constraint) in needs {
                    one.dependencies.push(Dependency {
                        name,
                        kind,
                        constraint,
                        origin: "metadata.toml".to_owned(),
                        node: None,
                    });
                }
                world.push(one);
            }
        }
        world
    })
}

fn asked() -> impl Strategy<Value = Vec<Request>> {
    let request = (name(), constraint()).prop_map(|((name, kind), constraint)| Request {
        name,
        kind,
        constraint,
    });
    proptest::collection::vec(request, 1..3)
}

/// What a name means; nothing when it has several meanings, or none.
fn meant(world: &[Candidate], kind: Option<ExtensionType>, name: &str) -> Option<ExtensionType> {
    let has = |kind: ExtensionType| {
        let mut extensions = world.iter().map(|one| &one.extension);
        extensions.any(|one| one.kind == kind && one.name == name)
    };
    let (cluster, provider) = (has(ExtensionType::Cluster), has(ExtensionType::Provider));
    match kind {
        Some(kind) => Some(kind),
        None if has(ExtensionType::Taskserv) => Some(ExtensionType::Taskserv),
        None if cluster && provider => None,
        None if cluster => Some(ExtensionType::Cluster),
        None if provider => Some(ExtensionType::Provider),
        None => None,
    }
}

/// Whether a choice is closed and satisfies every constraint.
fn is_valid(choice: &[&Candidate], asked: &[Request], world: &[Candidate]) -> bool {
    let fits = |kind: Option<ExtensionType>, name: &str, constraint: &VersionReq| {
        meant(world, kind, name).is_some_and(|kind| {
            let mut chosen = choice.iter().map(|one| &one.extension);
            chosen
                .any(|one| one.kind == kind && one.name == name && constraint.matches(&one.version))
        })
    };
    asked
        .iter()
        .all(|request| fits(request.kind, &request.name, &request.constraint))
        && choice.iter().all(|one| {
            one.dependencies
                .iter()
                .all(|need| fits(need.kind, &need.name, &need.constraint))
        })
}

/// Tries every choice of at most one version of each extension.
fn exists(world: &[Candidate], asked: &[Request]) -> bool {
    fn search<'a>(
        rest: &[(ExtensionType, String)],
        world: &'a [Candidate],
        choice: &mut Vec<&'a Candidate>,
        asked: &[Request],
    ) -> bool {
        let Some(((kind, name), rest)) = rest.split_first() else {
            return is_valid(choice, asked, world);
        };
        if search(rest, world, choice, asked) {
            return true;
        }
        for one in world {
            if one.extension.kind != *kind || one.extension.name != *name {
                continue;
            }
            choice.push(one);
            let found = search(rest, world, choice, asked);
            choice.pop();
            if found {
                return true;
            }
        }
        false
    }
    let mut all: Vec<(ExtensionType, String)> = world
        .iter()
        .map(|one| (one.extension.kind, one.extension.name.clone()))
        .collect();
    all.dedup();
    search(&all, world, &mut Vec::new(), asked)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn the_verdict_is_that_of_trying_everything(world in world(), asked in asked()) {
        let catalog = Catalog::new(world.clone());
        for order in [Order::Highest, Order::Lowest] {
            match resolve(&asked, &catalog, &host(), &order.into(), &|| None) {
                Ok(chosen) => {
                    let choice: Vec<&Candidate> = chosen.iter().map(|one| &*one.candidate).collect();
                    prop_assert!(is_valid(&choice, &asked, &world));
                }
                Err(ResolveError::Conflict(conflict)) => {
                    prop_assert!(!exists(&world, &asked));
                    prop_assert!(!conflict.facts.is_empty());
                    // What is suggested helps.
                    for suggestion in &conflict.suggestions {
                        let mut edited_world = world.clone();
                        let mut edited_asked = asked.clone();
                        match (&suggestion.of, &suggestion.to) {
                            (None, Change::Constraint(to)) => edited_asked[suggestion.at].constraint = to.clone(),
                            // The flag is for all.
                            (None, Change::Type(kind)) => {
                                let before = asked[suggestion.at].kind;
                                edited_asked
                                    .iter_mut()
                                    .filter(|request| request.kind == before)
                                    .for_each(|request| request.kind = Some(*kind));
                            }
                            (Some((kind, name, version)), to) => {
                                let is_it = |one: &&mut Candidate| {
                                    let own = &one.extension;
                                    (own.kind, &own.name, &own.version) == (*kind, name, version)
                                };
                                let one = edited_world.iter_mut().find(is_it).unwrap();
                                match to {
                                    Change::Constraint(to) => one.dependencies[suggestion.at].constraint = to.clone(),
                                    Change::Type(to) => one.dependencies[suggestion.at].kind = Some(*to),
                                }
                            }
                        }
                        prop_assert!(exists(&edited_world, &edited_asked), "{suggestion}");
                    }
                }
                Err(other) => prop_assert!(false, "{}", other),
            }
        }
    }

    #[test]
    fn less_to_need_never_breaks(world in world(), asked in asked(), at in 0..20_usize) {
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
