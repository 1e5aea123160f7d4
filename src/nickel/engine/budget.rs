//! A bound on what an evaluation may use.
//!
//! Nickel has no fuel and no interrupt of its own, but its evaluator is generic over the allocator of its thunks:
//! [`BudgetedCache`] is Nickel's own, with a check at every step. It also breaks the reference circles of recursive
//! records afterwards, which would otherwise never be freed.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use nickel_lang_core::eval::cache::lazy::{CBNCache, ThunkUpdateFrame};
use nickel_lang_core::eval::cache::{BlackholedError, Cache, CacheIndex};
use nickel_lang_core::eval::value::NickelValue;
use nickel_lang_core::eval::{Closure, Environment};
use nickel_lang_core::identifier::Ident;
use nickel_lang_core::term::BindingType;
use nickel_lang_core::term::record::FieldDeps;

use crate::nickel::limits::Interrupt;
use crate::nickel::task::Stop;
use crate::worker::used_memory;

/// Steps between two looks at the clock and the flag.
const CHECK_EVERY: u64 = 256;
/// Looks at the clock between two at the memory, which take longer.
const CHECK_MEMORY_EVERY: u64 = 64;

/// Bytes for each thunk, with what hangs on it, where the memory that is used cannot be told.
const BYTES_PER_THUNK: u64 = 450;
/// Thunks between two looks at everything, while one step of the evaluation makes many of them.
const CHECK_EVERY_THUNKS: u64 = 16_384;

/// Evaluations that go on in this process. Memory can only be told of the process as a whole, so they share what they
/// may use together.
static ACTIVE: AtomicU64 = AtomicU64::new(0);

/// What happens once, when the evaluation is ended.
type OnStop = Box<dyn FnOnce(Stop)>;

/// What one evaluation may use.
pub(super) struct Bounds {
    pub(super) interrupt: Interrupt,
    pub(super) deadline: Option<Instant>,
    /// Bytes on top of what the process has.
    pub(super) memory: u64,
    pub(super) steps: u64,
}

/// What one evaluation may use, and what it has used.
pub(super) struct Budget {
    bounds: Bounds,
    memory_at_start: Option<u64>,
    steps: Cell<u64>,
    thunks: Cell<u64>,
    stopped: Cell<Option<Stop>>,
    on_stop: Cell<Option<OnStop>>,
    circular: RefCell<Vec<CacheIndex>>,
}

impl Budget {
    pub(super) fn new(bounds: Bounds) -> Rc<Self> {
        ACTIVE.fetch_add(1, Ordering::Relaxed);
        Rc::new(Self {
            bounds,
            memory_at_start: used_memory(),
            steps: Cell::new(0),
            thunks: Cell::new(0),
            stopped: Cell::new(None),
            on_stop: Cell::new(None),
            circular: RefCell::default(),
        })
    }

    /// Sets what happens at the moment the evaluation is ended: before it unwinds, which frees what it has built and
    /// may take a while.
    pub(super) fn on_stop(&self, action: impl FnOnce(Stop) + 'static) {
        self.on_stop.set(Some(Box::new(action)));
    }

    /// Returns why the evaluation was ended, if it was.
    pub(super) fn stopped(&self) -> Option<Stop> {
        self.stopped.get()
    }

    /// Counts a step; true when the evaluation has to end.
    fn step(&self) -> bool {
        let steps = self.steps.get().wrapping_add(1);
        self.steps.set(steps);
        steps.is_multiple_of(CHECK_EVERY)
            && self.is_over((steps / CHECK_EVERY).is_multiple_of(CHECK_MEMORY_EVERY))
    }

    /// Counts a thunk; true when the evaluation has to end.
    fn thunk(&self) -> bool {
        let thunks = self.thunks.get().wrapping_add(1);
        self.thunks.set(thunks);
        thunks.is_multiple_of(CHECK_EVERY_THUNKS) && self.is_over(true)
    }

    #[cold]
    fn is_over(&self, looks_at_memory: bool) -> bool {
        if self.stopped.get().is_none() {
            let stop = self.reason(looks_at_memory);
            self.stopped.set(stop);
            if let Some(stop) = stop
                && let Some(action) = self.on_stop.take()
            {
                action(stop);
            }
        }
        self.stopped.get().is_some()
    }

    fn reason(&self, looks_at_memory: bool) -> Option<Stop> {
        let Bounds {
            interrupt,
            deadline,
            steps,
            ..
        } = &self.bounds;
        if interrupt.is_triggered() {
            Some(Stop::Interrupted)
        } else if self.steps.get() > *steps {
            Some(Stop::Steps)
        } else if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            Some(Stop::Deadline)
        } else if looks_at_memory && self.is_out_of_memory() {
            Some(Stop::Memory)
        } else {
            None
        }
    }

    fn is_out_of_memory(&self) -> bool {
        let Some(at_start) = self.memory_at_start else {
            return self.thunks.get() > self.bounds.memory / BYTES_PER_THUNK;
        };
        let allowed = self
            .bounds
            .memory
            .saturating_mul(ACTIVE.load(Ordering::Relaxed).max(1));
        used_memory().is_some_and(|now| now.saturating_sub(at_start) > allowed)
    }

    /// Frees what refers to itself. To be called when nothing of the evaluation is needed any more.
    pub(super) fn release(&self) {
        for mut thunk in self.circular.take() {
            *thunk.borrow_mut() = Closure {
                value: NickelValue::null(),
                env: Environment::new(),
            };
        }
    }
}

impl Drop for Budget {
    fn drop(&mut self) {
        ACTIVE.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Nickel's thunk allocator under a [`Budget`].
#[derive(Clone)]
pub(super) struct BudgetedCache {
    inner: CBNCache,
    budget: Rc<Budget>,
}

impl BudgetedCache {
    pub(super) fn new_in(budget: Rc<Budget>) -> Self {
        Self {
            inner: CBNCache::new(),
            budget,
        }
    }

    /// Only these operations can make a thunk refer to itself.
    fn may_be_circular(&self, thunk: &CacheIndex) {
        self.budget.circular.borrow_mut().push(thunk.clone());
    }
}

impl Cache for BudgetedCache {
    type UpdateIndex = ThunkUpdateFrame;

    fn get(&self, idx: CacheIndex) -> Closure {
        self.inner.get(idx)
    }

    fn get_update_index(
        &mut self,
        idx: &mut CacheIndex,
    ) -> Result<Option<Self::UpdateIndex>, BlackholedError> {
        // The evaluator takes this for a value that needs itself and unwinds in an orderly way.
        if self.budget.step() {
            return Err(BlackholedError);
        }
        self.inner.get_update_index(idx)
    }

    fn add(&mut self, clos: Closure, bty: BindingType) -> CacheIndex {
        if self.budget.thunk() {
            // There is no other way out of a step that makes thunk after thunk. The answer was given; this is caught
            // where the evaluation was started.
            std::panic::resume_unwind(Box::new("the evaluation was ended"));
        }
        self.inner.add(clos, bty)
    }

    fn patch<F: Fn(&mut Closure)>(&mut self, idx: CacheIndex, f: F) {
        self.may_be_circular(&idx);
        self.inner.patch(idx, f);
    }

    fn get_then<T, F: FnOnce(&Closure) -> T>(&self, idx: CacheIndex, f: F) -> T {
        self.inner.get_then(idx, f)
    }

    fn update(&mut self, clos: Closure, idx: Self::UpdateIndex) {
        self.inner.update(clos, idx);
    }

    fn new() -> Self {
        Self::new_in(Budget::new(Bounds {
            interrupt: Interrupt::default(),
            deadline: None,
            memory: u64::MAX,
            steps: u64::MAX,
        }))
    }

    fn reset_index_state(&mut self, idx: &mut Self::UpdateIndex) {
        self.inner.reset_index_state(idx);
    }

    fn build_cached(&mut self, idx: &mut CacheIndex, rec_env: &[(Ident, CacheIndex)]) {
        self.may_be_circular(idx);
        self.inner.build_cached(idx, rec_env);
    }

    fn saturate<I: DoubleEndedIterator<Item = Ident> + Clone>(
        &mut self,
        idx: CacheIndex,
        fields: I,
    ) -> NickelValue {
        self.inner.saturate(idx, fields)
    }

    fn revert(&mut self, idx: &CacheIndex) -> CacheIndex {
        self.inner.revert(idx)
    }

    fn deps(&self, idx: &CacheIndex) -> Option<FieldDeps> {
        self.inner.deps(idx)
    }

    fn make_update_index(
        &mut self,
        idx: &mut CacheIndex,
    ) -> Result<Self::UpdateIndex, BlackholedError> {
        self.inner.make_update_index(idx)
    }
}
