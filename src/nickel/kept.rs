//! What is remembered, as much as fits.

use lru::LruCache;

use super::files::Hash;

/// What an entry takes besides its value, in bytes.
const OVERHEAD: usize = 512;

/// Values that were found out, and how large they are. Those that were not asked for longest are given up first.
#[derive(Debug)]
pub(super) struct Kept<V> {
    entries: LruCache<Hash, (V, usize)>,
    bytes: usize,
    most: usize,
}

impl<V: Clone> Kept<V> {
    /// Returns room for so many bytes.
    pub(super) fn new(most: usize) -> Self {
        Self {
            entries: LruCache::unbounded(),
            bytes: 0,
            most,
        }
    }

    pub(super) fn get(&mut self, key: &Hash) -> Option<V> {
        self.entries.get(key).map(|(value, _)| value.clone())
    }

    /// Keeps a value of about so many bytes.
    pub(super) fn put(&mut self, key: Hash, value: V, bytes: usize) {
        let bytes = bytes + OVERHEAD;
        if let Some((_, before)) = self.entries.put(key, (value, bytes)) {
            self.bytes -= before;
        }
        self.bytes += bytes;
        while self.bytes > self.most {
            let Some((_, (_, bytes))) = self.entries.pop_lru() else {
                break;
            };
            self.bytes -= bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nickel::files::hash;

    fn key(number: usize) -> Hash {
        hash(&number.to_le_bytes())
    }

    #[test]
    fn as_much_is_kept_as_fits_and_what_was_asked_for_last() {
        let mut kept = Kept::new(10 * (OVERHEAD + 100));
        for number in 0..10 {
            kept.put(key(number), number, 100);
        }
        assert_eq!(kept.get(&key(0)), Some(0));
        kept.put(key(10), 10, 100);
        assert_eq!(kept.get(&key(1)), None);
        assert_eq!(kept.get(&key(0)), Some(0));
        assert_eq!(kept.get(&key(10)), Some(10));
        // In the place of several small ones.
        kept.put(key(11), 11, 5 * (OVERHEAD + 100));
        assert!(kept.bytes <= kept.most, "{}", kept.bytes);
        assert_eq!(kept.get(&key(11)), Some(11));
        // What does not fit at all.
        kept.put(key(12), 12, 1 << 20);
        assert_eq!((kept.entries.len(), kept.bytes), (0, 0));
    }

    #[test]
    fn a_value_that_takes_the_place_of_another_counts_once() {
        let mut kept = Kept::new(1_000);
        for _ in 0..100 {
            kept.put(key(1), 1, 100);
        }
        assert_eq!(kept.bytes, OVERHEAD + 100);
        assert_eq!(kept.get(&key(1)), Some(1));
    }
}
