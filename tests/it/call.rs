//! `extension call` in the real shell: what runs, what does not, what comes back, and that nothing is left.

use std::time::{Duration, Instant};

use provisioning::extension::{Contract, ExtensionType};
use serde_json::{Value, json};

use crate::support::{Shell, texts};

/// A shell with a taskserv `app`, whose module has these commands beside its operations.
fn app(commands: &str) -> Shell {
    let shell = Shell::new();
    shell.file(
        "app/metadata.toml",
        "[extension]\nname = \"app\"\ntype = \"taskserv\"\nversion = \"1.0.0\"\n\
         [configuration]\noptional_env = [\"APP_TOKEN\", \"APP_MODE\"]\n",
    );
    let stubs = Contract::of(ExtensionType::Taskserv).stubs();
    shell.file("app/nulib/operations.nu", stubs);
    shell.file(
        "app/nulib/mod.nu",
        format!("export use operations.nu *\nuse std/log\n{commands}"),
    );
    shell
}

/// Returns what a call of `app` raises, as `code: message`.
fn fault(shell: &Shell, call: &str) -> String {
    let error = shell.error(&format!("extension call ./app {call}"));
    format!(
        "{}: {}",
        error["code"].as_str().unwrap_or("-"),
        error["msg"].as_str().unwrap_or("-")
    )
}

#[test]
fn values_come_back_with_their_types() {
    let shell = app(
        "export def all [...given: any, --time: duration]: nothing -> record {
            {given: $given, time: $time, size: 5kb, at: 2026-01-31T10:00:00+01:00, bytes: 0x[ff 00], float: 1.0,
             rows: [[a b]; [1 'x y'] [2 null]], text: \"a \\\"b\\\"\\n$(c)\", range: 1..3}
        }\n",
    );
    let described = shell.ok(
        "extension call ./app all 3min 0x[01] 2026-01-31 {a: 1.5kib} [1 '2'] '$(exit 1)' --time 3sec | describe",
    );
    assert_eq!(
        described,
        "record<given: list<oneof<duration, binary, datetime, record<a: filesize>, list<oneof<int, string>>, string>>, time: duration, size: filesize, at: datetime, bytes: binary, float: float, rows: \
         table<a: int, b: oneof<string, nothing>>, text: string, range: range>"
    );
    let given = shell.ok(
        "extension call ./app all 3min 0x[01] 2026-01-31 {a: 1.5kib} [1 '2'] '$(exit 1)' null | get given | to nuon",
    );
    assert_eq!(
        given,
        "[180000000000ns, 0x[01], 2026-01-31T00:00:00+00:00, {a: 1536b}, [1, \"2\"], \"$(exit 1)\", null]"
    );
    assert_eq!(
        shell.value("extension call ./app all | get text"),
        "a \"b\"\n$(c)"
    );
}

#[test]
fn flags_of_the_operation_stand_where_they_stand_in_nushell() {
    let shell = app(
        "export def show [name: string, count: int = 1, --wait (-w), --check, --version: string, --size: filesize]: nothing -> list<any> {
            [$name $count $wait $check $version $size]
        }\n",
    );
    let shown = |call: &str| shell.ok(&format!("extension call ./app show {call} | to nuon --raw"));
    assert_eq!(shown("a"), "[a,1,false,false,null,null]");
    assert_eq!(
        shown("a --wait 3 --size 1kb"),
        "[a,3,true,false,null,1000b]"
    );
    assert_eq!(
        shown("-w 1.7 --check -- --version 1.7"),
        "[\"1.7\",1,true,true,\"1.7\",null]"
    );
    // Only what is written as a flag is one.
    assert_eq!(
        shown("'--wait' 2 --size=3b"),
        "[--wait,2,false,false,null,3b]"
    );
    assert_eq!(
        shell.ok("let name = '--wait'; extension call ./app show $name | to nuon --raw"),
        "[--wait,1,false,false,null,null]"
    );
    assert_eq!(
        shell.ok("let rest = [x 4]; extension call ./app show ...$rest | to nuon --raw"),
        "[x,4,false,false,null,null]"
    );
}

#[test]
fn what_does_not_fit_is_told_on_the_users_own_words_and_nothing_runs() {
    let shell = app(
        "export def scale [replicas: int, ports: list<int> = [], --wait]: nothing -> nothing { 'ran' | save ran.txt }\n",
    );
    for (name, call) in [
        ("a_word_for_a_number", "scale three"),
        ("an_item_of_a_list", "scale 3 [80 '443']"),
        ("several", "scale --wiat 3 [] 5"),
        ("missing", "scale"),
        ("no_check", "scale 3 --check"),
        ("no_operation", "scael 3"),
    ] {
        let told = shell.fails(&format!("extension call ./app {call}"));
        insta::assert_snapshot!(format!("call_{name}"), told);
    }
    assert!(!shell.home().join("ran.txt").exists());
}

#[test]
fn a_configuration_keeps_the_contract_and_gets_its_defaults() {
    let shell = app("export def deploy [
            config: record # See AppConfig in schemas/main.ncl
        ]: nothing -> record { $config }\n");
    shell.file(
        "app/schemas/main.ncl",
        "{ AppConfig | not_exported = { name | String, port | Number | default = 80, network | { public | Bool | default = true } | default = {} } }\n",
    );
    assert_eq!(
        shell.value("extension call ./app deploy {name: web, network: {}}"),
        json!({"name": "web", "port": 80, "network": {"public": true}})
    );
    let told = shell.fails("extension call ./app deploy {port: 'x', nmae: web}");
    insta::assert_snapshot!("call_configuration", told);
}

#[test]
fn an_error_comes_with_the_authors_own_file_message_and_help() {
    let shell = app(
        "export def start [config: record]: nothing -> any {
            error make {msg: 'no such port', label: {text: 'at most 65535', span: (metadata $config).span}, help: 'take another one'}
        }
        export def read []: nothing -> any { [1 2] | get 7 }\n",
    );
    insta::assert_snapshot!(
        "call_error_of_nushell",
        shell.fails("extension call ./app read")
    );
    assert_eq!(
        fault(&shell, "start {port: 1}").lines().next().unwrap(),
        "call::failed: no such port (at most 65535)"
    );
    let error = shell.error("extension call ./app start {}");
    assert_eq!(error["help"], "take another one");
}

#[test]
fn what_goes_wrong_is_an_error_and_the_plugin_goes_on() {
    let shell = app(
        "export def leaves []: nothing -> nothing { exit 3 }
        export def dies []: nothing -> nothing { ^sh -c 'kill -9 $PPID' }
        export def hangs []: nothing -> nothing { ^sleep 1000 }
        export def closure []: nothing -> closure { {|| 1 } }
        export def shouts []: nothing -> nothing { ^sh -c 'yes \"$(printf %04000d 0)\" | head -c 80000000'; null }
        export def huge []: nothing -> string { 'x' | fill --character x --width 70000000 }
        export def deep []: nothing -> any { 1..200 | reduce --fold 1 {|_, all| [$all] } }
        export def takes []: nothing -> nothing { rm -rf ($env.TMPDIR | path dirname) }
        export def lingers []: nothing -> string { ^sh -c 'sleep 1000 & echo $! >linger.pid'; 'done' }
        export def fine []: nothing -> int { 42 }\n",
    );
    let told = |call: &str| fault(&shell, call);
    assert_eq!(
        told("leaves"),
        "call::died: `leaves` has ended its Nushell with status 3"
    );
    assert_eq!(
        told("dies"),
        "call::died: `dies` has ended its Nushell by signal 9"
    );
    assert_eq!(
        told("hangs --timeout 300ms"),
        "call::timeout: `hangs` has not ended within 0.3 s"
    );
    assert_eq!(
        told("closure"),
        "call::not-data: `closure` returns closure, which is no data"
    );
    assert_eq!(
        told("shouts err> /dev/null"),
        "call::too-much: `shouts` prints more than 64 MiB"
    );
    assert_eq!(
        told("huge"),
        "call::too-much: `huge` returns more than 64 MiB"
    );
    assert!(told("deep").starts_with("call::not-data: "));
    assert!(told("takes").starts_with("call::died: what came of `takes` is not known"));
    assert_eq!(
        told("lingers"),
        "call::lingered: `lingers` has left a process behind, which was ended"
    );
    let id = std::fs::read_to_string(shell.home().join("linger.pid")).unwrap();
    assert!(!is_running(id.trim()), "{id}");
    assert_eq!(
        shell.value("try { extension call ./app leaves }; extension call ./app fine"),
        42
    );
}

fn is_running(id: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    stat.rsplit_once(") ")
        .is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

#[cfg(target_os = "linux")]
#[test]
fn a_service_with_a_session_of_its_own_goes_on_and_not_after_an_error() {
    let shell = app(
        "export def serve [--fail]: nothing -> string {
            ^sh -c 'setsid sleep 1000 </dev/null >/dev/null 2>&1 & echo $! >started'
            ^sh -c 'until [ \"$(ps -o sess= -p $(cat started) | tr -d \" \")\" = \"$(cat started)\" ]; do :; done'
            if $fail { error make {msg: 'no'} }
            open started | str trim
        }\n",
    );
    let id = shell.value("extension call ./app serve");
    let id = id.as_str().unwrap();
    assert!(is_running(id));
    let number = rustix::process::Pid::from_raw(id.parse().unwrap()).unwrap();
    rustix::process::kill_process(number, rustix::process::Signal::KILL).unwrap();
    assert_eq!(
        fault(&shell, "serve --fail").lines().next().unwrap(),
        "call::failed: no"
    );
    let id = std::fs::read_to_string(shell.home().join("started")).unwrap();
    assert!(!is_running(id.trim()));
}

#[test]
fn what_is_logged_comes_as_it_is_told_and_as_rows() {
    let shell = app(
        "export def work []: nothing -> int { log info 'half|way'; print printed; print --stderr plain; 7 }
        export def fails []: nothing -> any { print --stderr before; error make {msg: 'after'} }\n",
    )
    .with_standard_library();
    let ran = shell.run("extension call ./app work");
    assert!(
        ran.success && ran.stdout == "7",
        "{}\n{}",
        ran.stdout,
        ran.stderr
    );
    for line in ["half|way", "printed", "plain"] {
        assert!(ran.stderr.contains(line), "{}", ran.stderr);
    }
    let rows = shell.value(
        "extension call ./app work --events | select event level message value | sort-by event message",
    );
    assert_eq!(
        rows,
        json!([
            {"event": "log", "level": "info", "message": "half|way", "value": null},
            {"event": "log", "level": null, "message": "plain", "value": null},
            {"event": "output", "level": null, "message": "printed", "value": null},
            {"event": "result", "level": null, "message": null, "value": 7},
        ])
    );
    // Whoever stops listening ends it.
    assert_eq!(
        texts(&shell.value("extension call ./app work --events | first 1 | get event")).len(),
        1
    );
    let error = shell.error("extension call ./app fails --events");
    assert!(error["msg"].as_str().unwrap().starts_with("after"));
}

#[test]
fn only_what_is_declared_is_seen() {
    let shell = app("export def names []: nothing -> record { $env | reject config? ENV_CONVERSIONS? | columns | {names: $in} }
        export def one [name: string]: nothing -> any { $env | get --optional $name }\n")
        .with("APP_MODE", "fast")
        .with("OTHER_SECRET", "canary-of-others");
    let names = shell.value("extension call ./app names | get names");
    let names = texts(&names);
    assert!(names.contains(&"APP_MODE") && names.contains(&"PATH") && names.contains(&"HOME"));
    for name in [
        "OTHER_SECRET",
        "PROVISIONING_DATA_DIR",
        "XDG_STATE_HOME",
        "APP_TOKEN",
    ] {
        assert!(!names.contains(&name), "{names:?}");
    }
    assert_eq!(
        shell.value("$env.APP_MODE = 'slow'; extension call ./app one APP_MODE"),
        "slow"
    );
    assert_eq!(
        shell.value("extension call ./app one EXTRA --env {EXTRA: 3, APP_MODE: x}"),
        "3"
    );
}

#[test]
fn secrets_are_nowhere_to_be_found() {
    const CANARY: &str = "canary-7f3a9c51";
    let shell = app(
        "export def leak [config: record, --password: string]: nothing -> any {
            log info $'token ($env.APP_TOKEN) password ($password) key ($config.api_key)'
            print $'printed ($env.APP_TOKEN)'
            ^sh -c 'ps -eo args= >ps.txt; cat /proc/$PPID/cmdline /proc/*/cmdline 2>/dev/null >>ps.txt || true'
            error make {msg: $'failed with ($env.APP_TOKEN) and ($password)', label: {text: $config.api_key, span: (metadata $config).span}, help: $'use ($password)'}
        }\n",
    )
    .with("APP_TOKEN", CANARY)
    .with_standard_library();
    let log = shell.home().join("errors.log");
    // The words come from files, so that the shell that is tested does not show them itself.
    shell.file("secret.txt", CANARY);
    let settings = format!(
        "$env.config.plugins.provisioning = {{log: {{level: debug, file: '{}'}}}}",
        log.display()
    );
    let call = "let secret = open --raw secret.txt; extension call ./app leak {api_key: $secret} --password $secret";
    let ran = shell.run(&format!("{settings}; {call}"));
    assert!(!ran.success);
    assert!(
        !ran.stderr.contains(CANARY) && !ran.stdout.contains(CANARY),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("token *** password *** key ***"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("failed with *** and ***"),
        "{}",
        ran.stderr
    );
    let programs = std::fs::read(shell.home().join("ps.txt")).unwrap();
    let programs = String::from_utf8_lossy(&programs);
    assert!(programs.contains("nu") && !programs.contains(CANARY));
    let rows = shell.ok(&format!(
        "{settings}; try {{ {call} --events | to json }} catch {{|error| $error.details | to json }}"
    ));
    assert!(!rows.contains(CANARY), "{rows}");
    let audit = shell.ok("provisioning audit --operation call | to json");
    assert!(
        audit.contains("leak: failed with ***") && !audit.contains(CANARY),
        "{audit}"
    );
    let logged = std::fs::read_to_string(log).unwrap();
    assert!(
        logged.contains("call::failed") && !logged.contains(CANARY),
        "{logged}"
    );
    // Nor in what is kept.
    let data = shell.data();
    for entry in data
        .read_dir()
        .unwrap()
        .flatten()
        .filter(|entry| entry.path().is_file())
    {
        let bytes = std::fs::read(entry.path()).unwrap();
        let has = bytes
            .windows(CANARY.len())
            .any(|part| part == CANARY.as_bytes());
        assert!(!has, "{}", entry.path().display());
    }
}

#[test]
fn every_call_is_written_down_with_outcome_and_time() {
    let shell = app("export def fine []: nothing -> int { 1 }
        export def fails []: nothing -> any { error make {msg: 'no'} }\n");
    shell.ok("extension call ./app fine; try { extension call ./app fails }; try { extension call ./app fine 3 }");
    let rows = shell.value(
        "provisioning audit --operation call | select extension version outcome detail duration | update duration { $in > 0sec }",
    );
    let row = |outcome: &str, detail: &str| json!({"extension": "app", "version": "1.0.0", "outcome": outcome, "detail": detail, "duration": true});
    assert_eq!(
        rows,
        json!([
            row("ok", "fine"),
            row("call::failed", "fails: no"),
            row("call::arguments", "fine: the arguments do not fit"),
        ])
    );
}

#[test]
fn a_required_variable_is_asked_for_before_anything_runs() {
    let shell = app("export def fine []: nothing -> int { 1 }\n");
    shell.file(
        "app/metadata.toml",
        "[extension]\nname = \"app\"\ntype = \"taskserv\"\nversion = \"1.0.0\"\n\
         [configuration]\nrequired_env = [\"APP_URL\", \"APP_KEY\"]\n",
    );
    assert_eq!(
        fault(&shell, "fine"),
        "call::environment: `APP_URL`, `APP_KEY` are not set, which `app` requires"
    );
    let call = "extension call ./app fine --env {APP_URL: x, APP_KEY: y}";
    assert_eq!(shell.value(call), 1);
}

#[test]
fn it_runs_where_the_shell_is_and_leaves_nothing() {
    let shell = app(
        "export def place []: nothing -> record { {directory: $env.PWD, temporary: $env.TMPDIR} }\n",
    );
    let place: Value =
        shell.value("extension call ./app place | update temporary { path dirname | path exists }");
    assert_eq!(place["directory"], "[HOME]");
    assert_eq!(place["temporary"], false);
}

#[test]
fn killing_the_shell_ends_the_operation() {
    let shell =
        app("export def hangs []: nothing -> nothing { $nu.pid | save pid.txt; ^sleep 1000 }\n");
    let mut running = shell.command("extension call ./app hangs").spawn().unwrap();
    let file = shell.home().join("pid.txt");
    let deadline = Instant::now() + Duration::from_secs(20);
    let read = || std::fs::read_to_string(&file).unwrap_or_default();
    while read().is_empty() {
        assert!(Instant::now() < deadline, "it has not begun");
        std::thread::yield_now();
    }
    running.kill().unwrap();
    running.wait().unwrap();
    while is_running(read().trim()) {
        assert!(Instant::now() < deadline, "it goes on");
        std::thread::yield_now();
    }
}

/// As in a container whose first process leads no session: who leads ours is not among the processes that can be seen.
#[cfg(target_os = "linux")]
#[test]
fn what_lingers_is_ended_where_the_session_is_led_from_outside() {
    let shell = app(
        "export def lingers []: nothing -> string { ^sh -c 'sleep 1000 & echo $! >linger.pid'; 'done' }
        export def serves []: nothing -> string {
            ^sh -c 'setsid sleep 1000 </dev/null >/dev/null 2>&1 & echo $! >serve.pid'
            ^sh -c 'until [ \"$(ps -o sess= -p $(cat serve.pid) | tr -d \" \")\" = \"$(cat serve.pid)\" ]; do :; done'
            'done'
        }\n",
    );
    let script = format!(
        "'{}' -n --no-std-lib --plugins '[{}]' -c \
         'try {{ extension call ./app lingers }} catch {{|it| $it.details.code | print }}; \
          extension call ./app serves | print'; \
         kill -0 \"$(cat linger.pid)\" 2>/dev/null || echo ended; kill -0 \"$(cat serve.pid)\" && echo serves",
        crate::support::nu().display(),
        crate::support::PLUGIN
    );
    let home = shell.home();
    let output = std::process::Command::new("unshare")
        .args([
            "--user",
            "--map-root-user",
            "--pid",
            "--fork",
            "--mount-proc",
        ])
        .args(["sh", "-c", &script])
        .current_dir(&home)
        .env("HOME", &home)
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_CACHE_HOME", home.join("cache"))
        .env("XDG_DATA_HOME", home.join("share"))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    let printed = String::from_utf8_lossy(&output.stdout);
    assert_eq!(
        printed.lines().collect::<Vec<_>>(),
        ["call::lingered", "done", "ended", "serves"],
        "{told}"
    );
}
