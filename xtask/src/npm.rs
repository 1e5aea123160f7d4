//! How npm lays Nushell out on disk.
//!
//! npm's `nu` is a JavaScript wrapper that starts Node (70 ms) only to start the real executable,
//! which lies in a package per platform: `@nushell/linux-x64/bin/nu`, as a sibling of the package
//! `nushell` or inside it.

use std::{
    env, fs,
    io::Read,
    path::{Path, PathBuf},
};

/// How far above the wrapper the real executable is looked for.
const LEVELS: usize = 3;

/// How much of a file is read to see whether it is a wrapper.
const HEAD: u64 = 4096;

/// Returns npm's name of the package with the executable for this platform, if we know it.
pub(crate) fn platform_package() -> Option<String> {
    package_for(env::consts::OS, env::consts::ARCH)
}

/// Returns npm's name of the package for an operating system and processor, as Rust names them.
fn package_for(os: &str, arch: &str) -> Option<String> {
    let os = match os {
        "macos" => "darwin",
        "linux" | "windows" => os,
        _ => return None,
    };
    let arch = match arch {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        "arm" | "riscv64" => arch,
        _ => return None,
    };
    Some(format!("@nushell/{os}-{arch}"))
}

/// Returns the executable of `package` under `folder`, which holds `node_modules` or is one.
pub(crate) fn executable_under(folder: &Path, package: &str) -> Option<PathBuf> {
    [
        "",
        "node_modules",
        "nushell/node_modules",
        "node_modules/nushell/node_modules",
    ]
    .iter()
    .map(|between| {
        folder
            .join(between)
            .join(package)
            .join("bin")
            .join(executable_name())
    })
    .find(|path| path.is_file())
}

/// Returns the real executable that belongs to the wrapper at `wrapper`.
pub(crate) fn executable_behind(wrapper: &Path, package: &str) -> Option<PathBuf> {
    wrapper
        .ancestors()
        .skip(1)
        .take(LEVELS)
        .find_map(|folder| executable_under(folder, package))
}

/// Tells whether the file is npm's wrapper: the script itself, or a shim that calls it.
pub(crate) fn is_wrapper(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(HEAD).read_to_end(&mut head));
    read.is_ok() && is_wrapper_text(&String::from_utf8_lossy(&head))
}

/// Tells whether a file that starts with `head` is npm's wrapper.
fn is_wrapper_text(head: &str) -> bool {
    let is_script = !head.contains('\0');
    let first = head.lines().next().unwrap_or_default();
    let run_by_node = first.starts_with("#!") && first.contains("node");
    let calls_wrapper = head.replace('\\', "/").contains("nushell/lib/index.js");
    is_script && (run_by_node || calls_wrapper)
}

/// Returns the file name of Nushell's executable on this platform.
pub(crate) fn executable_name() -> String {
    format!("nu{}", env::consts::EXE_SUFFIX)
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    const PACKAGE: &str = "@nushell/linux-x64";

    /// Creates a file and the folders above it.
    fn file(root: &Path, path: &str, text: &str) -> io::Result<PathBuf> {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap_or(root))?;
        fs::write(&path, text)?;
        Ok(path)
    }

    #[test]
    fn platforms_have_the_names_that_npm_gives_them() {
        let name = |os, arch| package_for(os, arch).unwrap_or_default();
        assert_eq!(name("linux", "x86_64"), "@nushell/linux-x64");
        assert_eq!(name("linux", "aarch64"), "@nushell/linux-arm64");
        assert_eq!(name("macos", "x86_64"), "@nushell/darwin-x64");
        assert_eq!(name("macos", "aarch64"), "@nushell/darwin-arm64");
        assert_eq!(name("windows", "x86_64"), "@nushell/windows-x64");
        assert_eq!(name("linux", "riscv64"), "@nushell/linux-riscv64");
        assert_eq!(package_for("freebsd", "x86_64"), None);
        assert_eq!(package_for("linux", "s390x"), None);
    }

    #[test]
    fn executable_is_found_wherever_npm_puts_it() -> io::Result<()> {
        let inner = format!("{PACKAGE}/bin/{}", executable_name());
        for (wrapper, modules) in [
            // A local installation, hoisted and nested; then a global one, as on Windows.
            ("node_modules/nushell/lib/index.js", "node_modules"),
            (
                "node_modules/nushell/lib/index.js",
                "node_modules/nushell/node_modules",
            ),
            ("node_modules/.bin/nu", "node_modules"),
            ("nu.cmd", "node_modules/nushell/node_modules"),
        ] {
            let root = tempfile::tempdir()?;
            let wrapper = file(root.path(), wrapper, "")?;
            assert_eq!(executable_behind(&wrapper, PACKAGE), None);
            let real = file(root.path(), &format!("{modules}/{inner}"), "")?;
            assert_eq!(executable_behind(&wrapper, PACKAGE), Some(real));
        }
        Ok(())
    }

    #[test]
    fn executable_far_above_the_wrapper_is_another_installation() -> io::Result<()> {
        let root = tempfile::tempdir()?;
        let wrapper = file(root.path(), "a/b/c/nu", "")?;
        file(
            root.path(),
            &format!("{PACKAGE}/bin/{}", executable_name()),
            "",
        )?;
        assert_eq!(executable_behind(&wrapper, PACKAGE), None);
        Ok(())
    }

    #[test]
    fn wrappers_are_told_from_executables() {
        assert!(is_wrapper_text("#!/usr/bin/env node\n\"use strict\";"));
        assert!(is_wrapper_text(
            "#!/bin/sh\nexec node \"$basedir/../nushell/lib/index.js\" \"$@\""
        ));
        assert!(is_wrapper_text(
            "@ECHO off\r\n\"%_prog%\" \"%dp0%\\node_modules\\nushell\\lib\\index.js\" %*"
        ));
        assert!(!is_wrapper_text("#!/bin/sh\nexec /opt/nushell/nu \"$@\""));
        assert!(!is_wrapper_text("\x7fELF\0\0nushell/lib/index.js"));
        assert!(!is_wrapper_text(""));
    }
}
