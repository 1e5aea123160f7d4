//! The order inside of layers: sweeps that put each item at the middle of those it is connected with, and exchanges of
//! neighbours, as long as crossings get fewer.

use super::{Item, Routes};

/// Most sweeps there and back.
const SWEEPS: usize = 12;

/// Sweeps in a row without a better order, after which it is left at that.
const PATIENCE: usize = 4;

/// Most items for which neighbours are exchanged.
const MAX_EXCHANGED: usize = 6_000;

/// Returns the items of each layer in their order.
pub(super) fn ordered(routes: &Routes, count: usize) -> Vec<Vec<usize>> {
    let items = &routes.items;
    let mut layers = first(items, count);
    let mut best = layers.clone();
    let mut fewest = crossings(items, &layers);
    let mut in_vain = 0;
    for _ in 0..SWEEPS {
        if fewest == 0 || in_vain == PATIENCE {
            break;
        }
        sweep(items, &mut layers, true);
        sweep(items, &mut layers, false);
        if items.len() <= MAX_EXCHANGED {
            exchange(items, &mut layers);
        }
        let now = crossings(items, &layers);
        if now < fewest {
            fewest = now;
            best.clone_from(&layers);
            in_vain = 0;
        } else {
            in_vain += 1;
        }
    }
    best
}

/// The first order: what is connected comes together, as a search in depth from the first layer finds it.
fn first(items: &[Item], count: usize) -> Vec<Vec<usize>> {
    let mut layers = vec![Vec::new(); count];
    let mut is_seen = vec![false; items.len()];
    let mut roots: Vec<usize> = (0..items.len())
        .filter(|item| items[*item].node.is_some())
        .collect();
    roots.sort_by_key(|item| items[*item].layer);
    for root in roots {
        let mut open = vec![root];
        while let Some(item) = open.pop() {
            if std::mem::replace(&mut is_seen[item], true) {
                continue;
            }
            layers[items[item].layer].push(item);
            open.extend(items[item].after.iter().rev());
        }
    }
    for layer in &mut layers {
        layer.sort_by_key(|item| items[*item].band);
    }
    layers
}

fn positions(items: &[Item], layers: &[Vec<usize>]) -> Vec<usize> {
    let mut positions = vec![0; items.len()];
    for layer in layers {
        for (position, item) in layer.iter().enumerate() {
            positions[*item] = position;
        }
    }
    positions
}

/// Sorts layer after layer by the middle of what is connected in the one before it.
fn sweep(items: &[Item], layers: &mut [Vec<usize>], forward: bool) {
    let mut positions = positions(items, layers);
    let count = layers.len();
    for step in 1..count {
        let at = if forward { step } else { count - 1 - step };
        let middle = |item: usize| {
            let connected = if forward {
                &items[item].before
            } else {
                &items[item].after
            };
            if connected.is_empty() {
                // It stays where it is.
                return as_f64(positions[item]);
            }
            let sum: usize = connected.iter().map(|other| positions[*other]).sum();
            as_f64(sum) / as_f64(connected.len())
        };
        let mut keyed: Vec<(usize, f64, usize)> = layers[at]
            .iter()
            .map(|item| (items[*item].band, middle(*item), *item))
            .collect();
        keyed.sort_by(|one, two| one.0.cmp(&two.0).then(one.1.total_cmp(&two.1)));
        layers[at] = keyed.into_iter().map(|(_, _, item)| item).collect();
        for (position, item) in layers[at].iter().enumerate() {
            positions[*item] = position;
        }
    }
}

/// Exchanges neighbours as long as that makes crossings fewer.
fn exchange(items: &[Item], layers: &mut [Vec<usize>]) {
    let mut positions = positions(items, layers);
    for _ in 0..3 {
        let mut is_better = false;
        for layer in &mut *layers {
            for at in 1..layer.len() {
                let (one, two) = (layer[at - 1], layer[at]);
                if items[one].band != items[two].band {
                    continue;
                }
                let now = crossings_of(items, &positions, one, two);
                let then = crossings_of(items, &positions, two, one);
                if then < now {
                    layer.swap(at - 1, at);
                    positions.swap(one, two);
                    is_better = true;
                }
            }
        }
        if !is_better {
            break;
        }
    }
}

/// Crossings of the edges of two items when one is above the other.
fn crossings_of(items: &[Item], positions: &[usize], above: usize, below: usize) -> usize {
    let count = |above: &[usize], below: &[usize]| -> usize {
        // Where many edges end, order is not made better by a look at each pair.
        if above.len() * below.len() > 400 {
            return 0;
        }
        above
            .iter()
            .map(|one| {
                below
                    .iter()
                    .filter(|two| positions[**two] < positions[*one])
                    .count()
            })
            .sum()
    };
    count(&items[above].before, &items[below].before)
        + count(&items[above].after, &items[below].after)
}

/// Counts all crossings, in time that is nearly linear in the number of edges.
pub(super) fn crossings(items: &[Item], layers: &[Vec<usize>]) -> usize {
    let positions = positions(items, layers);
    let mut all = 0;
    for (at, layer) in layers.iter().enumerate() {
        let Some(next) = layers.get(at + 1) else {
            break;
        };
        // How many ends lie at or before a position; see Fenwick trees.
        let mut tree = vec![0_usize; next.len() + 1];
        let mut seen = 0;
        for item in layer {
            let mut ends: Vec<usize> = items[*item]
                .after
                .iter()
                .map(|other| positions[*other])
                .collect();
            ends.sort_unstable();
            for end in &ends {
                let mut up_to = 0;
                let mut node = end + 1;
                while node > 0 {
                    up_to += tree[node];
                    node &= node - 1;
                }
                all += seen - up_to;
            }
            for end in ends {
                let mut node = end + 1;
                while node < tree.len() {
                    tree[node] += 1;
                    node += node & node.wrapping_neg();
                }
                seen += 1;
            }
        }
    }
    all
}

fn as_f64(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::MAX, f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn item(layer: usize, before: Vec<usize>, after: Vec<usize>) -> Item {
        Item {
            node: Some(0),
            layer,
            band: 0,
            before,
            after,
        }
    }

    proptest! {
        #[test]
        fn crossings_are_counted_as_by_looking_at_each_pair(
            edges in prop::collection::btree_set((0_usize..6, 0_usize..6), 0..20)
        ) {
            let mut items: Vec<Item> = (0..12).map(|n| item(n / 6, vec![], vec![])).collect();
            for (from, to) in &edges {
                items[*from].after.push(to + 6);
                items[to + 6].before.push(*from);
            }
            let layers = vec![(0..6).collect(), (6..12).collect()];
            let slow = edges.iter().map(|(a, b)| edges.iter().filter(|(c, d)| a < c && b > d).count()).sum::<usize>();
            prop_assert_eq!(crossings(&items, &layers), slow);
        }
    }

    #[test]
    fn a_crossing_that_need_not_be_is_taken_out() {
        let items = vec![
            item(0, vec![], vec![3]),
            item(0, vec![], vec![2]),
            item(1, vec![1], vec![]),
            item(1, vec![0], vec![]),
        ];
        let routes = Routes {
            items,
            ways: Vec::new(),
        };
        let layers = ordered(&routes, 2);
        assert_eq!(crossings(&routes.items, &layers), 0);
    }
}
