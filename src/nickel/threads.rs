//! Engines in this process, each on a thread of its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::time::{Duration, Instant};

use super::engine::Engine;
use super::limits::Interrupt;
use super::task::{Answer, Task};
use crate::diagnostic::panic_message;
use crate::worker::{Crew, Lease};

/// Stack of an evaluation, in bytes. Only what is used is ever backed by memory.
///
/// Freeing a chain of thunks recurses through all of it, with around 200 bytes for each; the bound on memory allows
/// chains of two million.
const STACK_SIZE: usize = 1 << 30;
/// Stack where so much cannot be reserved.
const SMALL_STACK_SIZE: usize = 128 << 20;

/// Time that an engine has to answer after its time was over, before it is left to itself.
const GRACE: Duration = Duration::from_millis(500);
/// Longest time that a caller waits for a free engine, beyond its own timeout.
const QUEUE_LIMIT: Duration = Duration::from_secs(60);
/// How long to wait for an answer before looking at the caller's wishes again.
const PATIENCE: Duration = Duration::from_millis(10);

/// A task for an engine's thread, with the way back.
struct Order {
    task: Task,
    interrupt: Interrupt,
    reply: SyncSender<Answer>,
    /// Told when the engine is free again.
    done: SyncSender<()>,
}

/// The thread of an engine.
#[derive(Debug)]
struct Thread {
    orders: mpsc::Sender<Box<Order>>,
    /// Tells when the last order is done with.
    done: Option<Receiver<()>>,
}

impl Thread {
    fn start(is_ready: &Arc<AtomicBool>) -> std::io::Result<Self> {
        let (orders, receiver) = mpsc::channel();
        let spawn = |size, receiver: Receiver<Box<Order>>| {
            let is_ready = Arc::clone(is_ready);
            std::thread::Builder::new()
                .name("nickel".to_owned())
                .stack_size(size)
                .spawn(move || work(&receiver, &is_ready))
        };
        if spawn(STACK_SIZE, receiver).is_ok() {
            return Ok(Self { orders, done: None });
        }
        let (orders, receiver) = mpsc::channel();
        spawn(SMALL_STACK_SIZE, receiver)?;
        Ok(Self { orders, done: None })
    }

    /// Waits until it has taken down what it has built for the order before; false when it is of no use any more.
    fn is_free(&mut self, wait: &Wait<'_>) -> Result<bool, Unanswered> {
        let Some(done) = &self.done else {
            return Ok(true);
        };
        loop {
            match done.recv_timeout(PATIENCE) {
                Ok(()) => {
                    self.done = None;
                    return Ok(true);
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(false),
                Err(RecvTimeoutError::Timeout) => wait.goes_on()?,
            }
        }
    }
}

/// How long a caller waits.
struct Wait<'a> {
    deadline: Instant,
    interrupt: &'a Interrupt,
}

impl Wait<'_> {
    fn goes_on(&self) -> Result<(), Unanswered> {
        if self.interrupt.is_triggered() {
            Err(Unanswered::Interrupted)
        } else if Instant::now() >= self.deadline {
            Err(Unanswered::TimedOut)
        } else {
            Ok(())
        }
    }
}

fn work(orders: &Receiver<Box<Order>>, is_ready: &AtomicBool) {
    let mut engine = Engine::new().ok();
    is_ready.store(true, Ordering::Relaxed);
    for order in orders {
        let Order {
            task,
            interrupt,
            reply,
            done,
        } = *order;
        let on_failure = reply.clone();
        let answered = Box::new(move |answer| {
            // The receiver may have gone away.
            let _ = reply.send(answer);
        });
        let performed = catch_unwind(AssertUnwindSafe(|| {
            let engine = match &mut engine {
                Some(engine) => engine,
                none => none.insert(Engine::new()?),
            };
            Ok(engine.perform(task, &interrupt, answered))
        }));
        let is_usable = match performed {
            Ok(Ok(is_usable)) => is_usable,
            Ok(Err(reason)) => {
                let _ = on_failure.try_send(Answer::Failed(reason));
                false
            }
            Err(panic) => {
                let _ = on_failure.try_send(Answer::Failed(panic_message(panic.as_ref())));
                false
            }
        };
        if !is_usable {
            engine = None;
        }
        if done.send(()).is_err() {
            return;
        }
    }
}

/// Why an engine has not answered.
#[derive(Debug)]
pub(super) enum Unanswered {
    /// No thread could be started.
    Unavailable(std::io::Error),
    TimedOut,
    Interrupted,
    /// The thread is gone.
    Lost,
}

/// The engines of this process.
#[derive(Debug)]
pub(super) struct Threads {
    crew: Crew<Thread>,
    /// Whether there has been an engine that could begin at once.
    is_ready: Arc<AtomicBool>,
}

impl Threads {
    pub(super) fn new(max: usize) -> Self {
        Self {
            crew: Crew::new(max),
            is_ready: Arc::default(),
        }
    }

    /// Begins to make a first engine if there is none, and returns whether one is there.
    pub(super) fn warm_up(&self) -> bool {
        // That it cannot be made is said when it is needed.
        let _ = self.crew.warm_up(|| self.start());
        self.is_ready.load(Ordering::Relaxed)
    }

    fn start(&self) -> std::io::Result<Thread> {
        Thread::start(&self.is_ready)
    }

    pub(super) fn call(&self, task: Task, interrupt: &Interrupt) -> Result<Answer, Unanswered> {
        let mut thread = self.free_thread(&Wait {
            deadline: Instant::now() + task.timeout + QUEUE_LIMIT,
            interrupt,
        })?;
        let wait = Wait {
            deadline: Instant::now() + task.timeout + GRACE,
            interrupt,
        };
        let (reply, answers) = mpsc::sync_channel(2);
        let (done, is_done) = mpsc::sync_channel(1);
        let order = Order {
            task,
            interrupt: interrupt.clone(),
            reply,
            done,
        };
        if thread.orders.send(Box::new(order)).is_err() {
            return Err(Unanswered::Lost);
        }
        let answer = loop {
            match answers.recv_timeout(PATIENCE) {
                Ok(answer) => break answer,
                Err(RecvTimeoutError::Disconnected) => return Err(Unanswered::Lost),
                Err(RecvTimeoutError::Timeout) => {
                    if let Err(reason) = wait.goes_on() {
                        // Most evaluations end by themselves at once. In the others a single step takes long, which
                        // cannot be ended: its thread is left to itself.
                        break answers.recv_timeout(PATIENCE).map_err(|_| reason)?;
                    }
                }
            }
        };
        // What was stopped may take long to be taken down: the thread does that, and ends.
        if !matches!(answer, Answer::Stopped(_)) {
            thread.done = Some(is_done);
            thread.give_back();
        }
        Ok(answer)
    }

    fn free_thread(&self, wait: &Wait<'_>) -> Result<Lease<'_, Thread>, Unanswered> {
        loop {
            let taken = self
                .crew
                .take(|| self.start(), wait.deadline, &|| {
                    wait.interrupt.is_triggered()
                })
                .map_err(Unanswered::Unavailable)?;
            let Some(mut thread) = taken else {
                wait.goes_on()?;
                return Err(Unanswered::TimedOut);
            };
            match thread.is_free(wait) {
                Ok(true) => return Ok(thread),
                Ok(false) => {}
                Err(reason) => {
                    thread.give_back();
                    return Err(reason);
                }
            }
        }
    }
}
