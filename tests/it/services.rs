//! Every operation of the interfaces, by `extension call`, on the examples that run real programs: what they say is held against what
//! the services answer themselves, and nothing is left of them whatever becomes of a test.
#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::time::Duration;

use provisioning::extension::{Contract, ExtensionType};
use serde_json::{Value, json};

use crate::processes::{processes, until};
use crate::support::{Shell, examples};

/// A shell whose services end with it.
struct Services {
    shell: Shell,
    called: BTreeSet<&'static str>,
}

impl Services {
    fn new(extensions: &[&str]) -> Self {
        let shell = Shell::new();
        for extension in extensions {
            let path = examples().join("extensions").join(extension);
            shell.ok(&format!("extension register '{}' | ignore", path.display()));
        }
        Self {
            shell,
            called: BTreeSet::new(),
        }
    }

    /// Calls an operation that has to succeed.
    #[track_caller]
    fn call(&mut self, name: &str, operation: &'static str, arguments: &str) -> Value {
        self.called.insert(operation);
        self.shell
            .value(&format!("extension call {name} {operation} {arguments}"))
    }

    /// Calls an operation that has to fail, and returns the message.
    #[track_caller]
    fn fault(&mut self, name: &str, operation: &'static str, arguments: &str) -> String {
        self.called.insert(operation);
        let error = self
            .shell
            .error(&format!("extension call {name} {operation} {arguments}"));
        error["msg"].as_str().unwrap_or_default().to_owned()
    }

    /// Whether every operation of an interface was called.
    fn assert_all_called(&self, kind: ExtensionType) {
        for operation in Contract::of(kind).operations {
            assert!(self.called.contains(operation.name), "{}", operation.name);
        }
    }

    /// Returns the processes that are of these services: their directory is in the home, or they were started with it.
    fn running(&self) -> Vec<u32> {
        let home = self.shell.home();
        let text = home.display().to_string();
        processes(|process| process.state != 'Z' && process.id != std::process::id())
            .into_iter()
            .map(|process| process.id)
            .filter(|id| {
                let read = |name: &str| {
                    let bytes = std::fs::read(format!("/proc/{id}/{name}")).unwrap_or_default();
                    String::from_utf8_lossy(&bytes).contains(&text)
                };
                let here = std::fs::read_link(format!("/proc/{id}/cwd"));
                here.is_ok_and(|path| path.starts_with(&home)) || read("cmdline") || read("environ")
            })
            .collect()
    }

    /// Whether nothing is left: neither processes nor files that say that there are.
    #[track_caller]
    fn assert_nothing_is_left(&self) {
        assert_eq!(self.running(), Vec::<u32>::new());
        let state = self.shell.home().join(".local/state/provisioning");
        for directory in ["run", "services"] {
            let left = state.join(directory).read_dir().into_iter().flatten();
            let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
            assert!(left.is_empty(), "{directory}: {left:?}");
        }
    }
}

impl Drop for Services {
    fn drop(&mut self) {
        for id in self.running() {
            let _ = Command::new("kill")
                .args(["-KILL", &id.to_string()])
                .status();
        }
    }
}

/// Returns a port that nobody has.
fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}

/// Returns what a service of this machine answers; nothing when nobody listens.
fn answer(port: u16, request: &str) -> String {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else {
        return String::new();
    };
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut read = Vec::new();
    let mut part = [0; 4096];
    // Redis keeps the connection open.
    while let Ok(count @ 1..) = stream.read(&mut part) {
        read.extend_from_slice(&part[..count]);
        if read.windows(2).any(|pair| pair == b"\r\n") {
            break;
        }
    }
    String::from_utf8_lossy(&read).into_owned()
}

/// Every operation of a taskserv, whose service answers a request with what begins as told.
fn life_of_a_taskserv(name: &'static str, request: &str, begin: &str) {
    let mut services = Services::new(&[&format!("taskservs/{name}")]);
    let asked = |port: u16| answer(port, request);
    let (port, other) = (free_port(), free_port());
    let config = format!("{{port: {port}, manager: process}}");

    let plan = services.call(name, "install", &format!("{config} --check"));
    assert_eq!(plan["would_install"], true, "{plan}");
    let status = services.call(name, "status", "");
    assert_eq!(
        [&status["installed"], &status["running"]],
        [false, false],
        "{status}"
    );
    services.assert_nothing_is_left();
    assert!(
        services
            .fault(name, "restart", "")
            .contains("not installed")
    );

    let installed = services.call(name, "install", &config);
    assert_eq!(
        [&installed["success"], &installed["changed"]],
        [true, true],
        "{installed}"
    );
    assert!(asked(port).starts_with(begin), "{}", asked(port));
    let again = services.call(name, "install", &config);
    assert_eq!(again["changed"], false);
    let status = services.call(name, "status", "");
    assert_eq!(
        [
            &status["installed"],
            &status["running"],
            &status["health"]["healthy"]
        ],
        [true, true, true],
        "{status}"
    );
    let endpoint = status["endpoint"].as_str().unwrap();
    assert!(endpoint.ends_with(&format!(":{port}")), "{endpoint}");

    services.call(name, "configure", &format!("{{port: {other}}}"));
    assert!(asked(other).starts_with(begin), "{}", asked(other));
    assert_eq!(asked(port), "");
    let before = services.call(name, "status", "")["pid"].clone();
    services.call(name, "restart", "");
    let after = services.call(name, "status", "")["pid"].clone();
    assert_ne!(before, after);
    assert!(asked(other).starts_with(begin), "{}", asked(other));

    let version = services.call(name, "get-current-version", "");
    assert_eq!(version, installed["version"]);
    let versions = services.call(name, "get-available-versions", "");
    assert!(
        versions.as_array().unwrap().contains(&version),
        "{versions}"
    );
    let updates = services.call(name, "check-updates", "");
    assert_eq!(updates["current"], version);
    let version = version.as_str().unwrap();
    let upgraded = services.call(name, "upgrade", &format!("'{version}'"));
    assert_eq!(upgraded["changed"], false, "{upgraded}");
    let refused = services.fault(name, "upgrade", "'99.0.0'");
    assert!(refused.contains("99.0.0"), "{refused}");
    assert!(asked(other).starts_with(begin), "{}", asked(other));

    // What has died is told, whatever its pid file says, and comes up again.
    let pid = after.to_string();
    assert!(
        Command::new("kill")
            .args(["-KILL", &pid])
            .status()
            .unwrap()
            .success()
    );
    // What it has started, such as the workers of nginx, may still answer.
    let killed = after.as_u64();
    let ended = until(
        || processes(|process| process.state != 'Z' && Some(u64::from(process.id)) == killed),
        <[_]>::is_empty,
    );
    assert!(ended.is_empty(), "{ended:?}");
    let status = services.call(name, "status", "");
    assert_eq!(
        [&status["installed"], &status["running"], &status["pid"]],
        [&json!(true), &json!(false), &Value::Null],
        "{status}"
    );
    services.call(
        name,
        "install",
        &format!("{{port: {other}, manager: process}}"),
    );
    assert!(asked(other).starts_with(begin), "{}", asked(other));

    services.call(name, "uninstall", "");
    assert_eq!(asked(other), "");
    let status = services.call(name, "status", "");
    assert_eq!(status["installed"], false);
    services.assert_nothing_is_left();
    services.assert_all_called(ExtensionType::Taskserv);
}

#[test]
fn every_operation_of_redis() {
    life_of_a_taskserv("redis", "PING\r\n", "+PONG");
}

#[test]
fn every_operation_of_docker_registry() {
    life_of_a_taskserv(
        "docker-registry",
        "GET /v2/ HTTP/1.0\r\n\r\n",
        "HTTP/1.0 200",
    );
}

#[test]
fn every_operation_of_nginx() {
    life_of_a_taskserv("nginx", "GET /healthz HTTP/1.0\r\n\r\n", "HTTP/1.1 200");
}

/// The first word of what a program prints.
fn printed(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Every operation of the provider, on a server with a network of its own.
#[test]
fn every_operation_of_local() {
    let mut services = Services::new(&["providers/local"]);
    let host = format!("it-{}", std::process::id());
    let config = format!("{{hostname: {host}, plan: '1xCPU-1GB', zone: isolated}}");
    let plan = services.call("local", "create-server", &format!("{config} --check"));
    assert_eq!(plan["would_create"], true, "{plan}");
    assert_eq!(services.call("local", "list-servers", ""), json!([]));

    let created = services.call("local", "create-server", &format!("{config} --wait"));
    let id = created["server_id"].as_str().unwrap().to_owned();
    let access = services.call("local", "get-ssh-access", &id);
    let command: Vec<&str> = access["command"]
        .as_array()
        .unwrap()
        .iter()
        .map(|word| word.as_str().unwrap())
        .collect();
    let mut arguments = command[1..].to_vec();
    arguments.extend(["ip", "-brief", "address"]);
    let address = access["host"].as_str().unwrap();
    let seen = printed(command[0], &arguments);
    assert!(seen.contains(address), "{seen} has no {address}");
    let again = services.fault("local", "create-server", &config);
    assert!(again.contains(&host), "{again}");

    let status = |services: &mut Services| {
        let info = services.call("local", "get-server-info", &id);
        info["status"].as_str().unwrap().to_owned()
    };
    assert_eq!(status(&mut services), "running");
    let before = services.call("local", "get-server-info", &id)["pid"].clone();
    services.call("local", "reboot-server", &id);
    let after = services.call("local", "get-server-info", &id)["pid"].clone();
    assert_ne!(before, after);
    services.call("local", "stop-server", &id);
    assert_eq!(status(&mut services), "stopped");
    services.call("local", "start-server", &id);
    assert_eq!(status(&mut services), "running");

    let rules = "[{direction: ingress, protocol: tcp, port: 8080, action: allow}]";
    services.call("local", "configure-firewall", &format!("{id} {rules}"));
    let mut arguments = command[1..].to_vec();
    arguments.extend(["nft", "list", "ruleset"]);
    let rules = printed(command[0], &arguments);
    assert!(rules.contains("8080"), "{rules}");

    let plans = services.call("local", "get-plans", "");
    let pricing = services.call("local", "get-pricing", "");
    assert_eq!(
        plans.as_array().unwrap().len(),
        pricing.as_array().unwrap().len()
    );
    let zones = services.call("local", "get-zones", "");
    let zones = zones.as_array().unwrap();
    assert!(
        zones.iter().any(|zone| zone["name"] == "isolated"),
        "{zones:?}"
    );

    let unknown = services.fault("local", "delete-server", "local-nobody");
    assert!(unknown.contains("local-nobody"), "{unknown}");
    services.call("local", "delete-server", &id);
    assert_eq!(services.call("local", "list-servers", ""), json!([]));
    let left = printed("ip", &["netns", "list"]);
    assert!(!left.contains(&host), "{left}");
    assert_eq!(services.running(), Vec::<u32>::new());
    services.assert_all_called(ExtensionType::Provider);
}

/// Every operation of the cluster, whose components are services of this machine.
#[test]
fn every_operation_of_cache_stack() {
    let mut services = Services::new(&[
        "taskservs/redis",
        "taskservs/docker-registry",
        "taskservs/nginx",
        "clusters/cache-stack",
    ]);
    let ports = [free_port(), free_port(), free_port()];
    let config = format!(
        "{{components: {{redis: {{port: {}}}, docker-registry: {{port: {}}}, nginx: {{port: {}}}}}}}",
        ports[0], ports[1], ports[2]
    );
    let listed = services.call("cache-stack", "list-components", "");
    let names: Vec<&str> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["redis", "docker-registry", "nginx"]);
    let plan = services.call("cache-stack", "create", &format!("{config} --check"));
    assert_eq!(plan["would_create"], true, "{plan}");
    services.assert_nothing_is_left();

    let created = services.call("cache-stack", "create", &format!("{config} --wait"));
    assert_eq!(
        [&created["success"], &created["changed"]],
        [true, true],
        "{created}"
    );
    let catalog = "GET /v2/_catalog HTTP/1.0\r\n\r\n";
    assert!(answer(ports[2], catalog).starts_with("HTTP/1.1 200"));
    let again = services.call("cache-stack", "create", &config);
    assert_eq!(again["changed"], false, "{again}");
    assert_eq!(services.call("cache-stack", "status", "")["healthy"], true);
    let one = services.call("cache-stack", "component-status", "redis");
    assert_eq!(one["healthy"], true, "{one}");
    services.call("cache-stack", "restart-component", "redis");
    assert!(answer(ports[0], "PING\r\n").starts_with("+PONG"));
    let scaled = services.call("cache-stack", "scale", "2");
    assert_eq!(scaled["success"], true, "{scaled}");
    let upgraded = services.call("cache-stack", "upgrade", "'1.0.0'");
    assert_eq!(upgraded["success"], true, "{upgraded}");
    assert!(answer(ports[2], catalog).starts_with("HTTP/1.1 200"));
    services.call("cache-stack", "delete", "");
    assert_eq!(
        services.call("cache-stack", "status", "")["status"],
        "absent"
    );
    services.assert_nothing_is_left();
    services.assert_all_called(ExtensionType::Cluster);
}
