//! A part of a picture: what some nodes need, and what needs them.

use std::collections::VecDeque;

use super::Picture;

impl Picture {
    /// Returns the nodes of a name.
    pub fn called(&self, name: &str) -> Vec<usize> {
        (0..self.nodes.len())
            .filter(|node| self.nodes[*node].name == name)
            .collect()
    }

    /// Returns the picture of some nodes, of everything that they need, and of everything that needs them, at most
    /// `depth` steps away from them.
    #[must_use]
    pub fn around(&self, nodes: &[usize], depth: usize) -> Picture {
        let needs = self.needs();
        let mut users = vec![Vec::new(); self.nodes.len()];
        for edge in &self.edges {
            users[edge.from].push(edge.to);
        }
        let mut is_kept = reached(&needs, nodes, depth);
        for (kept, reached) in is_kept.iter_mut().zip(reached(&users, nodes, depth)) {
            *kept |= reached;
        }
        let mut part = self.part(&is_kept);
        let mut number = 0;
        for (node, kept) in is_kept.iter().enumerate() {
            if *kept {
                part.nodes[number].is_focus = nodes.contains(&node);
                number += 1;
            }
        }
        part
    }

    /// Returns the picture with these nodes only.
    fn part(&self, is_kept: &[bool]) -> Picture {
        let mut numbers = vec![None; self.nodes.len()];
        let mut nodes = Vec::new();
        for (node, kept) in is_kept.iter().enumerate() {
            if *kept {
                numbers[node] = Some(nodes.len());
                nodes.push(self.nodes[node].clone());
            }
        }
        let edges = self
            .edges
            .iter()
            .filter_map(|edge| {
                let (from, to) = numbers[edge.from].zip(numbers[edge.to])?;
                Some(super::Edge {
                    from,
                    to,
                    ..edge.clone()
                })
            })
            .collect();
        let notes = self
            .notes
            .iter()
            .filter_map(|note| {
                let nodes: Vec<usize> = note.nodes.iter().filter_map(|n| numbers[*n]).collect();
                // What is about two things is not told when one of them is not drawn.
                (nodes.len() >= note.nodes.len().clamp(1, 2)).then(|| super::Note {
                    text: note.text.clone(),
                    nodes,
                })
            })
            .collect();
        Picture {
            title: self.title.clone(),
            nodes,
            edges,
            notes,
        }
    }
}

fn reached(next: &[Vec<usize>], from: &[usize], depth: usize) -> Vec<bool> {
    let mut is_reached = vec![false; next.len()];
    let mut queue: VecDeque<(usize, usize)> = from.iter().map(|node| (*node, 0)).collect();
    for node in from {
        is_reached[*node] = true;
    }
    while let Some((node, steps)) = queue.pop_front() {
        if steps == depth {
            continue;
        }
        for other in &next[node] {
            if !std::mem::replace(&mut is_reached[*other], true) {
                queue.push_back((*other, steps + 1));
            }
        }
    }
    is_reached
}
