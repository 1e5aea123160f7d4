use super::*;
use crate::graph::resolve;
use proptest::prelude::*;

fn offer(name: &str, version: &str, dependencies: &[&str]) -> Offer {
    Offer {
        kind: ExtensionType::Taskserv,
        name: name.to_owned(),
        version: version.parse().unwrap(),
        dependencies: dependencies
            .iter()
            .map(|text| Dependency::read(text, "here").unwrap())
            .collect(),
    }
}

/// Components without a version, each of them a taskserv.
fn taskservs(components: &[Component]) -> Vec<Request> {
    (0..components.len())
        .map(|row| Request {
            row,
            version: None,
            is_number: false,
        })
        .collect()
}

fn messages(faults: &[Fault]) -> Vec<String> {
    faults
        .iter()
        .map(|fault| format!("{} ({})", fault.message(), fault.help()))
        .collect()
}

#[test]
fn every_taskserv_that_is_not_there_is_told() {
    let there = Taskservs::among(vec![
        offer("containerd", "1.7.0", &[]),
        offer("containerd", "1.6.0", &[]),
        Offer {
            kind: ExtensionType::Provider,
            ..offer("local", "1.0.0", &[])
        },
    ]);
    let components = [
        Component::new("containerd", &[]),
        Component::new("containrd", &[]),
        Component::new("local", &[]),
        Component::new("postgres", &[]),
        Component::new("containerd", &[]),
    ];
    let mut requests = taskservs(&components);
    requests[0].version = Some("2.0.0".to_owned());
    requests[4].version = Some("v1.7.0".to_owned());
    assert_eq!(
        messages(&there.check(&components, &requests, false)),
        [
            "`containerd` is to be 2.0.0, and the taskserv is there as 1.6.0 and 1.7.0 (register the version that is wanted, or change it)",
            "`containrd` is a taskserv, and none of that name is registered or found (did you mean `containerd`?)",
            "`local` is a taskserv, and what is registered or found of that name is a provider (register the taskserv with `extension register PATH`, or correct the type of the component)",
            "`postgres` is a taskserv, and none of that name is registered or found (register it with `extension register PATH`, or put it where `extension discover` finds it)",
            "`containerd` is to be v1.7.0, and the taskserv is there as 1.6.0 and 1.7.0 (write it without the `v`: `1.7.0`)",
        ]
    );
    requests[0].version = Some("1.6".to_owned());
    assert!(
        there
            .check(&components[..1], &requests[..1], false)
            .is_empty()
    );
}

#[test]
fn what_others_ask_of_a_component_without_a_version_is_asked_of_its_taskserv() {
    let there = Taskservs::among(vec![offer("db", "1.0.0", &[]), offer("app", "1.0.0", &[])]);
    let mut components = [Component::new("db", &[]), Component::new("app", &["db"])];
    components[1].needs[0].constraint = VersionReq::parse(">=2").ok();
    let faults = there.check(&components, &taskservs(&components), false);
    assert_eq!(
        messages(&faults),
        [
            "`db` is to be >=2, and the taskserv is there as 1.0.0 (register the version that is wanted, or change it)"
        ]
    );
}

#[test]
fn what_does_not_work_with_this_platform_is_told_when_nothing_else_fits() {
    let mut there = Taskservs::among(vec![
        offer("db", "2.0.0", &[]),
        offer("db", "1.0.0", &[]),
        offer("app", "1.0.0", &["db"]),
    ]);
    there.does_not_work("db", &Version::new(2, 0, 0), "needs Nushell >=9, not 0.1.0");
    let mut components = [Component::new("db", &[]), Component::new("app", &["db"])];
    let requests = taskservs(&components);
    assert!(there.check(&components, &requests, false).is_empty());
    components[1].needs[0].constraint = VersionReq::parse(">=2").ok();
    assert_eq!(
        messages(&there.check(&components, &requests, false)),
        [
            "the taskserv `db` 2.0.0 does not work with this platform: it needs Nushell >=9, not 0.1.0 (register a version of `db` that works with it)"
        ]
    );
}

#[test]
fn what_others_ask_of_a_component_without_a_version_is_held_against_its_taskserv() {
    let there = Taskservs::among(vec![
        offer("db", "1.0.0", &[]),
        offer("app", "1.0.0", &["db ^1"]),
    ]);
    let components = [Component::new("db", &[]), Component::new("app", &[])];
    let done = there.complete(&components, &taskservs(&components), false);
    assert!(done.faults.is_empty());
    assert!(resolve(&done.components, false).is_ok());
}

#[test]
fn a_number_that_nothing_fits_is_to_be_quoted() {
    let there = Taskservs::among(vec![offer("db", "1.0.0", &[])]);
    let components = [Component::new("db", &[])];
    let mut requests = taskservs(&components);
    requests[0].version = Some("1.1".to_owned());
    requests[0].is_number = true;
    assert_eq!(
        messages(&there.check(&components, &requests, false)),
        [
            "`db` is to be 1.1, and the taskserv is there as 1.0.0 (quote it, such as version: \"1.10\": without quotes that is the number 1.1)"
        ]
    );
}

#[test]
fn what_a_taskserv_needs_is_added_before_it() {
    let there = Taskservs::among(vec![
        offer("app", "1.0.0", &["db >=1.5", "cache"]),
        offer("db", "1.6.0", &["disk"]),
        offer("db", "1.4.0", &[]),
        offer("cache", "0.1.0", &[]),
        offer("disk", "0.1.0", &[]),
    ]);
    let components = [Component::new("app", &[]), Component::new("cache", &[])];
    let done = there.complete(&components, &taskservs(&components), false);
    assert!(done.faults.is_empty());
    assert_eq!(done.asked_by, [0, 0]);
    let placed = resolve(&done.components, false).unwrap();
    let names: Vec<(&str, usize)> = placed
        .iter()
        .map(|place| (done.components[place.row].name.as_str(), place.wave))
        .collect();
    assert_eq!(names, [("cache", 0), ("disk", 0), ("db", 1), ("app", 2)]);
    assert_eq!(done.components[2].version, Version::new(1, 6, 0).into());
}

#[test]
fn what_is_added_fits_everything_that_is_asked_of_it() {
    let there = Taskservs::among(vec![
        offer("a", "1.0.0", &["lib >=1"]),
        offer("b", "1.0.0", &["lib <2"]),
        offer("lib", "1.5.0", &[]),
        offer("lib", "2.0.0", &["gone"]),
    ]);
    let components = [Component::new("a", &[]), Component::new("b", &[])];
    let done = there.complete(&components, &taskservs(&components), false);
    assert!(done.faults.is_empty(), "{:?}", done.faults);
    assert_eq!(done.components[2].version, Version::new(1, 5, 0).into());
    assert!(resolve(&done.components, false).is_ok());
}

#[test]
fn what_cannot_be_added_is_told_with_who_needs_it() {
    let there = Taskservs::among(vec![
        offer("a", "1.0.0", &["lib >=2", "gone"]),
        offer("lib", "1.5.0", &[]),
    ]);
    let components = [Component::new("a", &[])];
    let done = there.complete(&components, &taskservs(&components), false);
    assert_eq!(
        messages(&done.faults),
        [
            "the taskserv `a 1.0.0` needs `lib` >=2, and it is there as 1.5.0 (register the version that is wanted, or change it)",
            "the taskserv `a 1.0.0` needs `gone`, and no taskserv of that name is registered or found (register it with `extension register PATH`, or put it where `extension discover` finds it)",
        ]
    );
}

#[test]
fn dependencies_of_other_types_are_not_components() {
    let mut app = offer("app", "1.0.0", &["local"]);
    app.dependencies
        .push(Dependency::new("aws", "", Some(ExtensionType::Provider), "here").unwrap());
    let there = Taskservs::among(vec![
        app,
        Offer {
            kind: ExtensionType::Provider,
            ..offer("local", "1.0.0", &[])
        },
    ]);
    let components = [Component::new("app", &[])];
    let done = there.complete(&components, &taskservs(&components), false);
    assert!(done.faults.is_empty() && done.asked_by.is_empty());
}

#[test]
fn a_circle_among_what_is_needed_is_told_as_one() {
    let there = Taskservs::among(vec![
        offer("a", "1.0.0", &["b"]),
        offer("b", "1.0.0", &["a"]),
    ]);
    let components = [Component::new("a", &[])];
    let done = there.complete(&components, &taskservs(&components), false);
    let faults = resolve(&done.components, false).unwrap_err();
    assert_eq!(
        faults[0].message(),
        "Circular dependency detected in cluster components: a -> b -> a"
    );
}

#[test]
fn a_chain_of_a_hundred_thousand_is_added() {
    let count = 100_000;
    let there = Taskservs::among((0..count).map(|n| match n {
        0 => offer("c0", "1.0.0", &[]),
        n => offer(&format!("c{n}"), "1.0.0", &[&format!("c{}", n - 1)]),
    }));
    let components = [Component::new(format!("c{}", count - 1), &[])];
    let done = there.complete(&components, &taskservs(&components), false);
    assert_eq!(resolve(&done.components, false).unwrap().len(), count);
}

proptest! {
    #[test]
    fn everything_that_is_needed_is_there_exactly_once(
        needs in prop::collection::vec(prop::collection::vec(0_usize..10, 0..3), 10),
        given in prop::collection::btree_set(0_usize..10, 0..5),
    ) {
        // Only lower numbers, so that there is no circle.
        let offers = needs.iter().enumerate().map(|(n, needs)| {
            let needs: Vec<String> = needs.iter().filter(|need| **need < n).map(|need| format!("c{need}")).collect();
            offer(&format!("c{n}"), "1.0.0", &needs.iter().map(String::as_str).collect::<Vec<_>>())
        });
        let components: Vec<Component> = given.iter().map(|n| Component::new(format!("c{n}"), &[])).collect();
        let done = Taskservs::among(offers).complete(&components, &taskservs(&components), false);
        let mut expected = given.clone();
        let mut open: Vec<usize> = given.into_iter().collect();
        while let Some(n) = open.pop() {
            for need in needs[n].iter().filter(|need| **need < n) {
                if expected.insert(*need) {
                    open.push(*need);
                }
            }
        }
        let mut names: Vec<String> = done.components.iter().map(|c| c.name.clone()).collect();
        names.sort();
        let expected: Vec<String> = expected.iter().map(|n| format!("c{n}")).collect();
        prop_assert_eq!(names, expected);
        let placed = resolve(&done.components, false).unwrap();
        for place in &placed {
            let n: usize = done.components[place.row].name[1..].parse().unwrap();
            for need in needs[n].iter().filter(|need| **need < n) {
                let of_need = placed.iter().find(|other| done.components[other.row].name == format!("c{need}")).unwrap();
                prop_assert!(of_need.order < place.order);
            }
        }
    }
}
