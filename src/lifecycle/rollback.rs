//! Taking back what a run did.

use std::collections::HashMap;

use super::component::Target;
use super::engine::Problem;
use super::execute::{Cut, Runner};
use super::transition::{Removing, Step, Way};
use super::{LifecycleError, Recorded};

/// What came of it.
#[derive(Default)]
pub(super) struct Undone {
    /// What is not as it was.
    pub(super) left: Vec<Problem>,
    /// Whether trying again may do more.
    pub(super) incomplete: bool,
    pub(super) interrupted: bool,
}

/// A component that the run has changed.
struct Changed {
    name: String,
    wave: usize,
    /// What was recorded when the run began.
    start: Option<Recorded>,
    /// The last step that led away from that.
    last: i64,
}

impl Runner<'_> {
    /// Brings each component that the run has changed back to what it was when the run began, the last one first (GAP-70). What
    /// cannot be taken back keeps what it needs.
    ///
    /// # Errors
    /// The journal cannot be written or read.
    pub(super) fn undo(&self) -> Result<Undone, LifecycleError> {
        let (recorded, steps) = self.known()?;
        let recorded: HashMap<&str, &Recorded> = recorded
            .iter()
            .map(|one| (one.component.name.as_str(), one))
            .collect();
        let mut changed: Vec<Changed> = Vec::new();
        for step in steps {
            match changed.iter_mut().find(|one| one.name == step.component) {
                Some(one) if !step.undoes => one.last = step.id,
                Some(_) => {}
                None => changed.push(Changed {
                    name: step.component,
                    wave: step.wave,
                    start: step.before,
                    last: step.id,
                }),
            }
        }
        changed.sort_by_key(|one| std::cmp::Reverse(one.last));

        let mut undone = Undone::default();
        let mut kept: Vec<&Recorded> = Vec::new();
        for one in &changed {
            let now = recorded.get(one.name.as_str()).copied();
            if now == one.start.as_ref() {
                continue;
            }
            if self.is_over() {
                undone.interrupted = true;
                break;
            }
            let user = kept
                .iter()
                .find(|user| user.component.dependencies.contains(&one.name));
            let result = match (user, now) {
                (Some(user), _) if one.start.is_none() => Err(Problem {
                    component: one.name.clone(),
                    message: format!("it stays, because `{}` needs it", user.component.name),
                    help: None,
                }),
                (_, Some(now)) if one.start.is_none() && now.adopted => {
                    undone.left.push(Problem {
                        component: one.name.clone(),
                        message: "it was there before the deployment, and is left as it is now"
                            .to_owned(),
                        help: None,
                    });
                    self.forget(one, now)
                }
                _ => self.back(one, now),
            };
            match result {
                Ok(true) => {}
                Ok(false) => {
                    undone.interrupted = true;
                    break;
                }
                Err(problem) => {
                    undone.left.push(problem);
                    undone.incomplete = true;
                    kept.extend(now);
                }
            }
        }
        self.check()?;
        Ok(undone)
    }

    /// Brings one component back; false when the end was asked for.
    fn back(&self, one: &Changed, now: Option<&Recorded>) -> Result<bool, Problem> {
        let target = one.start.as_ref().map(Target::kept);
        let Some(component) = now.or(one.start.as_ref()).map(|known| &known.component) else {
            return Ok(true);
        };
        let way = Way {
            operator: self.engine.operator,
            removing: Removing::default(),
        };
        let steps = way
            .find(now, &self.observe(component), target.as_ref())
            .map_err(|no_way| {
                let (message, help) = no_way.words(component);
                Problem {
                    component: one.name.clone(),
                    message,
                    help,
                }
            })?;
        self.each(one, now.cloned(), &steps)
    }

    fn forget(&self, one: &Changed, now: &Recorded) -> Result<bool, Problem> {
        let note = Step {
            call: None,
            after: None,
        };
        self.each(one, Some(now.clone()), &[note])
    }

    fn each(
        &self,
        one: &Changed,
        mut now: Option<Recorded>,
        steps: &[Step],
    ) -> Result<bool, Problem> {
        for step in steps {
            match self.step(one.wave, &one.name, now.as_ref(), step) {
                Ok(state) => now = state,
                Err(Cut::Interrupted | Cut::Journal | Cut::GivenUp) => return Ok(false),
                Err(Cut::Failed(failure)) => return Err(Problem::of(&one.name, failure)),
            }
        }
        Ok(true)
    }
}
