//! Conflicts in the words of a person.

use super::*;

fn of_kind(kind: ExtensionType, text: &str) -> Dependency {
    Dependency {
        kind: Some(kind),
        ..Dependency::read(text, "/x/metadata.toml").unwrap()
    }
}

#[test]
fn a_suggestion_changes_one_dependency_and_says_of_which_type() {
    use ExtensionType::{Cluster, Provider};
    let mut both = taskserv("both", "1.0.0", &[]);
    both.dependencies = vec![of_kind(Provider, "px ^2"), of_kind(Cluster, "px ^2")];
    let world = vec![
        both,
        candidate(Provider, "px", "1.0.0", &[]),
        candidate(Cluster, "px", "1.0.0", &[]),
    ];
    // Either edit alone leaves the other dependency as it is.
    insta::assert_snapshot!(told(world.clone(), &["both"]), @"
    resolve::conflict
    - `both` is asked for
    - `both` 1.0.0 needs the provider `px` ^2
    - the only version of the provider `px` is 1.0.0
    help:
    ");
    let mut world = world;
    world.push(candidate(Cluster, "px", "2.0.0", &[]));
    insta::assert_snapshot!(told(world, &["both"]), @"
    resolve::conflict
    - `both` is asked for
    - `both` 1.0.0 needs the provider `px` ^2
    - the only version of the provider `px` is 1.0.0
    help: change the provider `px` from `^2` to `^1.0.0` in /x/metadata.toml
    ");
}

#[test]
fn an_edit_of_a_bundle_is_one_of_all_its_extensions() {
    let in_bundle = |name: &str| {
        let mut one = taskserv(name, "1.0.0", &["base ^2"]);
        one.extension.path = PathBuf::from("/x/bundle");
        one.dependencies[0].origin = "/x/bundle/metadata.toml".to_owned();
        one
    };
    let world = vec![
        in_bundle("left"),
        in_bundle("right"),
        taskserv("base", "1.0.0", &[]),
    ];
    insta::assert_snapshot!(told(world, &["left", "right"]), @"
    resolve::conflict
    - `left` is asked for
    - `left` 1.0.0 needs `base` ^2
    - the only version of `base` is 1.0.0
    help: change `base` from `^2` to `^1.0.0` in /x/bundle/metadata.toml
    ");
}

#[test]
fn what_is_asked_for_by_its_path_has_no_constraint_to_change() {
    let mut given = taskserv("left", "2.0.0", &["base ^2"]);
    given.origin = Origin::Given;
    let world = vec![
        given,
        taskserv("left", "1.0.0", &[]),
        taskserv("base", "1.0.0", &[]),
    ];
    let mut asked = requests(&["left =2.0.0"]);
    asked[0].kind = Some(ExtensionType::Taskserv);
    insta::assert_snapshot!(told_of(world, &asked), @"
    resolve::conflict
    - `left` =2.0.0 is asked for
    - `left` 2.0.0 needs `base` ^2
    - the only version of `base` is 1.0.0
    help: change `base` from `^2` to `^1.0.0` in /x/left-2.0.0/metadata.toml
    ");
}

#[test]
fn the_nearest_version_that_helps_is_suggested() {
    let world = |versions: &[&str]| -> Vec<Candidate> {
        versions
            .iter()
            .map(|version| taskserv("db", version, &[]))
            .collect()
    };
    let help = |versions: &[&str], asked: &str| {
        let text = told(world(versions), &[asked]);
        text.lines().last().unwrap().to_owned()
    };
    let few = ["1.0.0", "2.0.0", "3.0.0-rc.1"];
    assert_eq!(
        help(&few, "db ^4"),
        "help: change `db` from `^4` to `^2.0.0` in what is asked for"
    );
    let many = ["1.0.0", "2.0.0", "4.0.0-rc.1", "5.0.0", "6.0.0"];
    assert_eq!(
        help(&many, "db ^3"),
        "help: change `db` from `^3` to `^5.0.0` in what is asked for"
    );
    assert_eq!(
        help(&["3.0.0-rc.1"], "db ^4"),
        "help: change `db` from `^4` to `^3.0.0-rc.1` in what is asked for"
    );
}

#[test]
fn a_type_that_nobody_has_is_told() {
    let world = vec![taskserv("self", "1.0.0", &[])];
    let mut asked = requests(&["self"]);
    asked[0].kind = Some(ExtensionType::Provider);
    insta::assert_snapshot!(told_of(world, &asked), @"
    resolve::missing
    - the provider `self` is asked for
    - there is no provider called `self`, only a taskserv
    help: ask for the taskserv `self` with --type taskserv
    ");
}

#[test]
fn types_of_one_name_are_told_apart() {
    use ExtensionType::Provider;
    let world = vec![
        taskserv("db", "1.0.0", &[]),
        candidate(Provider, "db", "2.0.0", &[]),
        taskserv("app", "1.0.0", &["db ^2"]),
    ];
    insta::assert_snapshot!(told(world.clone(), &["db ^2"]), @"
    resolve::conflict
    - the taskserv `db` ^2 is asked for
    - the only version of the taskserv `db` is 1.0.0
    help: ask for the provider `db` with --type provider
    ");
    insta::assert_snapshot!(told(world, &["app"]), @r#"
    resolve::conflict
    - `app` is asked for
    - `app` 1.0.0 needs the taskserv `db` ^2
    - the only version of the taskserv `db` is 1.0.0
    help: say that the provider `db` is meant, with type = "provider" in /x/app-1.0.0/metadata.toml
    "#);
}

#[test]
fn what_is_there_of_another_type_is_told_and_a_dependent_is_not_meant() {
    let mut app = taskserv("selfp", "1.0.0", &[]);
    app.dependencies = vec![of_kind(ExtensionType::Provider, "self")];
    let world = vec![app, taskserv("self", "1.0.0", &[])];
    insta::assert_snapshot!(told(world, &["selfp"]), @r#"
    resolve::missing
    - `selfp` is asked for
    - `selfp` 1.0.0 needs the provider `self`
    - there is no provider called `self`, only a taskserv
    help: say that the taskserv `self` is meant, with type = "taskserv" in /x/metadata.toml
    "#);
    let world = vec![taskserv("seld", "1.0.0", &["self"])];
    insta::assert_snapshot!(told(world, &["seld"]), @"
    resolve::missing
    - `seld` is asked for
    - `seld` 1.0.0 needs `self`
    - there is no extension called `self`
    help: register it with `extension register PATH`; looked in /x
    ");
}

#[test]
fn who_needs_an_ambiguous_name_or_itself_is_told() {
    use ExtensionType::{Cluster, Provider};
    let world = vec![
        taskserv("amb", "1.0.0", &["px"]),
        candidate(Provider, "px", "1.0.0", &[]),
        candidate(Cluster, "px", "1.0.0", &[]),
        taskserv("self", "1.0.0", &["self ^2"]),
    ];
    insta::assert_snapshot!(told(world.clone(), &["amb"]), @r#"
    resolve::ambiguous
    - `amb` is asked for
    - `amb` 1.0.0 needs `px`
    - `px` is the name of a provider and of a cluster
    help: say which type is meant, such as { name = "px", type = "provider" }
    "#);
    insta::assert_snapshot!(told(world.clone(), &["px"]), @"
    resolve::ambiguous
    - `px` is the name of a provider and of a cluster
    help: say which type is meant, with --type provider or --type cluster
    ");
    insta::assert_snapshot!(told(world, &["self"]), @"
    resolve::conflict
    - `self` is asked for
    - `self` 1.0.0 needs `self` ^2
    - an extension cannot need another version of itself
    - the only version of `self` is 1.0.0
    help: change `self` from `^2` to `^1.0.0` in /x/self-1.0.0/metadata.toml
    ");
}

#[test]
fn pre_releases_are_taken_only_when_named() {
    let db = |versions: &[&str]| -> Vec<Candidate> {
        versions
            .iter()
            .map(|version| taskserv("db", version, &[]))
            .collect()
    };
    let facts = [
        told(db(&["2.0.0-rc.1"]), &["db"]),
        told(db(&["2.0.0-rc.1", "2.0.0-rc.2"]), &["db ^2"]),
        told(db(&["1.0.0", "2.0.0-rc.2"]), &["db ^2"]),
        told(db(&["1.0.0", "2.0.0-rc.2"]), &["db ^3"]),
    ];
    insta::assert_snapshot!(facts.join("\n\n"), @"
    resolve::conflict
    - `db` is asked for
    - `db` has only the pre-release 2.0.0-rc.1, which is taken only when named (`>=2.0.0-rc.1`)
    help: change `db` from `*` to `^2.0.0-rc.1` in what is asked for

    resolve::conflict
    - `db` ^2 is asked for
    - `db` has only the pre-releases 2.0.0-rc.1 and 2.0.0-rc.2, which are taken only when named (`>=2.0.0-rc.2`)
    help: change `db` from `^2` to `^2.0.0-rc.2` in what is asked for

    resolve::conflict
    - `db` ^2 is asked for
    - the versions of `db` are 1.0.0 and 2.0.0-rc.2, and a pre-release is taken only when named (`>=2.0.0-rc.2`)
    help: change `db` from `^2` to `^1.0.0` in what is asked for

    resolve::conflict
    - `db` ^3 is asked for
    - the versions of `db` are 1.0.0 and 2.0.0-rc.2
    help: change `db` from `^3` to `^1.0.0` in what is asked for
    ");
}

#[test]
fn long_errors_have_an_end() {
    let mut world: Vec<Candidate> = (0..2_000)
        .map(|at| taskserv(&format!("c{at}"), "1.0.0", &[&format!("c{}", at + 1)]))
        .collect();
    for minor in 0..12 {
        world.push(taskserv("lots", &format!("1.{minor}.0"), &[]));
    }
    let error = solved(world.clone(), &["c0"], &Preference::default()).unwrap_err();
    insta::assert_snapshot!(error, @"`c0` is asked for; `c0` 1.0.0 needs `c1`; `c1` 1.0.0 needs `c2`; … and 1996 more …; `c1998` 1.0.0 needs `c1999`; `c1999` 1.0.0 needs `c2000`; there is no extension called `c2000`");
    use crate::diagnostic::Explain as _;
    let places: Vec<&str> = error
        .details()
        .iter()
        .map(|finding| finding.message.as_str())
        .collect();
    insta::assert_snapshot!(places.join("\n"), @"
    `c0` 1.0.0 needs `c1`
    `c1` 1.0.0 needs `c2`
    `c2` 1.0.0 needs `c3`
    `c3` 1.0.0 needs `c4`
    `c4` 1.0.0 needs `c5`
    `c1995` 1.0.0 needs `c1996`
    `c1996` 1.0.0 needs `c1997`
    `c1997` 1.0.0 needs `c1998`
    `c1998` 1.0.0 needs `c1999`
    `c1999` 1.0.0 needs `c2000`
    ");
    let error = solved(world, &["lots >=20"], &Preference::default()).unwrap_err();
    insta::assert_snapshot!(error, @"`lots` >=20 is asked for; the highest of the 12 versions of `lots` are 1.6.0, 1.7.0, 1.8.0, 1.9.0, 1.10.0 and 1.11.0");
}
