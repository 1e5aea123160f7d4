//! `package::`: what cannot be packed, and packages that are not taken.

use super::example::file;
use super::{Code, Example, Explanation, File, not_shown, shown};
use Example::{Command, Files};

const BUILD: &str = "extension build app --check";
const ALLOWED: &str = "extension build app --check --allow [/.env /AGENTS.md]";
const BOTH: &str = "extension build app | extension verify $in.path";

const SECRET: File = file("app/.env", "REGION=north\n");
const AGENTS: File = file("app/AGENTS.md", "# For agents\n");

/// `app` with one pattern that leaves out a file of its templates.
const EXCLUDE: &str = r#"[extension]
name = "app"
type = "taskserv"
version = "1.0.0"

[build]
exclude = ["/templates/*.old"]
"#;

pub(super) const EXPLANATIONS: &[Explanation] = &[
    shown(
        Code::PackageRefused,
        "Several things are in the way, in the extension or in a package that is read. Each is listed with its own code.",
        Files(&[SECRET, AGENTS], BUILD),
        Files(&[SECRET, AGENTS], ALLOWED),
    ),
    shown(
        Code::PackageNotAFile,
        "Links lead somewhere else where the package is unpacked, and are how archives write outside of their folder. Pipes and devices are not data. So a package has neither.",
        Command("^ln -s README.md app/link; extension build app --check"),
        Command("^cp app/README.md app/copy.md; extension build app --check"),
    ),
    shown(
        Code::PackageName,
        "A package is unpacked on systems where `aux` is a device, `:` begins a stream and `\\` divides folders. A name that is something else there, or leads to another folder, is in no package.",
        Files(&[file("app/docs/aux.md", "# More\n")], BUILD),
        Files(&[file("app/docs/auxiliary.md", "# More\n")], BUILD),
    ),
    shown(
        Code::PackageCollision,
        "On macOS and Windows, the one would be written over the other: case does not count there, nor whether a letter and its accent are one character or two.",
        Files(
            &[
                file("app/docs/Guide.md", "# One\n"),
                file("app/docs/guide.md", "# Two\n"),
            ],
            BUILD,
        ),
        Files(&[file("app/docs/guide.md", "# One\n")], BUILD),
    ),
    shown(
        Code::PackageSecret,
        "What is in a package is read by everybody who gets it. Keys and passwords are kept in files of such names. If it is none, or meant for everybody, --allow takes it.",
        Files(&[SECRET], BUILD),
        Files(&[SECRET], ALLOWED),
    ),
    shown(
        Code::PackageInstructions,
        "Agents that work on code obey files of such names, wherever they lie: the package would steer the tools of whoever installs it. Both who builds and who installs have to want that.",
        Files(&[AGENTS], BUILD),
        Files(&[AGENTS], ALLOWED),
    ),
    shown(
        Code::PackageReserved,
        "Each package has a list of its files in `provisioning-package.json`. An extension with a file of that name was unpacked from one, and is about to be packed again: the old list has to go.",
        Files(&[file("app/provisioning-package.json", "{}\n")], BUILD),
        Files(&[file("app/docs/provisioning-package.json", "{}\n")], BUILD),
    ),
    shown(
        Code::PackageNoType,
        "Without `type`, the folder around an extension tells what it is. A package is unpacked into another folder.",
        Files(
            &[file(
                "taskservs/db/metadata.toml",
                "[extension]\nname = \"db\"\nversion = \"1.0.0\"\n",
            )],
            "extension build taskservs/db --no-validate --check",
        ),
        Files(
            &[file(
                "taskservs/db/metadata.toml",
                "[extension]\nname = \"db\"\ntype = \"taskserv\"\nversion = \"1.0.0\"\n",
            )],
            "extension build taskservs/db --no-validate --check",
        ),
    ),
    shown(
        Code::PackageLimit,
        "There are limits for bytes, files, folders and paths, and for how many times as large a package becomes when it is unpacked. They hold for whoever builds and for whoever reads, so that nothing is built that nobody takes.",
        Command(
            "let deep = ['app'] ++ (1..40 | each { 'd' }) | path join; mkdir $deep; '' | save ($deep | path join f); extension build app --check",
        ),
        Command(
            "let deep = ['app'] ++ (1..20 | each { 'd' }) | path join; mkdir $deep; '' | save ($deep | path join f); extension build app --check",
        ),
    ),
    shown(
        Code::PackageLeftOut,
        "A warning: `[build]` leaves out a file of a folder from which code, schemas and templates are taken. The validation has seen it, and whoever installs the package does not have it; the digest of what is installed is another one than that of the source.",
        Files(
            &[
                file("app/metadata.toml", EXCLUDE),
                file("app/templates/app.old", "port = 1\n"),
            ],
            BUILD,
        ),
        Files(&[file("app/metadata.toml", EXCLUDE)], BUILD),
    ),
    shown(
        Code::PackageUnreadable,
        "A file of the extension, the package or its signature is not there, or may not be read. A link in the place of a signature is not followed.",
        Command("extension verify app-1.0.0.tar.gz"),
        Command(BOTH),
    ),
    not_shown(
        Code::PackageChanged,
        "What is packed is read twice, and so is a package that is unpacked. In between, the file has become another one; nothing of it is kept.",
        "something else has to write at the right moment",
    ),
    shown(
        Code::PackageWrite,
        "The package, its signature, a key or what is unpacked cannot be written. What was there before is still there, and nothing is there in part.",
        Command("'' | save dist; extension build app"),
        Command("mkdir dist; extension build app"),
    ),
    shown(
        Code::PackageArchive,
        "Archives can be written so that two programs read different things in them. Packages are of a kind for which there is one reading only, so archives of other programs, and packages with a wrong byte, are refused; the message says where.",
        Command("^tar -czf app-1.0.0.tar.gz app; extension verify app-1.0.0.tar.gz"),
        Command(BOTH),
    ),
    shown(
        Code::PackageNewer,
        "The number of the format is higher than the one that this version knows. What it does not know may matter.",
        Command(
            r#"extension build app | ignore; ^gzip -dc dist/app-1.0.0.tar.gz | into binary | bytes replace ('"format": 1' | into binary) ('"format": 9' | into binary) | ^gzip -n | save new.tar.gz; extension verify new.tar.gz"#,
        ),
        Command(BOTH),
    ),
    shown(
        Code::PackageDigest,
        "The package lists the SHA-256 of each file, and a file has another one: somebody has changed the file and not the list.",
        Command(
            "extension build app | ignore; ^gzip -dc dist/app-1.0.0.tar.gz | into binary | bytes replace ('An application' | into binary) ('An Application' | into binary) | ^gzip -n | save new.tar.gz; extension verify new.tar.gz",
        ),
        Command(BOTH),
    ),
    shown(
        Code::PackageUnsigned,
        "With --key, or with the settings `trusted_keys` or `require_signature`, only packages with a signature are taken. It is a file of the same name beside the package, with `.minisig` at its end.",
        Command(
            "let key = extension keygen; extension build app | extension verify $in.path --key $key.public_key",
        ),
        Command(
            "let key = extension keygen; extension build app --sign provisioning.key | extension verify $in.path --key $key.public_key",
        ),
    ),
    shown(
        Code::PackageSignature,
        "The package is not the one that was signed, the signature was damaged, or it was made for a package of another name or version.",
        Command(
            "let key = extension keygen; extension build app --sign provisioning.key | ignore; 0x[00] | save --append dist/app-1.0.0.tar.gz; extension verify dist/app-1.0.0.tar.gz --key $key.public_key",
        ),
        Command(
            "let key = extension keygen; extension build app --sign provisioning.key | ignore; extension verify dist/app-1.0.0.tar.gz --key $key.public_key",
        ),
    ),
    shown(
        Code::PackageUntrusted,
        "There is a signature, and its key is none of those that are trusted. Anybody can make keys: find out whose it is before you trust it.",
        Command(
            "let other = extension keygen --out other.key; extension keygen | ignore; extension build app --sign provisioning.key | extension verify $in.path --key $other.public_key",
        ),
        Command(
            "let other = extension keygen --out other.key; extension build app --sign other.key | extension verify $in.path --key $other.public_key",
        ),
    ),
    shown(
        Code::PackageKey,
        "The file is not there or holds no key of that kind, or the key is locked and $env.PROVISIONING_KEY_PASSWORD does not open it. Nothing of a secret key is ever shown.",
        Command("extension build app --sign provisioning.key"),
        Command("extension keygen | ignore; extension build app --sign provisioning.key"),
    ),
    shown(
        Code::PackageExists,
        "Neither a key nor a folder of an extension is written over.",
        Command("extension keygen | ignore; extension keygen"),
        Command("extension keygen | ignore; extension keygen --out other.key"),
    ),
];
