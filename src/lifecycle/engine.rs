//! What can be done with a deployment.

use std::path::{Path, PathBuf};

use super::component::Target;
use super::execute::{Pace, Runner};
use super::holder::Holder;
use super::journal::{Direction, Journal, Run, RunOutcome};
use super::observe::{MAX_MESSAGE, Observed, observe};
use super::plan::{Plan, Planned, make};
use super::records::{self, State};
use super::settle::settle_lost;
use super::transition::{Removing, Way};
use super::{Definition, Event, Failure, LifecycleError, Operator, Recorded, parallel};
use crate::metadata::check_name;
use crate::nickel::kept_text;
use crate::store::{Lock, LockError};

/// What becomes of what a run did, when it fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFailure {
    /// It is taken back. Removing is not: the run can go on.
    #[default]
    RollBack,
    /// It stays, and the run can go on or be taken back.
    Keep,
}

/// How a run is done.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Components at the same time.
    pub jobs: usize,
    /// Whether what does not need what has failed is done all the same. Nothing is taken back then.
    pub keep_going: bool,
    /// What becomes of what was done, when something fails.
    pub on_failure: OnFailure,
    /// How components are waited for.
    pub pace: Pace,
    /// Whether removing goes on where something cannot be removed (CTP-37).
    pub force: bool,
    /// Whether removing leaves data.
    pub keep_data: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            jobs: std::thread::available_parallelism().map_or(1, usize::from),
            keep_going: false,
            on_failure: OnFailure::default(),
            pace: Pace::default(),
            force: false,
            keep_data: false,
        }
    }
}

/// Something that was not done with a component.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// The component.
    pub component: String,
    /// What happened.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Problem {
    pub(super) fn of(component: &str, failure: Failure) -> Self {
        Self {
            component: component.to_owned(),
            message: failure.message,
            help: failure.help,
        }
    }
}

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Its number; none when there was nothing to do, or nothing is left to go on with.
    pub run: Option<i64>,
    /// How it ended.
    pub outcome: RunOutcome,
    /// What was planned.
    pub rows: Vec<Planned>,
    /// What has failed.
    pub failures: Vec<Problem>,
    /// What could not be taken back.
    pub not_undone: Vec<Problem>,
}

/// What works on deployments, on behalf of one call.
pub struct Engine<'a> {
    /// The data directory.
    pub data_dir: &'a Path,
    /// What runs operations.
    pub operator: &'a dyn Operator,
    /// How it is done.
    pub options: Options,
    /// Is told what happens; by several threads.
    pub events: &'a (dyn Fn(&Event) + Sync),
    /// Whether the end is asked for.
    pub stop: &'a (dyn Fn() -> bool + Sync),
}

pub(super) type Result<T> = std::result::Result<T, LifecycleError>;

/// Makes a plan, and says what is to be there in the end, from what is recorded.
pub(super) type Planner<'a> = dyn Fn(&[Recorded]) -> Result<(Vec<Target>, Plan)> + 'a;

/// Work on a deployment. Nobody else does meanwhile.
struct Claim<'a> {
    name: &'a str,
    journal: Journal,
    _lock: Lock,
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        // Who is named and has no lock is known to be gone.
        let _ = self.journal.release(self.name);
    }
}

impl Engine<'_> {
    /// Returns what [`Engine::create`] would do. Asks the components, and changes nothing.
    ///
    /// # Errors
    /// The components have no order, or the database cannot be read.
    pub fn plan(&self, definition: &Definition) -> Result<Plan> {
        let recorded = self.recorded(definition.name())?;
        self.planned(&recorded, &targets(definition))
    }

    /// Returns what [`Engine::delete`] would do.
    ///
    /// # Errors
    /// As [`Engine::plan`]; or there is no such deployment.
    pub fn plan_removal(&self, name: &str) -> Result<Plan> {
        self.state(name)?;
        self.planned(&self.recorded(name)?, &[])
    }

    /// Brings a deployment to what is wanted.
    ///
    /// # Errors
    /// Nothing was done: somebody else works on it, or something is known to be impossible. Or the journal fails. What fails
    /// on the way is in the outcome.
    pub fn create(&self, definition: &Definition) -> Result<Outcome> {
        self.begin(definition.name(), "create", &targets(definition))
    }

    /// As [`Engine::create`], for a deployment that there is.
    ///
    /// # Errors
    /// As [`Engine::create`]; or there is no such deployment.
    pub fn upgrade(&self, definition: &Definition) -> Result<Outcome> {
        self.state(definition.name())?;
        self.begin(definition.name(), "upgrade", &targets(definition))
    }

    /// Removes what is recorded of a deployment, in the reverse of its order. What fails is not taken back.
    ///
    /// # Errors
    /// As [`Engine::create`]; or there is no such deployment.
    pub fn delete(&self, name: &str) -> Result<Outcome> {
        self.state(name)?;
        self.begin(name, "delete", &[])
    }

    /// Goes on with a run that was not finished. What the journal does not keep, which are secret settings, comes from the
    /// definition, which has to be that of the run.
    ///
    /// # Errors
    /// As [`Engine::create`]; or there is nothing to go on with.
    pub fn resume(&self, name: &str, definition: Option<&Definition>) -> Result<Outcome> {
        self.state(name)?;
        let mut claim = self.claim(name)?;
        let run = unfinished(&claim.journal, name)?;
        let targets = match definition {
            None => run.goal.iter().map(Target::kept).collect(),
            Some(definition) => {
                let targets = targets(definition);
                same_goal(name, &run, &targets)?;
                targets
            }
        };
        settle_lost(self, &mut claim.journal, name)?;
        let plan = self.planned(&claim.journal.recorded(name)?, &targets)?;
        let plan = self.permitted(name, plan, targets.is_empty())?;
        claim.journal.go_on(run.id, Direction::Forward)?;
        self.carry_out(&mut claim, run.id, &run.operation, plan)
    }

    /// Takes back what a run did that was not finished.
    ///
    /// # Errors
    /// Somebody else works on it, there is nothing to take back, or the journal fails.
    pub fn rollback(&self, name: &str) -> Result<Outcome> {
        self.state(name)?;
        let mut claim = self.claim(name)?;
        let run = unfinished(&claim.journal, name)?;
        settle_lost(self, &mut claim.journal, name)?;
        self.take_back(&mut claim, run.id, Vec::new(), Vec::new())
    }

    pub(super) fn state(&self, name: &str) -> Result<State> {
        records::state(self.data_dir, name)
    }

    /// Asks every component that is recorded how it is.
    ///
    /// # Errors
    /// As [`Engine::state`].
    pub fn health(&self, name: &str) -> Result<(State, Vec<Observed>)> {
        let state = self.state(name)?;
        let observed = parallel::each(&state.components, self.options.jobs, |one| {
            observe(self.operator, &one.component, true, self.stop)
        });
        Ok((state, observed))
    }

    pub(super) fn recorded(&self, name: &str) -> Result<Vec<Recorded>> {
        records::recorded(self.data_dir, name)
    }

    pub(super) fn planned(&self, recorded: &[Recorded], targets: &[Target]) -> Result<Plan> {
        let way = Way {
            operator: self.operator,
            removing: Removing {
                force: self.options.force,
                keep_data: self.options.keep_data,
            },
        };
        make(recorded, targets, &way, self.options.jobs, self.stop)
    }

    /// Returns a plan that can be carried out; when removing is forced, as far as it can.
    fn permitted(&self, name: &str, plan: Plan, is_removal: bool) -> Result<Plan> {
        if plan.problems.is_empty() || (is_removal && self.options.force) {
            return Ok(plan);
        }
        Err(LifecycleError::Refused {
            name: name.to_owned(),
            problems: plan.problems,
        })
    }

    /// Claims a deployment for this process. The lock decides, which the system takes from the dead; the row says who it is.
    fn claim<'a>(&self, name: &'a str) -> Result<Claim<'a>> {
        check_name(name).map_err(|reason| LifecycleError::Name {
            name: name.to_owned(),
            reason,
        })?;
        let directory = self.data_dir.join("deployments");
        let path = directory.join(format!("{name}.lock"));
        let failed = |path: PathBuf, error: &std::io::Error| LifecycleError::Lock {
            path,
            reason: error.to_string(),
        };
        std::fs::create_dir_all(&directory).map_err(|error| failed(directory, &error))?;
        let lock = match Lock::take_now(&path, "a run") {
            Ok(lock) => lock,
            Err(LockError::Io(error)) => return Err(failed(path, &error)),
            Err(LockError::Busy { .. } | LockError::Interrupted) => {
                let known = Journal::open_existing(self.data_dir)?
                    .map(|journal| journal.deployment(name))
                    .transpose()?;
                return Err(LifecycleError::Held {
                    name: name.to_owned(),
                    holder: known.flatten().and_then(|deployment| deployment.holder),
                });
            }
        };
        let mut journal = Journal::open(self.data_dir)?;
        journal.hold(name, &Holder::this_process())?;
        Ok(Claim {
            name,
            journal,
            _lock: lock,
        })
    }

    fn begin(&self, name: &str, operation: &str, targets: &[Target]) -> Result<Outcome> {
        self.work(name, operation, &|recorded| {
            let plan = self.planned(recorded, targets)?;
            Ok((targets.to_vec(), plan))
        })
    }

    /// Claims a deployment, makes a plan from what is recorded then, and carries it out.
    pub(super) fn work(&self, name: &str, operation: &str, plan: &Planner<'_>) -> Result<Outcome> {
        let mut claim = self.claim(name)?;
        settle_lost(self, &mut claim.journal, name)?;
        let (targets, plan) = plan(&claim.journal.recorded(name)?)?;
        let plan = self.permitted(name, plan, targets.is_empty())?;
        let is_unfinished = claim
            .journal
            .runs(name)?
            .first()
            .is_some_and(|run| !is_final(run));
        let is_over = (self.stop)();
        if is_over || !is_unfinished && !plan.rows.iter().any(Planned::has_work) {
            return Ok(Outcome {
                run: None,
                outcome: if is_over {
                    RunOutcome::Interrupted
                } else {
                    RunOutcome::Done
                },
                rows: plan.rows,
                failures: Vec::new(),
                not_undone: Vec::new(),
            });
        }
        let goal: Vec<Recorded> = targets.iter().map(|one| one.recorded.clone()).collect();
        let run = claim.journal.begin_run(name, operation, &goal)?;
        self.carry_out(&mut claim, run, operation, plan)
    }

    fn carry_out(
        &self,
        claim: &mut Claim<'_>,
        run: i64,
        operation: &str,
        plan: Plan,
    ) -> Result<Outcome> {
        let keep_going = self.options.keep_going || (operation == "delete" && self.options.force);
        let runner = Runner::new(self, claim.name, run, &mut claim.journal, false);
        let mut report = runner.run(&plan, keep_going)?;
        drop(runner);
        // What was known to be impossible, and was not tried.
        let is_untried = |problem: &&Problem| {
            let row = plan
                .rows
                .iter()
                .find(|row| row.component == problem.component);
            row.is_none_or(|row| !row.has_work())
        };
        report
            .failures
            .extend(plan.problems.iter().filter(is_untried).cloned());
        let only_goes_on = ["delete", "restart"].contains(&operation);
        let outcome = if report.interrupted {
            RunOutcome::Interrupted
        } else if report.failures.is_empty() {
            RunOutcome::Done
        } else if keep_going || only_goes_on || self.options.on_failure == OnFailure::Keep {
            RunOutcome::Failed
        } else {
            return self.take_back(claim, run, plan.rows, report.failures);
        };
        let message = summary(&report.failures);
        claim.journal.end_run(run, outcome, message.as_deref())?;
        Ok(Outcome {
            run: Some(run),
            outcome,
            rows: plan.rows,
            failures: report.failures,
            not_undone: Vec::new(),
        })
    }

    fn take_back(
        &self,
        claim: &mut Claim<'_>,
        run: i64,
        rows: Vec<Planned>,
        failures: Vec<Problem>,
    ) -> Result<Outcome> {
        claim.journal.go_on(run, Direction::Back)?;
        let runner = Runner::new(self, claim.name, run, &mut claim.journal, true);
        let undone = runner.undo()?;
        drop(runner);
        let outcome = if undone.interrupted {
            RunOutcome::Interrupted
        } else if undone.incomplete {
            RunOutcome::Incomplete
        } else {
            RunOutcome::RolledBack
        };
        let all: Vec<Problem> = failures.iter().chain(&undone.left).cloned().collect();
        let message = summary(&all);
        claim.journal.end_run(run, outcome, message.as_deref())?;
        Ok(Outcome {
            run: Some(run),
            outcome,
            rows,
            failures,
            not_undone: undone.left,
        })
    }
}

fn targets(definition: &Definition) -> Vec<Target> {
    definition.components().iter().map(Target::of).collect()
}

pub(super) fn is_final(run: &Run) -> bool {
    run.outcome.is_some_and(RunOutcome::is_final)
}

fn unfinished(journal: &Journal, name: &str) -> Result<Run> {
    let run = journal.runs(name)?.into_iter().next();
    run.filter(|run| !is_final(run))
        .ok_or_else(|| LifecycleError::Finished {
            name: name.to_owned(),
        })
}

fn same_goal(name: &str, run: &Run, targets: &[Target]) -> Result<()> {
    let same = |a: &Recorded, b: &Recorded| a.component == b.component && a.digest == b.digest;
    let find = |all: &[Recorded], one: &Recorded| all.iter().any(|other| same(one, other));
    let given: Vec<Recorded> = targets.iter().map(|one| one.recorded.clone()).collect();
    let gone = run.goal.iter().filter(|one| !find(&given, one));
    let new = given.iter().filter(|one| !find(&run.goal, one));
    let mut components: Vec<String> = gone
        .chain(new)
        .map(|one| format!("`{}`", one.component.name))
        .collect();
    components.sort();
    components.dedup();
    if components.is_empty() {
        return Ok(());
    }
    Err(LifecycleError::OtherDefinition {
        name: name.to_owned(),
        components,
    })
}

fn summary(problems: &[Problem]) -> Option<String> {
    let all: Vec<String> = problems
        .iter()
        .map(|problem| format!("`{}`: {}", problem.component, problem.message))
        .collect();
    (!all.is_empty()).then(|| kept_text(&all.join("; "), 4 * MAX_MESSAGE))
}
