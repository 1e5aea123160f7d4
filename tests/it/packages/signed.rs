//! Signatures and keys, held against the program `minisign`.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::Shell;

use super::run;

/// Runs `minisign`, with a password for its questions.
#[track_caller]
fn minisign(home: &Path, arguments: &[&str], password: Option<&str>) -> bool {
    let mut child = Command::new("minisign")
        .args(arguments)
        .current_dir(home)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| {
            panic!("minisign cannot be started: {error}; get it with: apt-get install minisign")
        });
    let mut stdin = child.stdin.take().unwrap();
    if let Some(password) = password {
        use std::io::Write as _;
        // It may have ended without asking.
        let _ = stdin.write_all(format!("{password}\n{password}\n").as_bytes());
    }
    drop(stdin);
    child.wait().unwrap().success()
}

fn shell() -> Shell {
    let shell = Shell::new();
    shell.extension("app", "template", "1.0.0");
    shell
}

const BUILD: &str = "extension build app --no-validate";
const ARCHIVE: &str = "dist/app-1.0.0.tar.gz";

#[test]
fn minisign_checks_what_we_have_signed() {
    let shell = shell();
    let home = shell.home();
    let key = shell.value("extension keygen --out team.key");
    assert_eq!(key["encrypted"], false);
    let built = shell.value(&format!("{BUILD} --sign team.key"));
    assert_eq!(built["signature"]["key"], key["id"]);
    let text = key["public_key"].as_str().unwrap();
    assert!(minisign(
        &home,
        &["-V", "-m", ARCHIVE, "-p", "team.pub"],
        None
    ));
    assert!(minisign(&home, &["-V", "-m", ARCHIVE, "-P", text], None));
    let said = run(Command::new("minisign")
        .args(["-V", "-Q", "-m", ARCHIVE, "-P", text])
        .current_dir(&home));
    let said = String::from_utf8(said.stdout).unwrap();
    let digest = built["digest"].as_str().unwrap();
    assert_eq!(
        said.trim_end(),
        format!("name:app\tversion:1.0.0\tdigest:{digest}")
    );
    // And it tells when it is another package.
    let mut bytes = std::fs::read(home.join(ARCHIVE)).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(home.join(ARCHIVE), bytes).unwrap();
    assert!(!minisign(&home, &["-V", "-m", ARCHIVE, "-P", text], None));
}

#[test]
fn we_check_what_minisign_has_signed() {
    let shell = shell();
    let home = shell.home();
    shell.ok(&format!("{BUILD} | ignore"));
    // A key of its own, and one of ours.
    assert!(minisign(
        &home,
        &["-G", "-W", "-p", "a.pub", "-s", "a.key"],
        None
    ));
    shell.ok("extension keygen --out b.key | ignore");
    for name in ["a", "b"] {
        let (secret, public) = (format!("{name}.key"), format!("{name}.pub"));
        assert!(minisign(
            &home,
            &["-S", "-W", "-s", &secret, "-m", ARCHIVE],
            None
        ));
        let signature = shell.value(&format!(
            "extension verify {ARCHIVE} --key {public} | get signature"
        ));
        assert_eq!(signature["trusted"], true);
        let comment = signature["comment"].as_str().unwrap();
        assert!(comment.contains("file:app-1.0.0.tar.gz"), "{comment}");
        // Ours signs with its key.
        shell.ok(&format!(
            "{BUILD} --sign {secret} | extension verify $in.path --key {public}"
        ));
    }
    // One that says of itself that it is of another package.
    let comment = "name:db\tversion:1.0.0";
    assert!(minisign(
        &home,
        &["-S", "-W", "-s", "a.key", "-t", comment, "-m", ARCHIVE],
        None
    ));
    let error = shell.error(&format!("extension verify {ARCHIVE} --key a.pub"));
    assert_eq!(error["code"], "package::signature");
    // The older kind signs the file itself, which has to be in memory.
    assert!(minisign(
        &home,
        &["-S", "-l", "-W", "-s", "a.key", "-m", ARCHIVE],
        None
    ));
    let error = shell.error(&format!("extension verify {ARCHIVE} --key a.pub"));
    assert_eq!(error["code"], "package::signature");
}

#[test]
fn minisign_opens_our_locked_keys() {
    let shell = shell().with("PROVISIONING_KEY_PASSWORD", "correct horse");
    let home = shell.home();
    assert_eq!(
        shell.value("extension keygen --out c.key | get encrypted"),
        true
    );
    shell.ok(&format!("{BUILD} | ignore"));
    assert!(minisign(
        &home,
        &["-S", "-s", "c.key", "-m", ARCHIVE],
        Some("correct horse")
    ));
    shell.ok(&format!("extension verify {ARCHIVE} --key c.pub"));
    assert!(!minisign(
        &home,
        &["-S", "-s", "c.key", "-m", ARCHIVE],
        Some("battery staple")
    ));
    // Ours opens it, too, and nothing else does.
    shell.ok(&format!(
        "{BUILD} --sign c.key | extension verify $in.path --key c.pub"
    ));
    let error = shell.error(&format!(
        "with-env {{PROVISIONING_KEY_PASSWORD: 'battery staple'}} {{ {BUILD} --sign c.key }}"
    ));
    assert_eq!(error["code"], "package::key");
    assert!(!error.to_string().contains("staple"), "{error}");
    let error = shell.error(&format!(
        "hide-env PROVISIONING_KEY_PASSWORD; {BUILD} --sign c.key"
    ));
    assert_eq!(error["code"], "package::key");
    assert!(
        error["help"]
            .as_str()
            .unwrap()
            .contains("PROVISIONING_KEY_PASSWORD")
    );
}

#[test]
fn settings_say_whose_packages_are_taken() {
    let shell = shell();
    shell.ok(&format!(
        "extension keygen --out a.key | ignore; extension keygen --out b.key | ignore; {BUILD} | ignore"
    ));
    let code = |setup: &str| {
        let told = shell.value(&format!(
            "{setup}; try {{ extension verify {ARCHIVE} | get signature.trusted? }} catch {{|error| $error.details.code }}"
        ));
        told.as_str()
            .map_or_else(|| told.to_string(), str::to_owned)
    };
    let keys =
        |rest: &str| format!("$env.config.plugins.provisioning = {{trusted_keys: [a.pub]{rest}}}");
    assert_eq!(code("null"), "null");
    assert_eq!(code(&keys("")), "package::unsigned");
    assert_eq!(code(&keys(", require_signature: false")), "null");
    assert_eq!(
        code("$env.PROVISIONING_REQUIRE_SIGNATURE = true"),
        "package::unsigned"
    );
    shell.ok(&format!("{BUILD} --sign b.key | ignore"));
    assert_eq!(code("null"), "false");
    assert_eq!(code(&keys("")), "package::untrusted");
    assert_eq!(code(&keys(", require_signature: false")), "false");
    assert_eq!(
        code("$env.PROVISIONING_REQUIRE_SIGNATURE = true"),
        "package::untrusted"
    );
    shell.ok(&format!("{BUILD} --sign a.key | ignore"));
    assert_eq!(code(&keys("")), "true");
    assert_eq!(
        code("$env.PROVISIONING_TRUSTED_KEYS = 'b.pub:a.pub'"),
        "true"
    );
    // A key that cannot be read is nobody's.
    assert_eq!(
        code("$env.PROVISIONING_TRUSTED_KEYS = 'none.pub'"),
        "package::key"
    );
    assert_eq!(
        code("$env.PROVISIONING_TRUSTED_KEYS = 'a.key'"),
        "package::key"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn the_secret_key_is_for_the_user_only_and_nowhere_else() {
    use std::os::unix::fs::PermissionsExt as _;
    let shell = shell().with("PROVISIONING_KEY_PASSWORD", "correct horse");
    let printed = shell.ok(&format!(
        "let key = extension keygen --out team.key; let built = {BUILD} --sign team.key; [$key $built (extension verify $built.path) (provisioning config) (provisioning audit)] | to json"
    ));
    let secret = shell.home().join("team.key");
    let mode = secret.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let text = std::fs::read_to_string(&secret).unwrap();
    let line = text.lines().nth(1).unwrap();
    assert!(
        !printed.contains(&line[8..40]) && !printed.contains("horse"),
        "{printed}"
    );
    let archive = super::raw::gunzip(&std::fs::read(shell.home().join(ARCHIVE)).unwrap());
    assert!(!String::from_utf8_lossy(&archive).contains(&line[8..40]));
    // It is never written over, nor is the public one.
    let error = shell.error("extension keygen --out team.key");
    assert_eq!(error["code"], "package::exists");
    std::fs::remove_file(&secret).unwrap();
    let error = shell.error("extension keygen --out team.key");
    assert_eq!(error["code"], "package::exists");
    assert!(!secret.exists());
}
