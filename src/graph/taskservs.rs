//! The taskservs that components are deployed by: whether they are there, and what they need themselves.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use semver::{Version, VersionReq};

use crate::diagnostic::closest;
use crate::metadata::{Dependency, ExtensionType, VersionRequest, read_version};

use super::{Component, Fault, Need};

/// An extension that there is.
#[derive(Clone, Debug)]
pub struct Offer {
    /// Its type.
    pub kind: ExtensionType,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Version,
    /// What it needs.
    pub dependencies: Vec<Dependency>,
}

/// A taskserv that there is.
#[derive(Clone, Debug)]
struct Taskserv {
    version: Version,
    needs: Vec<Need>,
}

/// The taskservs that there are.
#[derive(Clone, Debug, Default)]
pub struct Taskservs {
    by_name: BTreeMap<String, Vec<Taskserv>>,
    /// Extensions of other types, by their names.
    others: BTreeMap<String, ExtensionType>,
}

/// A component that is deployed by a taskserv of its name.
#[derive(Clone, Debug)]
pub struct Request {
    /// Its row.
    pub row: usize,
    /// Its version as it is written: a version, a range, `latest`.
    pub version: Option<String>,
}

/// Components with everything that their taskservs need.
#[derive(Clone, Debug)]
pub struct Completed {
    /// The given components, with more dependencies, and after them those that were added.
    pub components: Vec<Component>,
    /// For each one that was added, the row of a given component that leads to it.
    pub asked_by: Vec<usize>,
    /// What is not there.
    pub faults: Vec<Fault>,
}

/// Most times that versions are chosen again because of what was chosen.
const MAX_ROUNDS: usize = 8;

/// Missing names for which a similar one is looked for.
const MAX_SUGGESTIONS: usize = 20;

/// Constraints by the name of what they are about.
type Constraints = HashMap<String, Vec<VersionReq>>;

impl Taskservs {
    /// Returns the taskservs among extensions.
    pub fn among(offers: Vec<Offer>) -> Self {
        let mut all = Self::default();
        let names: HashSet<String> = offers
            .iter()
            .filter(|offer| offer.kind == ExtensionType::Taskserv)
            .map(|offer| offer.name.clone())
            .collect();
        for offer in &offers {
            if offer.kind != ExtensionType::Taskserv {
                all.others.insert(offer.name.clone(), offer.kind);
            }
        }
        for offer in offers {
            if offer.kind != ExtensionType::Taskserv {
                continue;
            }
            let needs = offer
                .dependencies
                .iter()
                .filter(|dependency| match dependency.kind {
                    Some(kind) => kind == ExtensionType::Taskserv,
                    // Without a type it is a taskserv, unless there are only others of that name.
                    None => {
                        names.contains(&dependency.name)
                            || !all.others.contains_key(&dependency.name)
                    }
                })
                .map(|dependency| Need {
                    name: dependency.name.clone(),
                    constraint: (dependency.constraint != VersionReq::STAR)
                        .then(|| dependency.constraint.clone()),
                })
                .collect();
            all.by_name.entry(offer.name).or_default().push(Taskserv {
                version: offer.version,
                needs,
            });
        }
        all
    }

    fn called(&self, name: &str) -> &[Taskserv] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }

    fn versions(&self, name: &str) -> Vec<String> {
        let mut versions: Vec<&Version> = self
            .called(name)
            .iter()
            .map(|taskserv| &taskserv.version)
            .collect();
        versions.sort();
        versions.iter().map(ToString::to_string).collect()
    }

    /// Returns the faults of components whose taskserv is not there, or not in a version that fits.
    pub fn check(&self, components: &[Component], requests: &[Request], all: bool) -> Vec<Fault> {
        let wanted = constraints(components, all);
        let mut suggestions = MAX_SUGGESTIONS;
        self.taking_part(components, requests, all)
            .filter_map(|(request, component)| {
                self.chosen(request, component, &wanted)
                    .err()
                    .map(|fault| self.suggested(*fault, &mut suggestions))
            })
            .collect()
    }

    /// Adds the taskservs that those of the components need, and what these need in turn.
    ///
    /// A version is the highest that fits everything that is known to be asked of it; what was chosen is asked again
    /// until nothing changes. Whether it does fit in the end is told by [`resolve`](super::resolve), as for every other
    /// component.
    pub fn complete(
        &self,
        components: &[Component],
        requests: &[Request],
        all: bool,
    ) -> Completed {
        let declared = constraints(components, all);
        let mut wanted = declared.clone();
        let mut round = 0;
        loop {
            let (completed, asked) = self.walk(components, requests, all, &declared, &wanted);
            round += 1;
            if asked == wanted || round == MAX_ROUNDS {
                return completed;
            }
            wanted = asked;
        }
    }

    /// One round: everything that is needed when versions fit `wanted`, and what is asked of each name then.
    fn walk(
        &self,
        components: &[Component],
        requests: &[Request],
        all: bool,
        declared: &Constraints,
        wanted: &Constraints,
    ) -> (Completed, Constraints) {
        let mut asked = declared.clone();
        let mut done = Completed {
            components: components.to_vec(),
            asked_by: Vec::new(),
            faults: Vec::new(),
        };
        let mut known: HashSet<String> = components
            .iter()
            .map(|component| component.name.clone())
            .collect();
        let mut suggestions = MAX_SUGGESTIONS;
        // Row of the component, row that led to it, what deploys it.
        let mut queue: VecDeque<(usize, usize, &Taskserv)> = VecDeque::new();
        for (request, component) in self.taking_part(components, requests, all) {
            match self.chosen(request, component, wanted) {
                Ok(taskserv) => queue.push_back((request.row, request.row, taskserv)),
                Err(fault) => done.faults.push(self.suggested(*fault, &mut suggestions)),
            }
        }
        while let Some((row, root, taskserv)) = queue.pop_front() {
            for need in &taskserv.needs {
                let constraints = asked.entry(need.name.clone()).or_default();
                if let Some(constraint) = &need.constraint
                    && !constraints.contains(constraint)
                {
                    constraints.push(constraint.clone());
                }
                let user = &done.components[row].name;
                if !known.contains(&need.name) {
                    let of_name = wanted.get(&need.name).map_or(&[][..], Vec::as_slice);
                    let Some(chosen) = highest(self.called(&need.name), None, of_name) else {
                        let by = format!("{user} {}", taskserv.version);
                        let fault = self.unmet(root, user, &by, need, of_name);
                        done.faults.push(self.suggested(fault, &mut suggestions));
                        continue;
                    };
                    known.insert(need.name.clone());
                    queue.push_back((done.components.len(), root, chosen));
                    done.components.push(Component {
                        name: need.name.clone(),
                        version: Some(chosen.version.clone()),
                        enabled: true,
                        needs: Vec::new(),
                    });
                    done.asked_by.push(root);
                }
                let needs = &mut done.components[row].needs;
                let says_nothing_new = need.constraint.is_none()
                    && needs.iter().any(|known| known.name == need.name);
                if !says_nothing_new && !needs.contains(need) {
                    needs.push(need.clone());
                }
            }
        }
        (done, asked)
    }

    fn taking_part<'a>(
        &self,
        components: &'a [Component],
        requests: &'a [Request],
        all: bool,
    ) -> impl Iterator<Item = (&'a Request, &'a Component)> {
        requests.iter().filter_map(move |request| {
            let component = components.get(request.row)?;
            (all || component.enabled).then_some((request, component))
        })
    }

    /// Returns the taskserv that deploys a component.
    fn chosen(
        &self,
        request: &Request,
        component: &Component,
        wanted: &Constraints,
    ) -> Result<&Taskserv, Box<Fault>> {
        let name = &component.name;
        let offered = self.called(name);
        if offered.is_empty() {
            return Err(Box::new(Fault::MissingTaskserv {
                row: request.row,
                component: name.clone(),
                taskserv: name.clone(),
                needed_by: None,
                other_type: self.others.get(name).copied(),
                suggestion: None,
            }));
        }
        let unfit = |wanted: String, reason| {
            Box::new(Fault::TaskservVersion {
                row: request.row,
                component: name.clone(),
                taskserv: name.clone(),
                needed_by: None,
                wanted,
                found: self.versions(name),
                reason,
            })
        };
        let version = match request.version.as_deref().map(read_request) {
            Some(Err(reason)) => {
                let written = request.version.clone().unwrap_or_default();
                return Err(unfit(written, Some(reason)));
            }
            Some(Ok(version)) => Some(version),
            None => None,
        };
        // Whether a version that is given fits what others ask is told when the components are ordered.
        let constraints = match component.version {
            Some(_) => &[][..],
            None => wanted.get(name).map_or(&[][..], Vec::as_slice),
        };
        highest(offered, version.as_ref(), constraints).ok_or_else(|| {
            let parts: Vec<String> = request
                .version
                .iter()
                .cloned()
                .chain(constraints.iter().map(ToString::to_string))
                .collect();
            unfit(parts.join(" and "), None)
        })
    }

    fn unmet(
        &self,
        row: usize,
        component: &str,
        by: &str,
        need: &Need,
        constraints: &[VersionReq],
    ) -> Fault {
        if self.called(&need.name).is_empty() {
            return Fault::MissingTaskserv {
                row,
                component: component.to_owned(),
                taskserv: need.name.clone(),
                needed_by: Some(by.to_owned()),
                other_type: self.others.get(&need.name).copied(),
                suggestion: None,
            };
        }
        let mut all: Vec<String> = need.constraint.iter().map(ToString::to_string).collect();
        for constraint in constraints {
            let text = constraint.to_string();
            if !all.contains(&text) {
                all.push(text);
            }
        }
        Fault::TaskservVersion {
            row,
            component: component.to_owned(),
            taskserv: need.name.clone(),
            needed_by: Some(by.to_owned()),
            wanted: all.join(" and "),
            found: self.versions(&need.name),
            reason: None,
        }
    }

    /// Adds a similar name to the first few faults about a name: each search goes through all names.
    fn suggested(&self, mut fault: Fault, left: &mut usize) -> Fault {
        if let Fault::MissingTaskserv {
            taskserv,
            suggestion,
            ..
        } = &mut fault
            && *left > 0
        {
            *left -= 1;
            *suggestion = closest(taskserv, self.by_name.keys().map(String::as_str))
                .first()
                .map(|name| (*name).to_owned());
        }
        fault
    }
}

/// Returns the highest version that fits; a pre-release only when there is nothing else, or when a constraint names one.
fn highest<'t>(
    offered: &'t [Taskserv],
    request: Option<&VersionRequest>,
    constraints: &[VersionReq],
) -> Option<&'t Taskserv> {
    offered
        .iter()
        .filter(|taskserv| request.is_none_or(|request| request.accepts(&taskserv.version)))
        .filter(|taskserv| {
            constraints
                .iter()
                .all(|constraint| constraint.matches(&taskserv.version))
        })
        .max_by_key(|taskserv| (taskserv.version.pre.is_empty(), &taskserv.version))
}

fn read_request(text: &str) -> Result<VersionRequest, String> {
    VersionRequest::read(text).map_err(|problem| match read_version(text) {
        // Which knows how it should be written.
        Err(reason) => reason,
        Ok(_) => problem,
    })
}

/// What components ask of each other's versions.
fn constraints(components: &[Component], all: bool) -> Constraints {
    let mut wanted = Constraints::new();
    for component in components.iter().filter(|c| all || c.enabled) {
        for need in &component.needs {
            if let Some(constraint) = &need.constraint {
                let known = wanted.entry(need.name.clone()).or_default();
                if !known.contains(constraint) {
                    known.push(constraint.clone());
                }
            }
        }
    }
    wanted
}

#[cfg(test)]
mod tests {
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
            .map(|row| Request { row, version: None })
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
        assert_eq!(done.components[2].version, Some(Version::new(1, 6, 0)));
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
        assert_eq!(done.components[2].version, Some(Version::new(1, 5, 0)));
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
        let there = Taskservs::among(vec![offer("a", "1.0.0", &["b"]), offer("b", "1.0.0", &["a"])]);
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
        let there = Taskservs::among(
            (0..count)
                .map(|n| match n {
                    0 => offer("c0", "1.0.0", &[]),
                    n => offer(&format!("c{n}"), "1.0.0", &[&format!("c{}", n - 1)]),
                })
                .collect(),
        );
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
            }).collect();
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
}
