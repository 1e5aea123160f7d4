//! Places inside of layers: each item as near as possible to the middle of what it is connected with, in the given order and
//! with space between.

use super::{Item, Sizes};

/// Sweeps there and back.
const SWEEPS: usize = 10;

/// Where items and bands are.
pub(super) struct Placed {
    pub(super) middle: Vec<f64>,
    pub(super) bands: Vec<(f64, f64)>,
    pub(super) height: f64,
}

/// Places the items of layers that are in their order.
pub(super) fn placed(items: &[Item], layers: &[Vec<usize>], sizes: &Sizes) -> Placed {
    let height = |item: usize| match items[item].node {
        Some(_) => sizes.node + sizes.between,
        None => sizes.passage,
    };
    let count = items.iter().map(|item| item.band + 1).max().unwrap_or(0);
    // Runs of items of one layer and one band.
    let mut runs: Vec<Vec<&[usize]>> = Vec::with_capacity(layers.len());
    let mut tallest = vec![0.0_f64; count];
    for layer in layers {
        let parts: Vec<&[usize]> = layer
            .chunk_by(|one, two| items[*one].band == items[*two].band)
            .collect();
        for part in &parts {
            let band = items[part[0]].band;
            tallest[band] = tallest[band].max(part.iter().map(|item| height(*item)).sum());
        }
        runs.push(parts);
    }
    let mut bands = Vec::with_capacity(count);
    let mut top = 0.0;
    for band in &tallest {
        bands.push((top, top + band));
        top += band + if count > 1 { sizes.band } else { 0.0 };
    }
    // With one band nothing has to be kept apart, and what is straight may stay so.
    let bounds = |band: usize| {
        if count > 1 {
            bands[band]
        } else {
            (f64::MIN, f64::MAX)
        }
    };
    let mut middle = vec![0.0; items.len()];
    for part in runs.iter().flatten() {
        let (start, end) = bands[items[part[0]].band];
        let all: f64 = part.iter().map(|item| height(*item)).sum();
        let mut at = start + (end - start - all) / 2.0;
        for item in *part {
            middle[*item] = at + height(*item) / 2.0;
            at += height(*item);
        }
    }
    for sweep in 0..=SWEEPS {
        let sides = if sweep == SWEEPS {
            [(true, true), (true, true)]
        } else {
            [(true, false), (false, true)]
        };
        for (number, (before, after)) in sides.into_iter().enumerate() {
            let mut order: Vec<usize> = (0..runs.len()).collect();
            if number == 1 {
                order.reverse();
            }
            for layer in order {
                for part in &runs[layer] {
                    let wanted: Vec<(f64, f64)> = part
                        .iter()
                        .map(|item| wanted(items, &middle, *item, before, after))
                        .collect();
                    let heights: Vec<f64> = part.iter().map(|item| height(*item)).collect();
                    let places = nearest(&wanted, &heights, bounds(items[part[0]].band));
                    for (item, place) in part.iter().zip(places) {
                        middle[*item] = place;
                    }
                }
            }
        }
    }
    if count == 1 {
        let height = squeezed(&mut middle, height);
        bands = vec![(0.0, height)];
    }
    for place in &mut middle {
        *place = place.round();
    }
    Placed {
        height: bands.last().map_or(0.0, |(_, end)| *end),
        middle,
        bands,
    }
}

/// Takes out the stripes in which no layer has anything, and returns the height of the rest.
fn squeezed(middle: &mut [f64], height: impl Fn(usize) -> f64) -> f64 {
    let mut order: Vec<usize> = (0..middle.len()).collect();
    let top = |middle: &[f64], item: usize| middle[item] - height(item) / 2.0;
    order.sort_by(|one, two| top(middle, *one).total_cmp(&top(middle, *two)));
    let (mut end, mut removed) = (0.0_f64, 0.0);
    for (number, item) in order.into_iter().enumerate() {
        let start = top(middle, item) - removed;
        if number == 0 || start > end {
            removed += start - end;
        }
        middle[item] -= removed;
        end = end.max(middle[item] + height(item) / 2.0);
    }
    end
}

/// Where an item would be if it were alone, and how much that counts. An edge through several layers had better be straight.
fn wanted(items: &[Item], middle: &[f64], item: usize, before: bool, after: bool) -> (f64, f64) {
    let sides = [(before, &items[item].before), (after, &items[item].after)];
    let (mut sum, mut weight) = (0.0, 0.0);
    for other in sides.iter().filter(|side| side.0).flat_map(|side| side.1) {
        let count = match (items[item].node, items[*other].node) {
            (None, None) => 8.0,
            (Some(_), Some(_)) => 1.0,
            _ => 2.0,
        };
        sum += count * middle[*other];
        weight += count;
    }
    if weight == 0.0 {
        (middle[item], 0.2)
    } else {
        (sum / weight, weight)
    }
}

/// Returns the places that are nearest to the wanted ones in the sense of least squares, in their order and without overlap.
///
/// Without the heights of what lies before, places only have to rise: neighbours that would fall are put together, at the
/// middle of what they want (pool adjacent violators).
fn nearest(wanted: &[(f64, f64)], heights: &[f64], (start, end): (f64, f64)) -> Vec<f64> {
    struct Block {
        sum: f64,
        weight: f64,
        count: usize,
    }
    let mut offsets = Vec::with_capacity(heights.len());
    let mut all = 0.0;
    for height in heights {
        offsets.push(all + height / 2.0);
        all += height;
    }
    let mut blocks: Vec<Block> = Vec::new();
    for ((place, weight), offset) in wanted.iter().zip(&offsets) {
        let mut block = Block {
            sum: (place - offset) * weight,
            weight: *weight,
            count: 1,
        };
        while let Some(last) = blocks.last() {
            if last.sum / last.weight <= block.sum / block.weight {
                break;
            }
            block.sum += last.sum;
            block.weight += last.weight;
            block.count += last.count;
            blocks.pop();
        }
        blocks.push(block);
    }
    blocks
        .iter()
        .flat_map(|block| std::iter::repeat_n(block.sum / block.weight, block.count))
        .zip(&offsets)
        .map(|(place, offset)| place.max(start).min(end - all) + offset)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn neighbours_that_want_the_same_place_share_it() {
        let places = nearest(
            &[(10.0, 1.0), (10.0, 1.0)],
            &[4.0, 4.0],
            (f64::MIN, f64::MAX),
        );
        assert_eq!(places, [8.0, 12.0]);
    }

    proptest! {
        #[test]
        fn nothing_overlaps_and_nothing_leaves_its_band(
            wanted in prop::collection::vec((-100.0_f64..100.0, 0.1_f64..8.0), 1..12),
            height in 1.0_f64..20.0,
        ) {
            let heights = vec![height; wanted.len()];
            let all: f64 = heights.iter().sum();
            for bounds in [(f64::MIN, f64::MAX), (0.0, all), (-3.0, all + 5.0)] {
                let places = nearest(&wanted, &heights, bounds);
                for pair in places.windows(2) {
                    prop_assert!(pair[1] - pair[0] >= height - 1e-6);
                }
                prop_assert!(places[0] - height / 2.0 >= bounds.0 - 1e-6);
                prop_assert!(places[places.len() - 1] + height / 2.0 <= bounds.1 + 1e-6);
            }
        }
    }
}
