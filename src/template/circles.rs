//! Templates that use themselves through others, which no rendering would come out of.

use std::collections::BTreeSet;

use super::checker::Checker;
use super::facts::{Facts, How, Include, Problem};
use crate::diagnostic::{Code, safe_text};

/// Most templates that are followed.
const MOST: usize = 1_000;

/// Whether rendering always goes on to the other template. What stands under a condition may end.
fn is_followed(include: &Include) -> bool {
    include.is_certain || include.how == How::Extend
}

/// Returns the shortest circle that leads back to a template.
pub(super) fn problem(name: &str, facts: &Facts, checker: &mut Checker) -> Option<Problem> {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    // Breadth first: ways, each with the include of this template that it begins with.
    let mut ways: Vec<(usize, Vec<String>)> = Vec::new();
    for (index, include) in facts.includes.iter().enumerate() {
        if is_followed(include) {
            ways.extend(
                include
                    .names
                    .first()
                    .map(|next| (index, vec![next.clone()])),
            );
        }
    }
    let mut at = 0;
    while at < ways.len().min(MOST) {
        let (begin, way) = ways[at].clone();
        at += 1;
        let Some(last) = way.last() else { continue };
        if last == name {
            let include = facts.includes.get(begin)?;
            let through: Vec<String> = way[..way.len() - 1]
                .iter()
                .map(|name| format!("`{}`", safe_text(name)))
                .collect();
            let message = match through.is_empty() {
                true => format!("`{}` uses itself", safe_text(name)),
                false => format!(
                    "`{}` uses itself through {}",
                    safe_text(name),
                    through.join(", ")
                ),
            };
            return Some(
                Problem::new(Code::TemplateCircle, message, include.span, "leads back here")
                    .with_help("take what both need into a template of its own, or put a condition around one of them"),
            );
        }
        if !seen.insert(last.clone()) {
            continue;
        }
        let Ok(known) = checker.known(last) else {
            continue;
        };
        for include in known.includes().iter().filter(|it| is_followed(it)) {
            if let Some(next) = include.names.first() {
                let mut longer = way.clone();
                longer.push(next.clone());
                ways.push((begin, longer));
            }
        }
    }
    None
}
