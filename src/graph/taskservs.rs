//! The taskservs that components are deployed by: whether they are there, and what they need themselves.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use semver::{Version, VersionReq};

use crate::diagnostic::closest;
use crate::metadata::{Dependency, ExtensionType, VersionRequest, read_version};

use super::version::{ComponentVersion, QUOTE_IT};
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
    /// What it needs of the platform that there is not.
    unmet: Option<String>,
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
    /// Whether it is written as a number with a fraction, which is not what was written: `1.10` is 1.1.
    pub is_number: bool,
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
    pub fn among(offers: impl IntoIterator<Item = Offer>) -> Self {
        let offers: Vec<Offer> = offers.into_iter().collect();
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
                unmet: None,
            });
        }
        all
    }

    /// Says which version of a taskserv does not work with this platform, and what it needs of it.
    pub fn does_not_work(&mut self, name: &str, version: &Version, reason: &str) {
        let all = self.by_name.get_mut(name).into_iter().flatten();
        for taskserv in all.filter(|taskserv| taskserv.version == *version) {
            taskserv.unmet = Some(reason.to_owned());
        }
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
    pub fn complete(&self, components: &[Component], requests: &[Request], all: bool) -> Completed {
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
        leave_open(&mut done.components, requests);
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
                        version: chosen.version.clone().into(),
                        enabled: true,
                        needs: Vec::new(),
                    });
                    done.asked_by.push(root);
                }
                let needs = &mut done.components[row].needs;
                let says_nothing_new =
                    need.constraint.is_none() && needs.iter().any(|known| known.name == need.name);
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
            ComponentVersion::Exact(_) => &[][..],
            _ => wanted.get(name).map_or(&[][..], Vec::as_slice),
        };
        let chosen = highest(offered, version.as_ref(), constraints).ok_or_else(|| {
            let parts: Vec<String> = request
                .version
                .iter()
                .cloned()
                .chain(constraints.iter().map(ToString::to_string))
                .collect();
            // A number is a range as it stands; that may not be what was meant.
            let reason = request.is_number.then(|| QUOTE_IT.to_owned());
            unfit(parts.join(" and "), reason)
        })?;
        match &chosen.unmet {
            // The highest that works comes first: no other one does.
            Some(reason) => Err(Box::new(Fault::TaskservPlatform {
                row: request.row,
                component: name.clone(),
                version: chosen.version.to_string(),
                reason: reason.clone(),
            })),
            None => Ok(chosen),
        }
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

/// Returns the highest version that fits and, if one does, works with this platform; a pre-release only when there is nothing else, or when a constraint names one.
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
        .max_by_key(|taskserv| {
            let is_release = taskserv.version.pre.is_empty();
            (taskserv.unmet.is_none(), is_release, &taskserv.version)
        })
}

/// Leaves the versions open of components that are deployed by taskservs and do not say one: what others ask of them is held
/// against the taskserv.
pub fn leave_open(components: &mut [Component], requests: &[Request]) {
    for request in requests {
        if let Some(component) = components.get_mut(request.row)
            && component.version.exact().is_none()
        {
            component.version = ComponentVersion::Open;
        }
    }
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
mod tests;
