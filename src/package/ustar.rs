//! Headers of tar archives, of the one kind that there is in packages: regular files and folders, nothing else; no owner, no
//! time, two kinds of permissions. A header follows from path, kind and size, byte for byte.

/// How long a block is: a header is one, and contents fill a whole number of them.
pub(super) const BLOCK: usize = 512;

/// One block.
pub(super) type Block = [u8; BLOCK];

/// The time of all entries: the first second of 2000, which no program takes for a mistake.
const TIME: u64 = 946_684_800;

/// Largest size that the header has room for.
pub(super) const MAX_SIZE: u64 = 0o77_777_777_777;

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Folder,
    File { size: u64, executable: bool },
}

/// Divides a path into what stands in the two fields of a header; none when it has no room there.
pub(super) fn split(path: &str) -> Option<(&str, &str)> {
    if path.len() <= 100 {
        return Some(("", path));
    }
    path.match_indices('/')
        .map(|(at, _)| (&path[..at], &path[at + 1..]))
        .find(|(_, name)| name.len() <= 100)
        .filter(|(prefix, name)| (1..=155).contains(&prefix.len()) && !name.is_empty())
}

/// Returns a header; none when path or size have no room in it.
pub(super) fn header(path: &str, kind: Kind) -> Option<Block> {
    let (prefix, name) = split(path)?;
    let (mode, size, flag) = match kind {
        Kind::Folder => (0o755, 0, b'5'),
        Kind::File { size, executable } => (if executable { 0o755 } else { 0o644 }, size, b'0'),
    };
    if size > MAX_SIZE {
        return None;
    }
    let mut block = [0; BLOCK];
    let mut put = |at: usize, text: &[u8]| block[at..at + text.len()].copy_from_slice(text);
    put(0, name.as_bytes());
    put(100, format!("{mode:07o}").as_bytes());
    put(108, b"0000000");
    put(116, b"0000000");
    put(124, format!("{size:011o}").as_bytes());
    put(136, format!("{TIME:011o}").as_bytes());
    put(148, b"        ");
    put(156, &[flag]);
    put(257, b"ustar\x0000");
    put(329, b"0000000");
    put(337, b"0000000");
    put(345, prefix.as_bytes());
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    Some(block)
}

/// Returns how many bytes fill the last block of contents.
pub(super) fn padding(size: u64) -> usize {
    let over = usize::try_from(size % BLOCK as u64).unwrap_or(0);
    (BLOCK - over) % BLOCK
}

/// Returns the size that a header gives, as far as it can be read.
pub(super) fn size_of(block: &Block) -> Option<u64> {
    let digits = std::str::from_utf8(&block[124..135]).ok()?;
    u64::from_str_radix(digits, 8).ok()
}

/// Returns the path that a header gives, as it can be shown.
pub(super) fn path_of(block: &Block) -> String {
    let field = |range: std::ops::Range<usize>| {
        let field = &block[range];
        let end = field.iter().position(|byte| *byte == 0);
        String::from_utf8_lossy(&field[..end.unwrap_or(field.len())]).into_owned()
    };
    let (prefix, name) = (field(345..500), field(0..100));
    if prefix.is_empty() {
        name
    } else {
        format!("{prefix}/{name}")
    }
}

/// Says what an entry is that no package has; none when its kind is right.
pub(super) fn foreign_kind(block: &Block) -> Option<&'static str> {
    Some(match block[156] {
        b'0' | b'5' => return None,
        0 => "a file in the form of an older tar",
        b'1' => "a hard link",
        b'2' => "a link",
        b'3' | b'4' => "a device",
        b'6' => "a named pipe",
        b'7' => "a contiguous file",
        b'x' | b'g' | b'X' => {
            "an extended header (PAX), which can change the size and the name of what follows"
        }
        b'L' | b'K' => "a long name of GNU tar, which can change the name of what follows",
        b'S' => "a sparse file",
        b'D' | b'M' | b'N' | b'V' => "an extension of GNU tar",
        _ => "an entry of an unknown kind",
    })
}

/// Whether the sum in a header is that of its bytes.
pub(super) fn has_right_sum(block: &Block) -> bool {
    let sum: u32 = block
        .iter()
        .enumerate()
        .map(|(at, byte)| {
            if (148..156).contains(&at) {
                32
            } else {
                u32::from(*byte)
            }
        })
        .sum();
    let digits: String = block[148..156]
        .iter()
        .map(|byte| char::from(*byte))
        .filter(char::is_ascii_digit)
        .collect();
    u32::from_str_radix(&digits, 8) == Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn long_paths_are_divided_at_a_slash() {
        let (a, b) = ("a".repeat(100), "b".repeat(100));
        assert_eq!(split(&a), Some(("", a.as_str())));
        assert_eq!(split(&format!("{a}/{b}")), Some((a.as_str(), b.as_str())));
        assert_eq!(split(&format!("{a}/{b}b")), None);
        assert_eq!(split(&format!("{a}{a}/{b}")), None);
        assert_eq!(split(&format!("{a}b")), None);
    }

    proptest! {
        #[test]
        fn a_header_gives_back_what_it_was_made_of(
            path in "[a-zé/]{1,200}",
            size in 0..MAX_SIZE,
            executable: bool,
        ) {
            if let Some(block) = header(&path, Kind::File { size, executable }) {
                prop_assert_eq!(size_of(&block), Some(size));
                prop_assert_eq!(path_of(&block), path);
                prop_assert!(has_right_sum(&block));
                prop_assert_eq!(foreign_kind(&block), None);
            }
        }
    }
}
