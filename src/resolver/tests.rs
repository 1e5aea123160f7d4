//! Small worlds of extensions.

use std::path::PathBuf;

use semver::{Version, VersionReq};

use super::*;
use crate::extension::{Extension, ExtensionType};
use crate::metadata::{Compatibility, Dependency};

mod explained;
mod properties;
mod traps;

fn candidate(kind: ExtensionType, name: &str, version: &str, needs: &[&str]) -> Candidate {
    let path = match kind {
        ExtensionType::Taskserv => format!("/x/{name}-{version}"),
        kind => format!("/x/{kind}-{name}-{version}"),
    };
    Candidate {
        extension: Extension {
            kind,
            name: name.to_owned(),
            version: Version::parse(version).unwrap(),
            path: PathBuf::from(&path),
            package: None,
            description: None,
            dependencies: Vec::new(),
        },
        dependencies: needs
            .iter()
            .map(|text| Dependency::read(text, format!("{path}/metadata.toml")).unwrap())
            .collect(),
        compatibility: Compatibility::default(),
        compatibility_places: std::collections::BTreeMap::new(),
        system_packages: Vec::new(),
        required_env: Vec::new(),
        problem: None,
        origin: Origin::Registered,
    }
}

pub(super) fn taskserv(name: &str, version: &str, needs: &[&str]) -> Candidate {
    candidate(ExtensionType::Taskserv, name, version, needs)
}

pub(super) fn host() -> Host {
    Host::with_nushell(Version::new(0, 115, 1))
}

pub(super) fn requests(all: &[&str]) -> Vec<Request> {
    all.iter()
        .map(|text| {
            let dependency = Dependency::read(text, "").unwrap();
            Request {
                name: dependency.name,
                kind: None,
                constraint: dependency.constraint,
            }
        })
        .collect()
}

fn solved(
    world: Vec<Candidate>,
    asked: &[&str],
    preference: &Preference,
) -> Result<Vec<String>, ResolveError> {
    solved_requests(world, &requests(asked), preference)
}

fn solved_requests(
    world: Vec<Candidate>,
    asked: &[Request],
    preference: &Preference,
) -> Result<Vec<String>, ResolveError> {
    let catalog = Catalog::new(world).looked_in(vec!["/x".to_owned()]);
    let chosen = resolve(asked, &catalog, &host(), preference, &|| None)?;
    Ok(chosen
        .iter()
        .map(|one| {
            let extension = &one.candidate.extension;
            format!("{} {}", extension.name, extension.version)
        })
        .collect())
}

fn told(world: Vec<Candidate>, asked: &[&str]) -> String {
    told_of(world, &requests(asked))
}

fn told_of(world: Vec<Candidate>, asked: &[Request]) -> String {
    use crate::diagnostic::Explain as _;
    let error = solved_requests(world, asked, &Preference::default()).unwrap_err();
    let conflict = match &error {
        ResolveError::Conflict(conflict) => conflict,
        other => panic!("{other}"),
    };
    let facts: Vec<String> = conflict
        .facts
        .iter()
        .map(|fact| format!("- {fact}"))
        .collect();
    format!(
        "{}\n{}\nhelp: {}",
        error.code(),
        facts.join("\n"),
        error.help().unwrap_or_default()
    )
}

#[test]
fn the_highest_versions_that_fit_together_are_chosen() {
    let world = vec![
        taskserv("containerd", "1.6.0", &[]),
        taskserv("containerd", "1.7.0", &[]),
        taskserv("containerd", "2.0.0", &[]),
        taskserv("containerd", "2.1.0-rc.1", &[]),
        taskserv("buildkit", "0.12.0", &["containerd >=1.6, <2"]),
        taskserv("buildkit", "0.13.0", &["containerd >=2"]),
    ];
    let choose =
        |asked: &[&str], preference: &Preference| solved(world.clone(), asked, preference).unwrap();
    let highest = Preference::default();
    assert_eq!(
        choose(&["buildkit"], &highest),
        ["buildkit 0.13.0", "containerd 2.0.0"]
    );
    assert_eq!(
        choose(&["buildkit", "containerd ^1"], &highest),
        ["buildkit 0.12.0", "containerd 1.7.0"]
    );
    assert_eq!(
        choose(&["buildkit"], &Order::Lowest.into()),
        ["buildkit 0.12.0", "containerd 1.6.0"]
    );
    let locked = [(
        (ExtensionType::Taskserv, "buildkit".to_owned()),
        Version::new(0, 12, 0),
    )];
    assert_eq!(
        choose(
            &["buildkit"],
            &Preference {
                keep: locked.into(),
                order: Order::Highest
            }
        ),
        ["buildkit 0.12.0", "containerd 1.7.0"]
    );
    assert_eq!(
        choose(&["containerd >=2.1.0-rc.0"], &highest),
        ["containerd 2.1.0-rc.1"]
    );
}

#[test]
fn who_needs_what_is_told() {
    let world = vec![
        taskserv("a", "1.0.0", &["b >=1", "c"]),
        taskserv("b", "1.0.0", &["c ^1"]),
        taskserv("c", "1.2.0", &["a"]),
    ];
    let catalog = Catalog::new(world);
    let chosen = resolve(
        &requests(&["a"]),
        &catalog,
        &host(),
        &Preference::default(),
        &|| None,
    )
    .unwrap();
    let of = |name: &str| -> Vec<String> {
        let one = chosen
            .iter()
            .find(|one| one.candidate.extension.name == name)
            .unwrap();
        one.requested_by
            .iter()
            .map(|by| {
                let who = by.extension.as_ref().map_or("caller", |(_, name, _)| name);
                format!("{who} {}", by.constraint)
            })
            .collect()
    };
    // Extensions may need each other.
    assert_eq!(of("a"), ["caller *", "c *"]);
    assert_eq!(of("b"), ["a >=1"]);
    assert_eq!(of("c"), ["a *", "b ^1"]);
}

#[test]
fn the_platform_takes_part() {
    let too_new = |version: &str, nushell: &str| Candidate {
        compatibility: Compatibility {
            nushell: Some(VersionReq::parse(nushell).unwrap()),
            ..Compatibility::default()
        },
        ..taskserv("db", version, &[])
    };
    let world = vec![too_new("1.0.0", ">=0.107"), too_new("2.0.0", ">=0.200")];
    assert_eq!(
        solved(world.clone(), &["db"], &Preference::default()).unwrap(),
        ["db 1.0.0"]
    );
    insta::assert_snapshot!(told(world, &["db >=2"]), @"
    resolve::platform
    - `db` >=2 is asked for
    - `db` 2.0.0 needs Nushell >=0.200, and this is 0.115.1
    help: change `db` from `>=2` to `>=1.0.0` in what is asked for
    ");
}

#[test]
fn names_mean_taskservs_first_and_must_mean_one_thing() {
    use ExtensionType::{Cluster, Provider, Taskserv};
    let world = vec![
        candidate(Cluster, "web", "1.0.0", &[]),
        candidate(Taskserv, "web", "2.0.0", &[]),
        candidate(Provider, "cloud", "1.0.0", &[]),
        candidate(Cluster, "cloud", "1.0.0", &[]),
        taskserv("app", "1.0.0", &["cloud"]),
    ];
    assert_eq!(
        solved(world.clone(), &["web"], &Preference::default()).unwrap(),
        ["web 2.0.0"]
    );
    insta::assert_snapshot!(told(world, &["app"]), @r#"
    resolve::ambiguous
    - `app` is asked for
    - `app` 1.0.0 needs `cloud`
    - `cloud` is the name of a provider and of a cluster
    help: say which type is meant, such as { name = "cloud", type = "provider" }
    "#);
}

#[test]
fn conflicts_are_explained_so_that_a_person_can_act() {
    let cases: Vec<(&str, Vec<Candidate>, Vec<&str>)> = vec![
        (
            "two want different majors",
            vec![
                taskserv("app", "1.0.0", &["buildkit", "containerd >=2"]),
                taskserv("buildkit", "0.12.0", &["containerd ^1.6"]),
                taskserv("containerd", "1.7.0", &[]),
                taskserv("containerd", "2.0.0", &[]),
            ],
            vec!["app"],
        ),
        (
            "a diamond",
            vec![
                taskserv("top", "1.0.0", &["left", "right"]),
                taskserv("left", "1.0.0", &["base ~1.1"]),
                taskserv("right", "1.0.0", &["base ~1.2"]),
                taskserv("base", "1.1.0", &[]),
                taskserv("base", "1.2.5", &[]),
            ],
            vec!["top"],
        ),
        (
            "something deep that is not there",
            vec![
                taskserv("a", "1.0.0", &["b"]),
                taskserv("b", "1.0.0", &["c"]),
                taskserv("c", "1.0.0", &["containrd >=1"]),
                taskserv("containerd", "1.7.0", &[]),
            ],
            vec!["a"],
        ),
        (
            "a version that is not there",
            vec![taskserv("db", "1.0.0", &[]), taskserv("db", "1.1.0", &[])],
            vec!["db ^3"],
        ),
        (
            "only a pre-release",
            vec![taskserv("db", "2.0.0-rc.1", &[])],
            vec!["db >=2"],
        ),
        (
            "every version of one leads to the same",
            vec![
                taskserv("app", "1.0.0", &["x", "y ^2"]),
                taskserv("x", "1.0.0", &["y ^1"]),
                taskserv("x", "1.1.0", &["y ^1"]),
                taskserv("x", "1.2.0", &["y ^1"]),
                taskserv("y", "1.0.0", &[]),
                taskserv("y", "2.0.0", &[]),
            ],
            vec!["app"],
        ),
        (
            "the caller asks for what cannot be together",
            vec![
                taskserv("a", "1.0.0", &["c =1.0.0"]),
                taskserv("b", "1.0.0", &["c =2.0.0"]),
                taskserv("c", "1.0.0", &[]),
                taskserv("c", "2.0.0", &[]),
            ],
            vec!["a", "b"],
        ),
        (
            "nothing of that name",
            vec![taskserv("db", "1.0.0", &[])],
            vec!["cache"],
        ),
    ];
    let all: Vec<String> = cases
        .into_iter()
        .map(|(name, world, asked)| format!("=== {name}\n{}\n", told(world, &asked)))
        .collect();
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn a_search_can_be_ended() {
    let catalog = Catalog::new(vec![taskserv("a", "1.0.0", &[])]);
    let result = resolve(
        &requests(&["a"]),
        &catalog,
        &host(),
        &Preference::default(),
        &|| Some(Stop::Interrupted),
    );
    assert!(matches!(result, Err(ResolveError::Interrupted)));
}

#[test]
fn what_is_too_new_for_this_platform_is_avoided_and_said_so() {
    let too_new = |version: &str, api: &str| Candidate {
        compatibility: Compatibility {
            provisioning: Some(VersionReq::parse(api).unwrap()),
            ..Compatibility::default()
        },
        ..taskserv("db", version, &[])
    };
    let catalog = Catalog::new(vec![
        too_new("1.0.0", ">=1"),
        too_new("1.1.0", ">=3"),
        too_new("1.2.0", ">=4"),
        too_new("2.0.0", ">=4"),
    ]);
    let chosen = resolve(
        &requests(&["db ^1"]),
        &catalog,
        &host(),
        &Preference::default(),
        &|| None,
    )
    .unwrap();
    let avoided: Vec<String> = chosen[0].avoided.iter().map(Avoided::to_string).collect();
    assert_eq!(
        avoided,
        [
            "1.2.0 needs the provisioning API >=4, and this is 2.0.0",
            "1.1.0 needs the provisioning API >=3, and this is 2.0.0",
        ]
    );
}

#[test]
fn what_is_kept_stays_as_long_as_it_fits() {
    let world = vec![
        taskserv("app", "1.0.0", &["d", "n"]),
        taskserv("n", "1.0.0", &["d ^1"]),
        taskserv("n", "2.0.0", &["d >=2"]),
        taskserv("d", "1.0.0", &[]),
        taskserv("d", "2.0.0", &[]),
        taskserv("d", "5.0.0", &[]),
    ];
    let keep = Preference {
        keep: [(
            (ExtensionType::Taskserv, "d".to_owned()),
            Version::new(1, 0, 0),
        )]
        .into(),
        order: Order::Highest,
    };
    assert_eq!(
        solved(world, &["app"], &keep).unwrap(),
        ["app 1.0.0", "d 1.0.0", "n 1.0.0"]
    );
}

#[test]
fn what_an_extension_needs_has_to_be_known() {
    let broken = Candidate {
        problem: Some("a dependency cannot be read".to_owned()),
        ..taskserv("db", "2.0.0", &[])
    };
    let world = vec![taskserv("db", "1.0.0", &[]), broken];
    assert_eq!(
        solved(world.clone(), &["db"], &Preference::default()).unwrap(),
        ["db 1.0.0"]
    );
    assert!(
        told(world, &["db >=2"])
            .contains("what `db` 2.0.0 needs is not known: a dependency cannot be read")
    );
}

#[test]
fn the_build_that_was_named_is_taken() {
    let build = |build: &str, origin| {
        let mut candidate = taskserv("db", &format!("1.0.0+{build}"), &[]);
        candidate.origin = origin;
        candidate
    };
    let world = vec![build("b2", Origin::Discovered), build("b1", Origin::Given)];
    assert_eq!(
        solved(world, &["db"], &Preference::default()).unwrap(),
        ["db 1.0.0+b1"]
    );
}
