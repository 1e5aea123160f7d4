//! Lanes: which column of the text has the line of which node, and where.

use std::collections::BTreeMap;

use crate::graph::picture::Scene;

/// Most lanes: of more than these nobody can follow one.
const MAX_LANES: usize = 32;

/// The line of one node.
#[derive(Debug)]
struct Interval {
    /// The node that is needed.
    source: usize,
    /// First and last row.
    start: usize,
    end: usize,
    /// Rows with a branch, sorted.
    branches: Vec<usize>,
    is_back: bool,
}

/// All lanes, the one nearest to the nodes first.
pub(super) struct Lanes {
    lanes: Vec<Vec<Interval>>,
}

/// One lane in one line.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cell {
    /// The node whose line it is; none when nothing is there.
    pub(super) source: Option<usize>,
    /// Whether it leads back.
    pub(super) is_back: bool,
    /// Whether the line has a branch here.
    is_branch: bool,
    /// Whether it goes on above and below.
    up: bool,
    down: bool,
    /// The horizontal line to the node: whether it is there on the left, and on the right.
    left: bool,
    right: bool,
    /// Whether that one is double.
    is_double: bool,
}

impl Cell {
    pub(super) fn glyph(&self) -> char {
        if !self.is_branch {
            return match (self.source, self.is_back) {
                // Crossing lines are not connected: the horizontal one is interrupted.
                (Some(_), false) => '│',
                (Some(_), true) => '║',
                (None, _) if self.left => self.horizontal(),
                (None, _) => ' ',
            };
        }
        match (self.is_back, self.is_double, self.left, self.up, self.down) {
            (false, false, false, true, true) => '├',
            (false, false, false, true, false) => '╰',
            (false, false, false, false, _) => '╭',
            (false, false, true, true, true) => '┼',
            (false, false, true, true, false) => '┴',
            (false, false, true, false, _) => '┬',
            (false, true, false, true, true) => '╞',
            (false, true, false, true, false) => '╘',
            (false, true, false, false, _) => '╒',
            (false, true, true, true, true) => '╪',
            (false, true, true, true, false) => '╧',
            (false, true, true, false, _) => '╤',
            (true, _, false, true, true) => '╠',
            (true, _, false, true, false) => '╚',
            (true, _, false, false, _) => '╔',
            (true, _, true, true, true) => '╬',
            (true, _, true, true, false) => '╩',
            (true, _, true, false, _) => '╦',
        }
    }

    /// Returns what comes between this cell and the next one.
    pub(super) fn connector(&self) -> char {
        if self.right { self.horizontal() } else { ' ' }
    }

    fn horizontal(&self) -> char {
        if self.is_double { '═' } else { '─' }
    }
}

impl Lanes {
    /// Returns nothing when there would be too many.
    pub(super) fn new(scene: &Scene<'_>, order: &[usize]) -> Option<Self> {
        let mut row = vec![0; order.len()];
        for (at, node) in order.iter().enumerate() {
            row[*node] = at;
        }
        let mut forward: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut back: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (at, edge) in scene.picture.edges.iter().enumerate() {
            if edge.from == edge.to {
                continue;
            }
            let of = if scene.layers.is_back[at] {
                &mut back
            } else {
                &mut forward
            };
            of.entry(edge.from).or_default().push(row[edge.to]);
        }
        let intervals = |of: BTreeMap<usize, Vec<usize>>, is_back: bool| {
            let mut all: Vec<Interval> = of
                .into_iter()
                .map(|(source, mut branches)| {
                    branches.push(row[source]);
                    branches.sort_unstable();
                    Interval {
                        source,
                        start: branches[0],
                        end: branches[branches.len() - 1],
                        branches,
                        is_back,
                    }
                })
                .collect();
            // Short ones come nearest to the nodes, so that few lines are crossed.
            all.sort_by_key(|interval| (interval.end - interval.start, interval.start));
            all
        };
        let mut lanes = assigned(intervals(forward, false), MAX_LANES)?;
        lanes.extend(assigned(intervals(back, true), MAX_LANES - lanes.len())?);
        Some(Self { lanes })
    }

    /// Returns how many there are.
    pub(super) fn count(&self) -> usize {
        self.lanes.len()
    }

    /// Returns the cells of a row, from the left.
    pub(super) fn at(&self, row: usize) -> Vec<Cell> {
        let mut cells: Vec<Cell> = self
            .lanes
            .iter()
            .rev()
            .map(|lane| {
                let Some(interval) = covering(lane, row) else {
                    return Cell::default();
                };
                Cell {
                    source: Some(interval.source),
                    is_back: interval.is_back,
                    is_branch: interval.branches.binary_search(&row).is_ok(),
                    up: interval.start < row,
                    down: interval.end > row,
                    ..Cell::default()
                }
            })
            .collect();
        let is_double = cells.iter().any(|cell| cell.is_branch && cell.is_back);
        if let Some(first) = cells.iter().position(|cell| cell.is_branch) {
            for (at, cell) in cells.iter_mut().enumerate().skip(first) {
                cell.left = at > first;
                cell.right = true;
                cell.is_double = is_double;
            }
        }
        cells
    }

    /// Returns the cells of a line above a row.
    pub(super) fn between(&self, row: usize) -> Vec<Cell> {
        self.lanes
            .iter()
            .rev()
            .map(|lane| match covering(lane, row) {
                Some(interval) if interval.start < row => Cell {
                    source: Some(interval.source),
                    is_back: interval.is_back,
                    ..Cell::default()
                },
                _ => Cell::default(),
            })
            .collect()
    }
}

/// Returns the interval of a lane that holds a row.
fn covering(lane: &[Interval], row: usize) -> Option<&Interval> {
    let at = lane.partition_point(|interval| interval.end < row);
    lane.get(at).filter(|interval| interval.start <= row)
}

/// Gives each interval the first lane in which it touches no other one. The lanes are sorted by rows.
fn assigned(intervals: Vec<Interval>, most: usize) -> Option<Vec<Vec<Interval>>> {
    let mut lanes: Vec<BTreeMap<usize, Interval>> = Vec::new();
    for interval in intervals {
        let is_free = |lane: &BTreeMap<usize, Interval>| {
            lane.range(..=interval.end)
                .next_back()
                .is_none_or(|(_, other)| other.end < interval.start)
        };
        let free = match lanes.iter().position(is_free) {
            Some(free) => free,
            None if lanes.len() == most => return None,
            None => {
                lanes.push(BTreeMap::new());
                lanes.len() - 1
            }
        };
        lanes[free].insert(interval.start, interval);
    }
    Some(
        lanes
            .into_iter()
            .map(|lane| lane.into_values().collect())
            .collect(),
    )
}
