//! Layers: each node stands after everything that it needs. Circles are opened where that is not possible.

use super::Picture;
use crate::graph::cycle::parts;

/// The layers of a picture.
#[derive(Debug)]
pub(super) struct Layers {
    /// The layer of each node, from 0. Where there is no circle, it is the wave.
    pub(super) of: Vec<usize>,
    /// How many there are.
    pub(super) count: usize,
    /// For each edge, whether it leads back: it would close a circle.
    pub(super) is_back: Vec<bool>,
    /// For each edge, whether it lies on a circle.
    pub(super) in_circle: Vec<bool>,
    /// The longest way through the layers; empty when there is a circle, or only one layer.
    pub(super) critical: Vec<usize>,
}

impl Layers {
    /// Takes time linear in nodes and edges, and no recursion.
    pub(super) fn of(picture: &Picture) -> Self {
        let count = picture.nodes.len();
        let mut edges_of: Vec<Vec<usize>> = vec![Vec::new(); count];
        let mut users = vec![Vec::new(); count];
        for (at, edge) in picture.edges.iter().enumerate() {
            edges_of[edge.from].push(at);
            users[edge.from].push(edge.to);
        }
        let part = parts(&users);
        let in_circle: Vec<bool> = picture
            .edges
            .iter()
            .map(|edge| part[edge.from] == part[edge.to])
            .collect();
        let mut is_back = vec![false; picture.edges.len()];
        if in_circle.contains(&true) {
            mark_back(picture, &edges_of, &mut is_back);
        }
        let of = layers(picture, &is_back);
        let mut layers = Self {
            count: of.iter().max().map_or(0, |last| last + 1),
            of,
            is_back,
            in_circle,
            critical: Vec::new(),
        };
        if layers.count > 1 && !layers.in_circle.contains(&true) {
            layers.critical = layers.longest(picture);
        }
        layers
    }

    /// Returns the nodes of the longest way; of several, the one with the first nodes.
    fn longest(&self, picture: &Picture) -> Vec<usize> {
        let needs = picture.needs();
        let mut way = Vec::with_capacity(self.count);
        let mut at = (0..self.of.len()).find(|node| self.of[*node] + 1 == self.count);
        while let Some(node) = at {
            way.push(node);
            at = needs[node]
                .iter()
                .copied()
                .filter(|need| self.of[*need] + 1 == self.of[node])
                .min();
        }
        way.reverse();
        way
    }
}

/// Marks the edges that lead back to a node whose users are being looked at: without them there is no circle.
fn mark_back(picture: &Picture, edges_of: &[Vec<usize>], is_back: &mut [bool]) {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }
    let mut states = vec![State::New; picture.nodes.len()];
    for root in 0..picture.nodes.len() {
        if states[root] != State::New {
            continue;
        }
        states[root] = State::Open;
        // A node, and how many of its edges were looked at.
        let mut open = vec![(root, 0)];
        while let Some((node, next)) = open.last_mut() {
            let Some(edge) = edges_of[*node].get(*next).copied() else {
                states[*node] = State::Done;
                open.pop();
                continue;
            };
            *next += 1;
            let to = picture.edges[edge].to;
            match states[to] {
                State::New => {
                    states[to] = State::Open;
                    open.push((to, 0));
                }
                State::Open => is_back[edge] = true,
                State::Done => {}
            }
        }
    }
}

/// The longest way to each node, with edges that lead back turned round.
fn layers(picture: &Picture, is_back: &[bool]) -> Vec<usize> {
    let mut users = vec![Vec::new(); picture.nodes.len()];
    let mut open = vec![0_usize; picture.nodes.len()];
    for (edge, is_back) in picture.edges.iter().zip(is_back) {
        let (from, to) = if *is_back {
            (edge.to, edge.from)
        } else {
            (edge.from, edge.to)
        };
        if from != to {
            users[from].push(to);
            open[to] += 1;
        }
    }
    let mut layer = vec![0; picture.nodes.len()];
    let mut ready: Vec<usize> = (0..open.len()).filter(|node| open[*node] == 0).collect();
    while let Some(node) = ready.pop() {
        for user in &users[node] {
            layer[*user] = layer[*user].max(layer[node] + 1);
            open[*user] -= 1;
            if open[*user] == 0 {
                ready.push(*user);
            }
        }
    }
    layer
}
