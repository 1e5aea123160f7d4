//! A few of something that takes time to make, each used by one caller at a time.

use std::ops::{Deref, DerefMut};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long to wait for a free member before looking at the caller's wishes again.
const PATIENCE: Duration = Duration::from_millis(10);

/// Members that are made when they are needed, up to a number, and kept.
#[derive(Debug)]
pub struct Crew<T> {
    max: usize,
    state: Mutex<State<T>>,
    change: Condvar,
}

#[derive(Debug)]
struct State<T> {
    idle: Vec<T>,
    /// Members there are, idle or not.
    members: usize,
}

impl<T> Crew<T> {
    /// Returns a crew without members, that may have up to `max` of them.
    pub fn new(max: usize) -> Self {
        Self {
            max: max.max(1),
            state: Mutex::new(State {
                idle: Vec::new(),
                members: 0,
            }),
            change: Condvar::new(),
        }
    }

    /// Returns how many members there may be.
    pub fn max(&self) -> usize {
        self.max
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the member that was used last; or a new one; or waits for one until `deadline`, and returns none then or
    /// when the caller gives up.
    ///
    /// # Errors
    /// A member cannot be made.
    pub fn take<E>(
        &self,
        make: impl FnOnce() -> Result<T, E>,
        deadline: Instant,
        gives_up: &dyn Fn() -> bool,
    ) -> Result<Option<Lease<'_, T>>, E> {
        let mut state = self.lock();
        loop {
            if let Some(member) = state.idle.pop() {
                return Ok(Some(Lease::new(self, member)));
            }
            if state.members < self.max {
                state.members += 1;
                break;
            }
            if gives_up() || Instant::now() >= deadline {
                return Ok(None);
            }
            state = self
                .change
                .wait_timeout(state, PATIENCE)
                .map_or_else(|poisoned| poisoned.into_inner().0, |(state, _)| state);
        }
        drop(state);
        match make() {
            Ok(member) => Ok(Some(Lease::new(self, member))),
            Err(error) => {
                self.leave();
                Err(error)
            }
        }
    }

    /// Makes a first member if there is none, to be there when it is needed.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn warm_up<E>(&self, make: impl FnOnce() -> Result<T, E>) -> Result<(), E> {
        let mut state = self.lock();
        if state.members > 0 {
            return Ok(());
        }
        state.members += 1;
        drop(state);
        match make() {
            Ok(member) => {
                self.lock().idle.push(member);
                self.change.notify_one();
                Ok(())
            }
            Err(error) => {
                self.leave();
                Err(error)
            }
        }
    }

    /// Counts a member less.
    fn leave(&self) {
        self.lock().members -= 1;
        self.change.notify_one();
    }
}

/// A member in use. It leaves the crew unless it is given back.
#[derive(Debug)]
pub struct Lease<'a, T> {
    crew: &'a Crew<T>,
    member: Option<T>,
}

impl<'a, T> Lease<'a, T> {
    fn new(crew: &'a Crew<T>, member: T) -> Self {
        Self {
            crew,
            member: Some(member),
        }
    }

    /// Gives the member back, to be used again.
    pub fn give_back(mut self) {
        if let Some(member) = self.member.take() {
            self.crew.lock().idle.push(member);
            self.crew.change.notify_one();
        }
    }

    /// Takes the member out of the crew.
    pub fn leave(mut self) -> Option<T> {
        let member = self.member.take();
        self.crew.leave();
        member
    }
}

impl<T> Drop for Lease<'_, T> {
    fn drop(&mut self) {
        if let Some(member) = self.member.take() {
            drop(member);
            self.crew.leave();
        }
    }
}

#[expect(
    clippy::expect_used,
    reason = "there is a member until the lease ends, which consumes it"
)]
impl<T> Deref for Lease<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.member.as_ref().expect("a lease has a member")
    }
}

#[expect(
    clippy::expect_used,
    reason = "there is a member until the lease ends, which consumes it"
)]
impl<T> DerefMut for Lease<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.member.as_mut().expect("a lease has a member")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(crew: &Crew<u32>, number: u32) -> Option<Lease<'_, u32>> {
        crew.take(|| Ok::<_, ()>(number), Instant::now(), &|| false)
            .unwrap()
    }

    #[test]
    fn members_are_kept_and_never_more_than_allowed() {
        let crew = Crew::new(2);
        let first = take(&crew, 1).unwrap();
        let second = take(&crew, 2).unwrap();
        assert!(take(&crew, 3).is_none());
        first.give_back();
        assert_eq!(*take(&crew, 3).unwrap(), 1);
        // The lease ended without giving the member back.
        assert_eq!(*take(&crew, 3).unwrap(), 3);
        second.give_back();
    }

    #[test]
    fn a_member_that_cannot_be_made_does_not_count() {
        let crew = Crew::<u32>::new(1);
        assert_eq!(
            crew.take(|| Err("no"), Instant::now(), &|| false)
                .unwrap_err(),
            "no"
        );
        assert_eq!(crew.warm_up(|| Err("no")), Err("no"));
        crew.warm_up(|| Ok::<_, ()>(7)).unwrap();
        crew.warm_up(|| Err("is not asked")).unwrap();
        assert_eq!(*take(&crew, 8).unwrap(), 7);
    }

    #[test]
    fn a_caller_waits_for_the_one_before() {
        let crew = Crew::new(1);
        let lease = take(&crew, 1).unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| {
                let deadline = Instant::now() + Duration::from_secs(60);
                let lease = crew.take(|| Ok::<_, ()>(2), deadline, &|| false).unwrap();
                *lease.unwrap()
            });
            lease.give_back();
            assert_eq!(waiting.join().unwrap(), 1);
        });
    }
}
