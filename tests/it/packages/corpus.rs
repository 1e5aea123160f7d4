//! Archives that are not taken, and why.

use super::raw::{
    Entry, LIST, as_given, endless, gunzip, gzip, list, listed, package, sha256, tar,
};

/// An archive, and the code of the error that refuses it.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
    pub(super) code: &'static str,
}

const ARCHIVE: &str = "package::archive";
const LIMIT: &str = "package::limit";
const NAME: &str = "package::name";

const METADATA: (&str, &[u8]) = (
    "metadata.toml",
    b"[extension]\nname = \"app\"\ntype = \"template\"\nversion = \"1.0.0\"\n",
);

/// The place of the entry `a/b` in it.
const FILE: usize = 3;

/// A package as it should be: the top folder, the list, `a/`, `a/b`, the metadata, `z`.
pub(super) fn good() -> Vec<Entry> {
    package(&[METADATA, ("a/b", b"one"), ("z", b"two")])
}

/// All of them.
pub(super) fn cases() -> Vec<Case> {
    let mut all = Vec::new();
    names(&mut all);
    twins(&mut all);
    kinds(&mut all);
    headers(&mut all);
    structure(&mut all);
    lists(&mut all);
    wrappings(&mut all);
    sizes(&mut all);
    all
}

fn add(all: &mut Vec<Case>, name: impl Into<String>, code: &'static str, bytes: Vec<u8>) {
    all.push(Case {
        name: name.into(),
        bytes,
        code,
    });
}

fn add_entries(all: &mut Vec<Case>, name: &str, code: &'static str, entries: &[Entry]) {
    add(all, name, code, gzip(&tar(entries)));
}

/// Lists and headers that agree about a path that must not be.
fn names(all: &mut Vec<Case>) {
    let component = "c".repeat(101);
    let folder = format!("{component}/f");
    let long = ["d".repeat(90).as_str(); 3].join("/");
    let deep = ["d"; 33].join("/");
    for (path, code) in [
        ("/etc/passwd", NAME),
        ("../evil", NAME),
        ("../../../../tmp/evil", NAME),
        ("a/../../evil", NAME),
        ("a/..", NAME),
        ("./evil", NAME),
        ("a/./b", NAME),
        ("a//b", NAME),
        ("a/", NAME),
        ("C:/evil", NAME),
        ("C:evil", NAME),
        ("..\\evil", NAME),
        ("a\\..\\..\\evil", NAME),
        ("\\\\server\\share", NAME),
        ("a\nb", NAME),
        ("a\u{1b}[2J", NAME),
        ("photo\u{202e}gpj.nu", NAME),
        ("zero\u{200b}width", NAME),
        ("a.", NAME),
        ("a ", NAME),
        ("... ", NAME),
        ("con", NAME),
        ("nul.txt", NAME),
        ("COM1", NAME),
        ("lpt9.log", NAME),
        ("a:stream", NAME),
        ("what?", NAME),
        (".git/config", NAME),
        (".GIT/hooks/post-checkout", NAME),
        ("a/.git", NAME),
        ("cafe\u{301}", NAME),
        (component.as_str(), LIMIT),
        (folder.as_str(), LIMIT),
        (long.as_str(), LIMIT),
        (deep.as_str(), LIMIT),
        (".env", "package::secret"),
        ("deploy/id_ed25519", "package::secret"),
        ("tls/server.key", "package::secret"),
        ("AGENTS.md", "package::instructions"),
        ("docs/CLAUDE.md", "package::instructions"),
        (".mcp.json", "package::instructions"),
        (".cursor/rules/a.mdc", "package::instructions"),
    ] {
        let entries = package(&[METADATA, (path, b"evil")]);
        add_entries(all, &format!("the path {path:?}"), code, &entries);
    }
    // A header ends at the zero, the list does not.
    add_entries(
        all,
        "a zero in a path",
        NAME,
        &package(&[METADATA, ("a\0b", b"")]),
    );
    let mut latin = good();
    latin[FILE] = Entry::new(b"app-1.0.0/a/\xe9", b'0', b"one");
    add_entries(all, "a name that is not UTF-8", ARCHIVE, &latin);
}

/// Paths that are one somewhere.
fn twins(all: &mut Vec<Case>) {
    let code = "package::collision";
    for (name, one, other) in [
        ("case twins", "Readme", "readme"),
        ("folders that are case twins", "Docs/a", "docs/b"),
        ("twins by letters", "stra\u{df}e", "STRASSE"),
        ("twins by the sign for kelvin", "\u{212a}", "k"),
        ("a file, then a folder", "x", "x/y"),
        ("a file, then a folder further on", "x", "x/y/z"),
        ("a file and a folder that are case twins", "X", "x/y"),
    ] {
        let entries = package(&[METADATA, (one, b"1"), (other, b"2")]);
        add_entries(all, name, code, &entries);
    }
    add_entries(
        all,
        "a twin of the list",
        code,
        &package(&[METADATA, ("PROVISIONING-PACKAGE.JSON", b"{}")]),
    );
    add_entries(
        all,
        "a second list",
        code,
        &package(&[METADATA, (LIST, b"{}")]),
    );
    add_entries(
        all,
        "letters apart and together",
        code,
        &package(&[METADATA, ("caf\u{e9}", b""), ("cafe\u{301}", b"")]),
    );
    add_entries(
        all,
        "a name twice",
        ARCHIVE,
        &as_given(&[METADATA, ("z", b"1"), ("z", b"2")]),
    );
    let mut twice = good();
    twice.push(Entry::file("app-1.0.0/z", b"two"));
    add_entries(all, "an entry twice", ARCHIVE, &twice);
    let mut twice = good();
    twice.insert(FILE, twice[FILE].clone());
    add_entries(all, "an entry twice, further up", ARCHIVE, &twice);
}

/// Entries of kinds that no package has.
fn kinds(all: &mut Vec<Case>) {
    let pax = |record: &str| {
        // A record begins with its length, which counts itself.
        let length = record.len() + 4;
        format!("{length:03} {record}\n").into_bytes()
    };
    let size = pax("size=1024");
    let path = pax("path=../../evil");
    for (name, entry) in [
        (
            "a link out",
            Entry::link("app-1.0.0/a/b", b'2', "/etc/passwd"),
        ),
        ("a link up", Entry::link("app-1.0.0/a/b", b'2', "../../..")),
        ("a link within", Entry::link("app-1.0.0/a/b", b'2', "../z")),
        (
            "a hard link",
            Entry::link("app-1.0.0/a/b", b'1', "app-1.0.0/z"),
        ),
        (
            "a hard link out",
            Entry::link("app-1.0.0/a/b", b'1', "/etc/passwd"),
        ),
        (
            "a character device",
            Entry::new(b"app-1.0.0/a/b", b'3', b""),
        ),
        ("a block device", Entry::new(b"app-1.0.0/a/b", b'4', b"")),
        ("a named pipe", Entry::new(b"app-1.0.0/a/b", b'6', b"")),
        (
            "a contiguous file",
            Entry::new(b"app-1.0.0/a/b", b'7', b"one"),
        ),
        (
            "a sparse file of GNU tar",
            Entry::new(b"app-1.0.0/a/b", b'S', b"one"),
        ),
        (
            "a directory of GNU tar",
            Entry::new(b"app-1.0.0/a/b", b'D', b"one"),
        ),
        (
            "a file of another volume",
            Entry::new(b"app-1.0.0/a/b", b'M', b"one"),
        ),
        (
            "a label of a volume",
            Entry::new(b"app-1.0.0/a/b", b'V', b""),
        ),
        (
            "a file of an older tar",
            Entry::new(b"app-1.0.0/a/b", 0, b"one"),
        ),
        (
            "an unknown kind",
            Entry::new(b"app-1.0.0/a/b", b'Q', b"one"),
        ),
        (
            "a folder with contents",
            Entry::new(b"app-1.0.0/a/b", b'5', b"one"),
        ),
        ("a header of PAX for all", Entry::new(b"pax", b'g', &size)),
    ] {
        let mut entries = good();
        entries[FILE] = entry;
        add_entries(all, name, ARCHIVE, &entries);
    }
    for (name, entry) in [
        (
            "PAX with another size",
            Entry::new(b"./PaxHeaders/b", b'x', &size),
        ),
        (
            "PAX with size 0",
            Entry::new(b"./PaxHeaders/b", b'x', &pax("size=0")),
        ),
        (
            "PAX with a negative size",
            Entry::new(b"./PaxHeaders/b", b'x', &pax("size=-1")),
        ),
        (
            "PAX with another path",
            Entry::new(b"./PaxHeaders/b", b'x', &path),
        ),
        (
            "PAX with a target",
            Entry::new(b"./PaxHeaders/b", b'x', &pax("linkpath=/etc")),
        ),
        (
            "PAX with the size of a sparse file",
            Entry::new(
                b"./PaxHeaders/b",
                b'x',
                &pax("GNU.sparse.realsize=99999999999"),
            ),
        ),
        ("PAX of Solaris", Entry::new(b"./PaxHeaders/b", b'X', &path)),
        (
            "a long name of GNU tar",
            Entry::new(b"././@LongLink", b'L', b"../../evil\0"),
        ),
        (
            "a long target of GNU tar",
            Entry::new(b"././@LongLink", b'K', b"/etc/passwd\0"),
        ),
    ] {
        for at in [0, 1, FILE] {
            let mut entries = good();
            entries.insert(at, entry.clone());
            add_entries(
                all,
                &format!("{name}, ahead of entry {at}"),
                ARCHIVE,
                &entries,
            );
        }
    }
    let mut through = good();
    through.insert(FILE, Entry::link("app-1.0.0/a/b", b'2', "../../.."));
    add_entries(all, "a link, then a file through it", ARCHIVE, &through);
    let mut top = good();
    top[0] = Entry::link("app-1.0.0/", b'2', "/tmp");
    add_entries(all, "a link as the top folder", ARCHIVE, &top);
    let mut list = good();
    list[1] = Entry::link(&format!("app-1.0.0/{LIST}"), b'2', "/etc/passwd");
    add_entries(all, "a link as the list", ARCHIVE, &list);
}

/// Headers that say something that no header of a package does.
fn headers(all: &mut Vec<Case>) {
    for (name, at, bytes) in [
        ("the rights of the owner", 100, b"0004755".as_slice()),
        ("rights for everybody", 100, b"0000777"),
        ("an owner", 108, b"0001750"),
        ("a group", 116, b"0001750"),
        ("a time", 136, b"14742417640"),
        ("a time that is none", 136, b"-0000000001"),
        ("a size in base 256", 124, b"\x80\0\0\0\0\0\0\0\0\0\0\x03"),
        (
            "a negative size in base 256",
            124,
            b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        ),
        ("a size with a sign", 124, b"-0000000003"),
        ("a size with blanks", 124, b"          3"),
        ("a size of 8 GB", 124, b"77777777777"),
        ("a size of 0", 124, b"00000000000"),
        ("a target that nobody needs", 157, b"/etc/passwd"),
        ("the magic of GNU tar", 257, b"ustar  \0"),
        ("another magic", 257, b"USTAR"),
        ("a user", 265, b"root"),
        ("numbers of a device", 329, b"0000001"),
        ("a prefix", 345, b".."),
        ("something in the last bytes", 500, b"x"),
        ("another way to the same name", 0, b"./app-1.0.0/a/b"),
    ] {
        let mut entries = good();
        entries[FILE] = entries[FILE].clone().with(at, bytes);
        add_entries(all, &format!("a header with {name}"), ARCHIVE, &entries);
    }
    let mut sum = good();
    sum[FILE].header[148] ^= 1;
    add_entries(all, "a header with a wrong sum", ARCHIVE, &sum);
    let mut sum = good();
    sum[FILE].header[154] = b' ';
    add_entries(all, "a sum written in another way", ARCHIVE, &sum);
    let mut padding = good();
    *padding[FILE].data.last_mut().unwrap() = 1;
    add_entries(all, "something behind a file", ARCHIVE, &padding);
    let mut digest = good();
    digest[FILE].data[0] ^= 1;
    add_entries(all, "a file with a wrong bit", "package::digest", &digest);
}

/// Entries that are missing, or that nobody has announced.
fn structure(all: &mut Vec<Case>) {
    for at in 0..good().len() {
        let mut entries = good();
        entries.remove(at);
        add_entries(all, &format!("without entry {at}"), ARCHIVE, &entries);
        let mut entries = good();
        entries.insert(at, Entry::file("app-1.0.0/more", b"more"));
        add_entries(
            all,
            &format!("a file too many, ahead of entry {at}"),
            ARCHIVE,
            &entries,
        );
        let mut entries = good();
        entries.insert(at, Entry::folder("app-1.0.0/more/"));
        add_entries(
            all,
            &format!("a folder too many, ahead of entry {at}"),
            ARCHIVE,
            &entries,
        );
    }
    for (name, more) in [
        ("a file", Entry::file("app-1.0.0/zz", b"")),
        ("a folder", Entry::folder("app-1.0.0/zz/")),
        ("another top folder", Entry::folder("other-1.0.0/")),
        ("a file elsewhere", Entry::file("../evil", b"evil")),
    ] {
        let mut entries = good();
        entries.push(more);
        add_entries(all, &format!("{name} behind the last"), ARCHIVE, &entries);
    }
    let mut swapped = good();
    swapped.swap(4, 5);
    let mut unsorted = good();
    unsorted.swap(FILE, 4);
    let mut nested = good();
    nested[0] = Entry::folder("a/app-1.0.0/");
    let mut outside = good();
    outside[0] = Entry::folder("../");
    let mut unlike = good();
    unlike[0] = Entry::folder("app-2.0.0/");
    let mut renamed = good();
    for entry in &mut renamed {
        *entry = entry.clone().with(0, b"evil");
    }
    add_entries(all, "files in another order", ARCHIVE, &unsorted);
    add_entries(all, "a folder behind what is in it", ARCHIVE, &{
        let mut late = good();
        late.swap(2, FILE);
        late
    });
    add_entries(all, "the last two exchanged", ARCHIVE, &swapped);
    add_entries(all, "two folders around everything", ARCHIVE, &nested);
    add_entries(all, "a top folder that leads out", ARCHIVE, &outside);
    add_entries(all, "a top folder of another version", ARCHIVE, &unlike);
    add_entries(all, "a top folder of another name", ARCHIVE, &renamed);
    add_entries(all, "no entries", ARCHIVE, &[]);
    let whole = tar(&good());
    let open = &whole[..whole.len() - 1024];
    for (name, end) in [
        ("no end", vec![]),
        ("half an end", vec![0; 512]),
        ("an end that is too long", vec![0; 2048]),
        ("an end as of GNU tar", vec![0; 10240]),
        ("a byte behind the end", [vec![0; 1024], vec![1]].concat()),
        (
            "an archive behind the end",
            [vec![0; 1024], whole.clone()].concat(),
        ),
        ("an end that is none", [vec![0; 1023], vec![1]].concat()),
    ] {
        add(all, name, ARCHIVE, gzip(&[open, &end].concat()));
    }
}

/// Lists that say something else, in packages that agree with them as far as they can.
fn lists(all: &mut Vec<Case>) {
    let files: &[(&str, &[u8])] = &[("a/b", b"one"), METADATA, ("z", b"two")];
    let changed = |text: String| {
        let mut entries = good();
        entries[1] = Entry::file(&format!("app-1.0.0/{LIST}"), text.as_bytes());
        gzip(&tar(&entries))
    };
    let text = list(files);
    for (name, from, to, code) in [
        (
            "a name that leads up",
            "\"name\": \"app\"",
            "\"name\": \"..\"",
            ARCHIVE,
        ),
        (
            "a name with a path",
            "\"name\": \"app\"",
            "\"name\": \"../../app\"",
            ARCHIVE,
        ),
        (
            "a name with a colon",
            "\"name\": \"app\"",
            "\"name\": \"app:1\"",
            ARCHIVE,
        ),
        (
            "an empty name",
            "\"name\": \"app\"",
            "\"name\": \"\"",
            ARCHIVE,
        ),
        (
            "another name",
            "\"name\": \"app\"",
            "\"name\": \"db\"",
            ARCHIVE,
        ),
        (
            "a version with a path",
            "\"1.0.0\"",
            "\"1.0.0/../../etc\"",
            ARCHIVE,
        ),
        (
            "a version that is a path",
            "\"1.0.0\"",
            "\"../../../../tmp/evil\"",
            ARCHIVE,
        ),
        ("another version", "\"1.0.0\"", "\"1.0.1\"", ARCHIVE),
        ("another type", "\"template\"", "\"thing\"", ARCHIVE),
        (
            "a later format",
            "\"format\": 1",
            "\"format\": 2",
            "package::newer",
        ),
        ("an older format", "\"format\": 1", "\"format\": 0", ARCHIVE),
        (
            "a key twice",
            "  \"format\"",
            "  \"name\": \"db\",\n  \"format\"",
            ARCHIVE,
        ),
        (
            "a key that nobody knows",
            "  \"format\"",
            "  \"more\": 1,\n  \"format\"",
            ARCHIVE,
        ),
        ("other blanks", "\"format\": 1", "\"format\":  1", ARCHIVE),
        (
            "a letter written as a number",
            "\"a/b\"",
            "\"\\u0061/b\"",
            ARCHIVE,
        ),
        (
            "a size that is not whole",
            "\"size\": 3,",
            "\"size\": 3.5,",
            ARCHIVE,
        ),
        (
            "a size below zero",
            "\"size\": 3,",
            "\"size\": -3,",
            ARCHIVE,
        ),
        ("another size", "\"size\": 3,", "\"size\": 4,", ARCHIVE),
        (
            "a size beyond all",
            "\"size\": 3,",
            "\"size\": 18446744073709551615,",
            LIMIT,
        ),
        (
            "a size of ten to the ninth",
            "\"size\": 3,",
            "\"size\": 1000000000,",
            LIMIT,
        ),
        ("a file that is not there", "\"z\"", "\"y\"", ARCHIVE),
    ] {
        let other = text.replacen(from, to, 1);
        assert_ne!(other, text, "{name}");
        add(all, format!("a list with {name}"), code, changed(other));
    }
    let digest = text.replacen(&sha256(b"one"), &sha256(b"two"), 1);
    add(
        all,
        "a list with a wrong digest",
        "package::digest",
        changed(digest),
    );
    let capitals = text.replacen(&sha256(b"one"), &sha256(b"one").to_uppercase(), 1);
    add(
        all,
        "a digest in capital letters",
        ARCHIVE,
        changed(capitals),
    );
    add(all, "an empty list", ARCHIVE, changed(String::new()));
    add(
        all,
        "a list that is none",
        ARCHIVE,
        changed("[]".to_owned()),
    );
    add(
        all,
        "a list that is nested deeply",
        ARCHIVE,
        changed(format!("{{\"format\": {}", "[".repeat(100_000))),
    );
    add(
        all,
        "a list with a text that is long",
        ARCHIVE,
        changed(format!("{{\"format\": \"{}\"}}", "x".repeat(1 << 20))),
    );
}

/// What is around the tar archive.
fn wrappings(all: &mut Vec<Case>) {
    let whole = gzip(&tar(&good()));
    let with = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = whole.clone();
        change(&mut bytes);
        bytes
    };
    let end = whole.len();
    for (name, bytes) in [
        ("nothing", vec![]),
        ("one byte", vec![0x1f]),
        ("the beginning of gzip", vec![0x1f, 0x8b, 8]),
        ("the header of gzip", whole[..10].to_vec()),
        ("plain tar", tar(&good())),
        ("zip", b"PK\x03\x04 and so on, long enough".to_vec()),
        ("zstd", b"\x28\xb5\x2f\xfd and so on, long enough".to_vec()),
        ("a text", b"#!/bin/sh\necho evil\n".to_vec()),
        ("a byte at the end", [whole.as_slice(), b"x"].concat()),
        ("zeros at the end", [whole.as_slice(), &[0; 512]].concat()),
        (
            "another member of gzip",
            [whole.clone(), gzip(b"x")].concat(),
        ),
        (
            "an empty member of gzip",
            [whole.clone(), gzip(b"")].concat(),
        ),
        ("itself twice", [whole.clone(), whole.clone()].concat()),
        ("an empty member ahead", [gzip(b""), whole.clone()].concat()),
        ("an empty file of gzip", gzip(b"")),
        ("gzip in gzip", gzip(&whole)),
        ("another method", with(&|bytes| bytes[2] = 7)),
        ("a flag for text", with(&|bytes| bytes[3] = 1)),
        ("a flag for a name", with(&|bytes| bytes[3] = 8)),
        ("a flag for a comment", with(&|bytes| bytes[3] = 16)),
        ("a flag for more fields", with(&|bytes| bytes[3] = 4)),
        ("a flag for a sum", with(&|bytes| bytes[3] = 2)),
        ("a flag that nobody knows", with(&|bytes| bytes[3] = 0x80)),
        ("a time", with(&|bytes| bytes[4] = 1)),
        ("a wrong sum", with(&|bytes| bytes[end - 8] ^= 1)),
        ("a wrong length", with(&|bytes| bytes[end - 4] ^= 1)),
        (
            "a block of a kind that there is not",
            with(&|bytes| bytes[10] = 0xff),
        ),
        (
            "nothing after the header",
            with(&|bytes| bytes.truncate(11)),
        ),
    ] {
        add(all, format!("gzip: {name}"), ARCHIVE, bytes);
    }
    // A name that was compressed with it, as gzip does.
    let mut named = flate2::GzBuilder::new()
        .filename("app.tar")
        .write(Vec::new(), flate2::Compression::new(6));
    std::io::Write::write_all(&mut named, &gunzip(&whole)).unwrap();
    add(all, "gzip: a name", ARCHIVE, named.finish().unwrap());
}

/// More than anybody should read.
fn sizes(all: &mut Vec<Case>) {
    let zeros = vec![0; 20 << 20];
    let bomb = package(&[METADATA, ("zeros", &zeros)]);
    add_entries(all, "a thousand times as large", LIMIT, &bomb);
    let line = |path: &str, size: u64| {
        format!(
            "\n    {{\"path\": \"{path}\", \"size\": {size}, \"sha256\": \"{}\"}}",
            sha256(b"")
        )
    };
    let only = |text: &str| {
        tar(&[
            Entry::folder("app-1.0.0/"),
            Entry::file(&format!("app-1.0.0/{LIST}"), text.as_bytes()),
        ])
    };
    let many: Vec<String> = (0..20_000).map(|n| line(&format!("{n:06}"), 0)).collect();
    add(all, "20,000 files", LIMIT, gzip(&only(&listed(&many))));
    let folders: Vec<String> = (0..3_000)
        .map(|n| line(&format!("{n:04}/a/b/c/d/e/f/g"), 0))
        .collect();
    add(all, "24,000 folders", LIMIT, gzip(&only(&listed(&folders))));
    let large: Vec<String> = (0..100)
        .map(|n| line(&format!("{n:03}"), 60 << 20))
        .collect();
    add(all, "6 GB in all", LIMIT, gzip(&only(&listed(&large))));
    let list = Entry::file(&format!("app-1.0.0/{LIST}"), b"").with(124, b"00100000000");
    let beginning = [Entry::folder("app-1.0.0/").header, list.header].concat();
    add(
        all,
        "a list of 16 MiB",
        LIMIT,
        endless(&beginning, &[b' '; 1 << 16], 300),
    );

    let entry = Entry::file("app-1.0.0/zz", b"").header.repeat(128);
    let whole = tar(&good());
    let whole = &whole[..whole.len() - 1024];
    add(
        all,
        "a million entries that nobody announced",
        ARCHIVE,
        endless(whole, &entry, 7_813),
    );
    let folder = Entry::folder("app-1.0.0/");
    let beginning = folder.header.as_slice();
    add(
        all,
        "a million entries without a list",
        ARCHIVE,
        endless(beginning, &entry, 7_813),
    );
    add(
        all,
        "10 GB of zeros",
        ARCHIVE,
        endless(&[], &[0; 1 << 16], 163_840),
    );
    add(
        all,
        "10 GB of zeros behind the end",
        ARCHIVE,
        endless(whole, &[0; 1 << 16], 163_840),
    );
}
