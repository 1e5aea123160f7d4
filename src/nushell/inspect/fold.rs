//! Each cause is told once, and no more of them than somebody reads.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

use super::legacy;
use super::outcome::{MAX_PROBLEMS, Place, Problem};
use super::parse::Found;
use super::problems::is_about_imports;
use super::sites::Sites;
use super::texts::Files;
use crate::diagnostic::Code;

/// What several parses have found.
#[derive(Default)]
pub(super) struct Findings(Vec<Problem>);

impl Findings {
    pub(super) fn extend(&mut self, problems: impl IntoIterator<Item = Problem>) {
        self.0.extend(problems);
    }

    /// Sorts, and takes out what is told already.
    pub(super) fn finish(self, files: &Files, found: &Found<'_, '_>) -> Vec<Problem> {
        let mut all = self.0;
        // An error tells more than a warning about the same words.
        all.sort_by_key(|problem| (problem.place(), problem.is_warning));
        let mut told: BTreeSet<(Option<Place>, String)> = BTreeSet::new();
        all.retain(|problem| told.insert((problem.place(), problem.code.clone())));
        fold(&mut all, files, found);
        let mut all = limited(once_in_each_file(all));
        let path = |problem: &Problem| {
            let file = problem.place().map(|place| place.file)?;
            files.all.get(file).map(|file| file.path.clone())
        };
        all.sort_by_cached_key(|problem| (path(problem), problem.place()));
        all
    }
}

/// Keeps a file of a hundred thousand faults from becoming a report of as many pages. The last one that is told says how
/// many there are besides.
fn limited(mut all: Vec<Problem>) -> Vec<Problem> {
    let hidden = all.len().saturating_sub(MAX_PROBLEMS);
    if hidden > 0 {
        // An error must not be hidden behind warnings.
        all.sort_by_key(|problem| (problem.is_warning, problem.place()));
        all.truncate(MAX_PROBLEMS);
        if let Some(last) = all.last_mut() {
            last.message = format!("{}; {hidden} more problems are not listed", last.message);
        }
    }
    all
}

/// Tells a variable that is not known once in each file, at its first place: it is one thing to mend, wherever it is used.
fn once_in_each_file(all: Vec<Problem>) -> Vec<Problem> {
    let mut kept: Vec<Problem> = Vec::new();
    // Where each name was told, and how often it is used besides.
    let mut told: HashMap<(usize, String), (usize, usize)> = HashMap::new();
    for problem in all {
        let file = problem.place().map(|place| place.file);
        let is_name = problem.code == Code::NushellUnknownVariable.as_str();
        let (true, Some(file)) = (is_name, file) else {
            kept.push(problem);
            continue;
        };
        match told.entry((file, problem.message.clone())) {
            Entry::Occupied(mut known) => known.get_mut().1 += 1,
            Entry::Vacant(new) => {
                new.insert((kept.len(), 0));
                kept.push(problem);
            }
        }
    }
    for (at, more) in told.into_values() {
        let times = match more {
            0 => continue,
            1 => "once more".to_owned(),
            more => format!("{more} times more"),
        };
        kept[at].message = format!("{}; it is used {times} in this file", kept[at].message);
    }
    kept
}

/// Takes out what only follows from something else.
fn fold(all: &mut Vec<Problem>, files: &Files, found: &Found<'_, '_>) {
    let is = |problem: &Problem, code: Code| problem.code == code.as_str();
    // Brackets that do not match make nonsense of what follows; the first one is the cause.
    let broken: Vec<Place> = {
        let mut broken: Vec<Place> = Vec::new();
        for problem in all
            .iter()
            .filter(|problem| is(problem, Code::NushellBrackets))
        {
            if let Some(place) = problem.labels.iter().map(|(place, _)| *place).min()
                && !broken.iter().any(|known| known.file == place.file)
            {
                broken.push(place);
            }
        }
        broken
    };
    let mut first_of_file: BTreeSet<usize> = BTreeSet::new();
    all.retain(|problem| {
        let Some(place) = problem.place() else {
            return true;
        };
        match broken.iter().find(|known| known.file == place.file) {
            None => true,
            Some(_) if is(problem, Code::NushellBrackets) => first_of_file.insert(place.file),
            Some(cause) => place.start < cause.start && !is(problem, Code::NushellUnknownCommand),
        }
    });
    // An import that is not there may be where commands come from.
    let without_import: BTreeSet<usize> = all
        .iter()
        .filter(|problem| is_about_imports(problem))
        .filter_map(|problem| Some(problem.place()?.file))
        .collect();
    all.retain(|problem| {
        let of_file = problem
            .place()
            .is_some_and(|place| without_import.contains(&place.file));
        !(of_file && is(problem, Code::NushellUnknownCommand))
    });
    // So do constants that an import names and does not get.
    let not_imported: BTreeSet<(usize, String)> = all
        .iter()
        .filter(|problem| is_about_imports(problem))
        .filter_map(|problem| {
            let place = problem.place()?;
            let text = files.text(place);
            Some((place.file, format!("${text}")))
        })
        .collect();
    all.retain(|problem| {
        let name = problem
            .place()
            .map(|place| (place.file, files.text(place).to_owned()));
        !(is(problem, Code::NushellUnknownVariable)
            && name.is_some_and(|name| not_imported.contains(&name)))
    });
    fold_arguments(all, files, found);
    // What is said of a part is about the whole that was named already. Where causes lie in each other, the outermost is
    // the one; and a warning does not stand for an error.
    let mut causes: Vec<(Place, String, bool)> = Vec::new();
    for problem in all.iter().filter(|problem| legacy::is_cause(&problem.code)) {
        let Some(place) = problem.place() else {
            continue;
        };
        if !causes.last().is_some_and(|(last, _, is_warning)| {
            last.contains(place) && (!is_warning || problem.is_warning)
        }) {
            causes.push((place, problem.code.clone(), problem.is_warning));
        }
    }
    all.retain(|problem| {
        let Some(place) = problem.place() else {
            return true;
        };
        // They are in the order of their places, and do not overlap but for warnings around errors.
        let after = causes.partition_point(|(cause, _, _)| {
            cause.file < place.file || (cause.file == place.file && cause.start <= place.start)
        });
        !causes
            .iter()
            .take(after)
            .rev()
            .take(2)
            .any(|(cause, code, is_warning)| {
                cause.contains(place)
                    && *code != problem.code
                    && (!is_warning || problem.is_warning)
            })
    });
}

/// Takes out what is said of arguments because of something else in the same call: a switch that is declared with a type wants a
/// value wherever it is used, and a flag that is not there leaves one over, as does an operator of other shells.
fn fold_arguments(all: &mut Vec<Problem>, files: &Files, found: &Found<'_, '_>) {
    let places = |code: Code| -> BTreeSet<Place> {
        all.iter()
            .filter(|problem| problem.code == code.as_str())
            .filter_map(Problem::place)
            .collect()
    };
    let typed = places(Code::NushellTypedSwitch);
    let mut unknown = places(Code::NushellUnknownFlag);
    unknown.extend(places(Code::NushellShellOperator));
    let arguments = places(Code::NushellArguments);
    if arguments.is_empty() || (typed.is_empty() && unknown.is_empty()) {
        return;
    }
    let mut asked = arguments;
    asked.extend(&unknown);
    let around = Sites::of(found).around(&asked);
    let with_unknown: BTreeSet<Place> = unknown
        .iter()
        .filter_map(|flag| Some(around.get(flag)?.place))
        .collect();
    let is_typed = |signature: Place| {
        let from = Place {
            end: signature.start,
            ..signature
        };
        let next = typed.range(from..).next();
        next.is_some_and(|switch| signature.contains(*switch))
    };
    all.retain(|problem| {
        let Some(place) = problem
            .place()
            .filter(|_| problem.code == Code::NushellArguments.as_str())
        else {
            return true;
        };
        let Some(call) = around.get(&place) else {
            return true;
        };
        let follows = with_unknown.contains(&call.place)
            || (files.text(place).starts_with('-') && call.signature.is_some_and(is_typed));
        !follows
    });
}
