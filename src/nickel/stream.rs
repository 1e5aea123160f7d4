//! Many rows under one contract, in parallel and in order.

use std::collections::VecDeque;
use std::sync::mpsc::{self, Receiver};

use serde_json::Value;

use super::error::NickelError;
use super::evaluator::{Checked, Evaluator};
use super::program::Program;

/// Most rows that are checked at one go.
const MAX_CHUNK: usize = 128;

/// Rows that come out checked, in the order in which they go in.
///
/// Only as many are taken from the source as are being worked on: the first row is there before the last one is read.
/// Each row comes with a key of the caller's.
pub struct Checks<I, K> {
    evaluator: Evaluator,
    schema: Program,
    contract: Vec<String>,
    rows: I,
    size: usize,
    /// Whether nothing has been checked yet.
    is_fresh: bool,
    chunks: VecDeque<Chunk<K>>,
    ready: VecDeque<(K, Checked)>,
}

/// Rows that are being worked on.
struct Chunk<K> {
    keys: Vec<K>,
    result: Receiver<Result<Vec<Checked>, NickelError>>,
}

impl<I, K> Checks<I, K>
where
    I: Iterator<Item = (K, Value)>,
{
    /// Applies the contract in this field of a schema, or the schema itself, to rows with keys.
    pub fn new(evaluator: Evaluator, schema: Program, contract: Vec<String>, rows: I) -> Self {
        Self {
            evaluator,
            schema,
            contract,
            rows,
            size: 1,
            is_fresh: true,
            chunks: VecDeque::new(),
            ready: VecDeque::new(),
        }
    }

    /// Sends chunks on their way, as many as can be worked on at once.
    fn feed(&mut self) {
        while self.chunks.len() < self.evaluator.parallelism() {
            let (keys, rows): (Vec<K>, Vec<Value>) = self.rows.by_ref().take(self.size).unzip();
            if rows.is_empty() {
                return;
            }
            self.size = (self.size * 2).min(MAX_CHUNK);
            let (sender, result) = mpsc::sync_channel(1);
            let evaluator = self.evaluator.clone();
            let schema = self.schema.clone();
            let contract = self.contract.clone();
            let work = move || {
                // Nobody may be waiting any more.
                let _ = sender.send(evaluator.check(&schema, &contract, rows));
            };
            // Without a thread, the receiver learns that there is no sender.
            let _ = std::thread::Builder::new().spawn(work);
            self.chunks.push_back(Chunk { keys, result });
        }
    }
}

impl<I, K> Iterator for Checks<I, K>
where
    I: Iterator<Item = (K, Value)>,
{
    type Item = Result<(K, Checked), NickelError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(row) = self.ready.pop_front() {
            return Some(Ok(row));
        }
        self.feed();
        let Some(chunk) = self.chunks.pop_front() else {
            // Without rows, the schema and its contract have not been looked at.
            let is_fresh = std::mem::replace(&mut self.is_fresh, false);
            let nothing = is_fresh.then(|| {
                self.evaluator
                    .check(&self.schema, &self.contract, Vec::new())
            });
            return nothing.and_then(Result::err).map(Err);
        };
        self.is_fresh = false;
        let result = chunk.result.recv().unwrap_or_else(|_| {
            Err(NickelError::Internal(
                "no thread for the evaluation".to_owned(),
            ))
        });
        match result {
            Ok(checked) => {
                self.ready.extend(chunk.keys.into_iter().zip(checked));
                self.ready.pop_front().map(Ok)
            }
            Err(error) => Some(Err(error)),
        }
    }
}
