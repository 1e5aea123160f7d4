//! Archives made by hand, well or badly: a second writer of the format, which knows nothing of the first.

use std::io::{Read as _, Write as _};

use flate2::{Compress, Compression, FlushCompress, GzBuilder};
use sha2::{Digest as _, Sha256};

/// The name of the list.
pub(super) const LIST: &str = "provisioning-package.json";

/// One entry of a tar archive.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) header: [u8; 512],
    /// What follows the header, with zeros up to a whole block.
    pub(super) data: Vec<u8>,
}

impl Entry {
    pub(super) fn new(path: &[u8], flag: u8, data: &[u8]) -> Self {
        let mut header = [0; 512];
        // As much of the path as a name has room for; what is ahead goes into the prefix, divided at a `/`.
        let cut = (path.len() > 100).then(|| {
            let from = path.len() - 101;
            from + path[from..]
                .iter()
                .position(|byte| *byte == b'/')
                .unwrap_or(0)
        });
        let (prefix, name) = match cut {
            Some(cut) if path[cut] == b'/' => (&path[..cut], &path[cut + 1..]),
            _ => (&path[..0], path),
        };
        let put = |header: &mut [u8; 512], at: usize, bytes: &[u8], most: usize| {
            let bytes = &bytes[..bytes.len().min(most)];
            header[at..at + bytes.len()].copy_from_slice(bytes);
        };
        put(&mut header, 0, name, 100);
        put(&mut header, 345, prefix, 155);
        let mode = if flag == b'5' { "0000755" } else { "0000644" };
        put(&mut header, 100, mode.as_bytes(), 7);
        put(&mut header, 108, b"0000000\x000000000", 15);
        put(
            &mut header,
            124,
            format!("{:011o}", data.len()).as_bytes(),
            11,
        );
        put(&mut header, 136, b"07033241600", 11);
        put(&mut header, 156, &[flag], 1);
        put(&mut header, 257, b"ustar\x0000", 8);
        put(&mut header, 329, b"0000000\x000000000", 15);
        let mut data = data.to_vec();
        data.resize(data.len().div_ceil(512) * 512, 0);
        Self { header, data }.sealed()
    }

    pub(super) fn file(path: &str, data: &[u8]) -> Self {
        Self::new(path.as_bytes(), b'0', data)
    }

    pub(super) fn folder(path: &str) -> Self {
        Self::new(path.as_bytes(), b'5', b"")
    }

    /// An entry that leads to another one.
    pub(super) fn link(path: &str, flag: u8, target: &str) -> Self {
        Self::new(path.as_bytes(), flag, b"").with(157, target.as_bytes())
    }

    /// Writes bytes into the header, and makes its sum right.
    pub(super) fn with(mut self, at: usize, bytes: &[u8]) -> Self {
        self.header[at..at + bytes.len()].copy_from_slice(bytes);
        self.sealed()
    }

    fn sealed(mut self) -> Self {
        self.header[148..156].fill(b' ');
        let sum: u32 = self.header.iter().map(|byte| u32::from(*byte)).sum();
        self.header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        self
    }
}

/// Returns the text of a list that names files as they are.
pub(super) fn list(files: &[(&str, &[u8])]) -> String {
    let lines: Vec<String> = files
        .iter()
        .map(|(path, data)| {
            format!(
                "\n    {{\"path\": {}, \"size\": {}, \"sha256\": \"{}\"}}",
                serde_json::Value::from(*path),
                data.len(),
                sha256(data)
            )
        })
        .collect();
    listed(&lines)
}

/// Returns the text of a list with lines about files.
pub(super) fn listed(lines: &[String]) -> String {
    format!(
        "{{\n  \"format\": 1,\n  \"name\": \"app\",\n  \"type\": \"template\",\n  \"version\": \"1.0.0\",\n  \
         \"validated\": false,\n  \"built_by\": \"{}\",\n  \"files\": [{}\n  ]\n}}\n",
        env!("CARGO_PKG_VERSION"),
        lines.join(",")
    )
}

/// Returns the entries of a package with these files, as it should be: sorted, each folder ahead of what is in it. Paths
/// may be anything.
pub(super) fn package(files: &[(&str, &[u8])]) -> Vec<Entry> {
    let mut files = files.to_vec();
    files.sort_by(|a, b| a.0.as_bytes().cmp(b.0.as_bytes()));
    as_given(&files)
}

/// As [`package`], in the order in which the files are given.
pub(super) fn as_given(files: &[(&str, &[u8])]) -> Vec<Entry> {
    let mut all = vec![
        Entry::folder("app-1.0.0/"),
        Entry::file(&format!("app-1.0.0/{LIST}"), list(files).as_bytes()),
    ];
    let mut seen = std::collections::BTreeSet::new();
    for (path, data) in files {
        for (at, _) in path.match_indices('/') {
            if seen.insert(&path[..=at]) {
                all.push(Entry::folder(&format!("app-1.0.0/{}", &path[..=at])));
            }
        }
        all.push(Entry::file(&format!("app-1.0.0/{path}"), data));
    }
    all
}

/// Returns a tar archive.
pub(super) fn tar(entries: &[Entry]) -> Vec<u8> {
    let mut tar = Vec::new();
    for entry in entries {
        tar.extend_from_slice(&entry.header);
        tar.extend_from_slice(&entry.data);
    }
    tar.extend_from_slice(&[0; 1024]);
    tar
}

/// Compresses.
pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzBuilder::new()
        .mtime(0)
        .operating_system(255)
        .write(Vec::new(), Compression::new(6));
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

pub(super) fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut tar = Vec::new();
    flate2::read::GzDecoder::new(bytes)
        .read_to_end(&mut tar)
        .unwrap();
    tar
}

/// Compresses a beginning and then the same block again and again, without ever having all of it. The sums at the end are
/// missing: nobody should come so far.
pub(super) fn endless(beginning: &[u8], block: &[u8], times: usize) -> Vec<u8> {
    let mut compress = Compress::new(Compression::new(6), false);
    let mut piece = |bytes: &[u8]| {
        let mut out = Vec::with_capacity(bytes.len() + 1024);
        compress
            .compress_vec(bytes, &mut out, FlushCompress::Full)
            .unwrap();
        assert!(out.len() < out.capacity());
        out
    };
    let mut all = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    all.extend(piece(beginning));
    let piece = piece(block);
    for _ in 0..times {
        all.extend_from_slice(&piece);
    }
    all
}

pub(super) fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
