//! The same files give the same bytes, whoever packs them, when and where.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::Shell;

use super::{app, build, run};

/// What [`user_mask_place_locale_and_date_do_not_matter`] starts.
#[test]
#[ignore = "started by another test, as another user"]
fn build_a_package() {
    let (Some(source), Some(out)) = (std::env::var_os("SOURCE"), std::env::var_os("OUT")) else {
        panic!("SOURCE and OUT say what is built");
    };
    build(Path::new(&source), Path::new(&out));
}

/// Copies the extension to another place, with times and permissions of its own.
#[cfg(target_os = "linux")]
fn copied(home: &Path, name: &str, times: &str, mode: &str) -> PathBuf {
    let place = home.join(name);
    std::fs::create_dir(&place).unwrap();
    run(Command::new("cp")
        .arg("-r")
        .arg(home.join("app"))
        .arg(&place));
    let find = |arguments: &[&str]| {
        run(Command::new("find").arg(&place).args(arguments));
    };
    find(&["-type", "f", "-exec", "chmod", mode, "{}", "+"]);
    find(&["-exec", "touch", "-d", times, "{}", "+"]);
    place.join("app")
}

#[cfg(target_os = "linux")]
#[test]
fn user_mask_place_locale_and_date_do_not_matter() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = tempfile::tempdir().unwrap();
    app(home.path());
    // Other users have to get in.
    let everybody = std::fs::Permissions::from_mode(0o777);
    std::fs::set_permissions(home.path(), everybody.clone()).unwrap();
    let first = std::fs::read(build(&home.path().join("app"), &home.path().join("dist"))).unwrap();
    let program = std::env::current_exe().unwrap();
    let is_root = rustix::process::getuid().is_root();
    // Another user for who may become one, else one's own as root of a namespace.
    let other: &[&str] = if is_root {
        &[
            "setpriv",
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
        ]
    } else {
        &["unshare", "--map-root-user"]
    };
    for (number, (mask, times, mode, locale, user)) in [
        ("000", "1970-01-02", "u+rw,g+w", "C", &[][..]),
        ("077", "2037-12-31 23:59:59", "go-w", "tr_TR.UTF-8", &[]),
        ("022", "2001-09-09", "a+r", "C", other),
    ]
    .into_iter()
    .enumerate()
    {
        let source = copied(home.path(), &format!("place{number}"), times, mode);
        let out = home.path().join(format!("out{number}"));
        std::fs::create_dir(&out).unwrap();
        std::fs::set_permissions(&out, everybody.clone()).unwrap();
        let script = format!("umask {mask}; exec \"$@\"");
        let mut command = Command::new("sh");
        command.args(["-c", &script, "sh"]).args(user).arg(&program);
        command
            .args(["--ignored", "--exact", "packages::same::build_a_package"])
            .env("SOURCE", &source)
            .env("OUT", &out)
            .env("LC_ALL", locale)
            .env("TZ", "Pacific/Kiritimati")
            .current_dir("/");
        run(&mut command);
        let bytes = std::fs::read(out.join("app-1.0.0.tar.gz")).unwrap();
        assert!(bytes == first, "{number}");
    }
}

#[test]
fn the_command_gives_the_same_bytes_as_the_library_again_and_again() {
    let shell = Shell::new();
    let root = app(&shell.home());
    let first = std::fs::read(build(&root, &shell.home().join("library"))).unwrap();
    // Whether it was validated is written in it.
    let digests = shell.value(
        "1..20 | each {|n| extension build app --no-validate --out $'out($n mod 3)' | get digest } | uniq",
    );
    let expected = format!("sha256:{}", super::raw::sha256(&first));
    assert_eq!(digests, serde_json::json!([expected]));
}
