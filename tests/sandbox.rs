//! A worker may read nothing, write nothing, start nothing and call nobody. A program of its own, because it is started
//! once more as a worker that tries.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use provisioning::worker::{CallLimits, Handler, Reply, Workers, serve};

/// Tries what it is told to, and says whether it went well.
struct Probe;

impl Handler for Probe {
    fn handle(&mut self, request: &[u8], reply: &Reply) {
        let request = String::from_utf8_lossy(request);
        let (what, with) = request.split_once(' ').unwrap_or((&request, ""));
        let outcome = match what {
            "read" => std::fs::read(with).map(drop),
            "list" => std::fs::read_dir(with).map(drop),
            "write" => std::fs::write(with, "x"),
            "remove" => std::fs::remove_file(with),
            "link" => std::fs::hard_link(with, format!("{with}.link")),
            "start" => Command::new(with).status().map(drop),
            "call" => TcpStream::connect(with).map(drop),
            "listen" => TcpListener::bind(with).map(drop),
            "environment" => match std::env::vars_os().next() {
                None => Ok(()),
                Some(_) => Err(std::io::ErrorKind::AlreadyExists.into()),
            },
            _ => Err(std::io::ErrorKind::Unsupported.into()),
        };
        reply.give(&match outcome {
            Ok(()) => b"done".to_vec(),
            Err(error) => format!("{:?}", error.kind()).into_bytes(),
        });
    }
}

fn main() {
    if serve(&[("probe", || Box::new(Probe))]) {
        return;
    }
    a_worker_has_no_environment_and_may_read_only_what_it_was_given();
    println!("a worker is confined: ok");
}

/// Asks the kernel, without restricting this process.
#[cfg(target_os = "linux")]
fn can_confine() -> bool {
    use landlock::{AccessFs, CompatLevel, Compatible as _, Ruleset, RulesetAttr as _};
    Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::ReadFile)
        .and_then(Ruleset::create)
        .is_ok()
}

#[cfg(not(target_os = "linux"))]
fn can_confine() -> bool {
    false
}

fn a_worker_has_no_environment_and_may_read_only_what_it_was_given() {
    let home = tempfile::tempdir().unwrap();
    let path = |name: &str| home.path().join(name).display().to_string();
    std::fs::write(path("secret"), "s").unwrap();
    std::fs::create_dir(path("open")).unwrap();
    std::fs::write(path("open/file"), "f").unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = port.local_addr().unwrap().to_string();
    let tried = |readable: Vec<PathBuf>, request: &str| {
        let workers = Workers::new(std::env::current_exe().unwrap(), "probe", readable, 1);
        let limits = CallLimits {
            timeout: Duration::from_secs(60),
            memory: 256 << 20,
            interrupted: &|| false,
        };
        let answer = workers.call(request.as_bytes(), &limits).unwrap();
        String::from_utf8(answer).unwrap()
    };
    assert_eq!(tried(Vec::new(), "environment"), "done");
    if !can_confine() {
        println!("this kernel cannot confine processes: there is nothing more to test");
        return;
    }
    for request in [
        format!("read {}", path("secret")),
        format!("read {}", path("open/file")),
        "read /etc/passwd".to_owned(),
        "read /proc/self/environ".to_owned(),
        format!("list {}", home.path().display()),
        "list /".to_owned(),
        format!("write {}", path("new")),
        format!("write {}", path("secret")),
        format!("remove {}", path("secret")),
        format!("link {}", path("secret")),
        "start /bin/true".to_owned(),
        format!("call {address}"),
        "listen 127.0.0.1:0".to_owned(),
    ] {
        assert_eq!(tried(Vec::new(), &request), "PermissionDenied", "{request}");
    }
    // What it was given it may read, and no more.
    let given = || vec![home.path().join("open")];
    let read = format!("read {}", path("open/file"));
    assert_eq!(tried(given(), &read), "done");
    for request in [
        format!("read {}", path("secret")),
        format!("write {}", path("open/file")),
        format!("remove {}", path("open/file")),
    ] {
        assert_eq!(tried(given(), &request), "PermissionDenied", "{request}");
    }
    assert_eq!(std::fs::read(path("secret")).unwrap(), b"s");
}
