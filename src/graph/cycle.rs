//! Circles in a graph of components.

use std::collections::{HashSet, VecDeque};

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

/// A strongly connected part of a graph with a circle in it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Circle {
    /// The shortest circle that was found: each node points to the next, the last to the first. Starts at its smallest node.
    pub(super) path: Vec<usize>,
    /// Further nodes of the part, in order.
    pub(super) others: Vec<usize>,
}

/// Returns one circle for each part of the graph that has any, in order of their first node.
///
/// `edges[n]` are the nodes that `n` points to. Nodes and edges are visited iteratively: depth is no limit.
pub(super) fn circles(edges: &[Vec<usize>]) -> Vec<Circle> {
    let mut circles: Vec<Circle> = connected(edges)
        .into_iter()
        .filter_map(|mut nodes| {
            nodes.sort_unstable();
            let circular = nodes.len() > 1 || nodes.iter().any(|node| edges[*node].contains(node));
            circular.then(|| circle(edges, nodes))
        })
        .collect();
    circles.sort_by_key(|circle| circle.path.first().copied());
    circles
}

/// Returns for each node the number of its strongly connected part.
pub(super) fn parts(edges: &[Vec<usize>]) -> Vec<usize> {
    let mut part = vec![0; edges.len()];
    for (number, nodes) in connected(edges).into_iter().enumerate() {
        for node in nodes {
            part[node] = number;
        }
    }
    part
}

fn connected(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let count = edges.iter().map(Vec::len).sum();
    let mut graph: DiGraph<(), (), usize> = DiGraph::with_capacity(edges.len(), count);
    for _ in edges {
        graph.add_node(());
    }
    for (from, targets) in edges.iter().enumerate() {
        for to in targets {
            graph.add_edge(NodeIndex::new(from), NodeIndex::new(*to), ());
        }
    }
    // Not `tarjan_scc`, which recurses and overflows the stack on a long chain.
    kosaraju_scc(&graph)
        .into_iter()
        .map(|nodes| nodes.into_iter().map(NodeIndex::index).collect())
        .collect()
}

/// Node visits spent on looking for the shortest circle of a part. Every start costs one search through the part: small
/// parts are searched from every node, a part with a hundred thousand nodes from the first few.
const SEARCH_BUDGET: usize = 1_000_000;

fn circle(edges: &[Vec<usize>], nodes: Vec<usize>) -> Circle {
    let mut shortest: Vec<usize> = Vec::new();
    let starts = (SEARCH_BUDGET / nodes.len().max(1)).max(1);
    for start in nodes.iter().take(starts) {
        let limit = if shortest.is_empty() {
            usize::MAX
        } else {
            shortest.len()
        };
        if let Some(path) = shortest_from(edges, &nodes, *start, limit) {
            shortest = path;
        }
        if shortest.len() == 1 {
            break;
        }
    }
    let smallest = (0..shortest.len())
        .min_by_key(|at| shortest[*at])
        .unwrap_or(0);
    shortest.rotate_left(smallest);
    let on_path: HashSet<usize> = shortest.iter().copied().collect();
    let others = nodes
        .into_iter()
        .filter(|node| !on_path.contains(node))
        .collect();
    Circle {
        path: shortest,
        others,
    }
}

/// Breadth-first search inside a part for the shortest way from a node back to it, shorter than `limit`.
fn shortest_from(
    edges: &[Vec<usize>],
    part: &[usize],
    start: usize,
    limit: usize,
) -> Option<Vec<usize>> {
    let place = |node: usize| part.binary_search(&node).ok();
    let mut previous: Vec<Option<usize>> = vec![None; part.len()];
    let mut queue = VecDeque::from([(start, 1_usize)]);
    while let Some((node, length)) = queue.pop_front() {
        if length >= limit {
            return None;
        }
        for next in &edges[node] {
            if *next == start {
                let mut path = vec![node];
                let mut at = node;
                while at != start {
                    at = place(at).and_then(|at| previous[at])?;
                    path.push(at);
                }
                path.reverse();
                return Some(path);
            }
            if let Some(at) = place(*next)
                && previous[at].is_none()
            {
                previous[at] = Some(node);
                queue.push_back((*next, length + 1));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_circle_of_each_part_is_found_and_the_rest_is_named() {
        // 0 -> 1 -> 2 -> 0, and the shorter 1 -> 3 -> 1; 4 points at itself; 5 is free.
        let edges = vec![vec![1], vec![2, 3], vec![0], vec![1], vec![4], vec![0]];
        assert_eq!(
            circles(&edges),
            [
                Circle {
                    path: vec![1, 3],
                    others: vec![0, 2]
                },
                Circle {
                    path: vec![4],
                    others: vec![]
                },
            ]
        );
    }

    #[test]
    fn a_circle_of_a_hundred_thousand_is_no_problem() {
        let count = 100_000;
        let edges: Vec<Vec<usize>> = (0..count).map(|n| vec![(n + 1) % count]).collect();
        let found = circles(&edges);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].path.len(), count);
    }
}
