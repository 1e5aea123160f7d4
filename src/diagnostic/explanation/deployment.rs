//! `deployment::`: clusters that are brought up, changed and taken down.

use super::example::{File, file};
use super::{Code, Example, Explanation, not_shown, shown};
use Example::{Command, Files};

const UP: &str = "extension register ./app | ignore; [{name: app, type: taskserv}] | cluster create --name site | ignore";

/// `app` as a file that is there or not.
const WORKS: &[File] = &[file(
    "app/nulib/mod.nu",
    "export use operations.nu *
export def install [config: record = {}, --check, --version: string]: nothing -> record { touch there; {} }
export def configure [config: record]: nothing -> nothing { touch there }
export def status []: nothing -> record { {installed: (\"there\" | path exists)} }
",
)];

/// `app`, whose installation fails.
const FAILING: File = file(
    "app/nulib/mod.nu",
    "export use operations.nu *
export def install [config: record = {}, --check, --version: string]: nothing -> record {
    if not (\"room\" | path exists) { error make {msg: \"there is no room\"} }
    {}
}
export def status []: nothing -> record { {installed: false} }
",
);

const FAILS: &[File] = &[FAILING];

/// The same, and a file with other settings.
const FAILS_FOR_ANOTHER: &[File] = &[
    FAILING,
    file(
        "site.json",
        "[{\"name\": \"app\", \"type\": \"taskserv\", \"config\": {\"port\": 1}}]\n",
    ),
];

/// `app`, which can neither be installed as a whole nor removed.
const STAYS: &[File] = &[file(
    "app/nulib/mod.nu",
    "export use operations.nu *
export def install [config: record = {}, --check, --version: string]: nothing -> record {
    touch there
    if not (\"room\" | path exists) { error make {msg: \"there is no room\"} }
    {}
}
export def uninstall [config: record = {}, --force, --keep-data]: nothing -> nothing {
    if (\"there\" | path exists) { error make {msg: \"it is in use\"} }
}
export def status []: nothing -> record { {installed: (\"there\" | path exists)} }
",
)];

/// `app`, with the contract of its settings.
const WITH_A_CONTRACT: &[File] = &[file(
    "app/schemas/main.ncl",
    "{\n  ServiceConfig | not_exported = { port | Number | default = 80 },\n}\n",
)];

pub(super) const EXPLANATIONS: &[Explanation] = &[
    shown(
        Code::DeploymentName,
        "A deployment is known by its name: that of the cluster, or the one that --name gives. Names are lower-case words with dashes \
         between them. A list of components has no name of its own.",
        Command("[{name: app, type: taskserv}] | cluster plan"),
        Command(
            "extension register ./app | ignore; [{name: app, type: taskserv}] | cluster plan --name site",
        ),
    ),
    shown(
        Code::DeploymentComponent,
        "What is deployed has a type that says by what: `taskserv` and `application` by the taskserv of that name, `server` and \
         `infrastructure` by the provider that its settings name. Settings are a record. Nothing was run.",
        Command("[{name: app, type: tasksrv}] | cluster plan --name site"),
        Command(
            "extension register ./app | ignore; [{name: app, type: taskserv}] | cluster plan --name site",
        ),
    ),
    shown(
        Code::DeploymentNotFound,
        "No deployment of that name has ever been made with this data directory.",
        Command("cluster status site"),
        Command("cluster status"),
    ),
    shown(
        Code::DeploymentUnknownComponent,
        "The deployment has no component of that name. Servers that a component lists in `servers` are called COMPONENT/SERVER.",
        Files(
            WORKS,
            "extension register ./app | ignore; [{name: app, type: taskserv}] | cluster create --name site | ignore; cluster \
             component-status site ap",
        ),
        Files(
            WORKS,
            "extension register ./app | ignore; [{name: app, type: taskserv}] | cluster create --name site | ignore; cluster \
             component-status site app",
        ),
    ),
    shown(
        Code::DeploymentNoSetting,
        "`cluster scale` changes the setting `replicas`, or the one that --setting names, of each component that has it. None has.",
        Files(
            WORKS,
            "extension register ./app | ignore; [{name: app, type: taskserv}] | cluster create --name site | ignore; cluster scale \
             site 3",
        ),
        Files(
            WORKS,
            "extension register ./app | ignore; [{name: app, type: taskserv, config: {replicas: 1}}] | cluster create --name site | \
             ignore; cluster scale site 3",
        ),
    ),
    shown(
        Code::DeploymentRefused,
        "Before anything is done, every extension is looked for, and what each operation will be given is held against its signature and \
         the contract of the extension. Everything that is in the way is told, and nothing was done.",
        Files(
            WITH_A_CONTRACT,
            "extension register ./app | ignore; [{name: app, type: taskserv, config: {port: high}}] | cluster plan --name site",
        ),
        Files(
            WITH_A_CONTRACT,
            "extension register ./app | ignore; [{name: app, type: taskserv, config: {port: 8080}}] | cluster plan --name site",
        ),
    ),
    not_shown(
        Code::DeploymentHeld,
        "Two processes must not change a deployment at the same time. Another one is at it; the message says which, and since when. \
         What a process held that has ended, for whatever reason, is free.",
        "it takes two processes at the same time",
    ),
    shown(
        Code::DeploymentFinished,
        "`cluster resume` and `cluster rollback` are for a run that has failed, was interrupted or killed. The last one has come to its \
         end.",
        Files(
            WORKS,
            "extension register ./app | ignore; [{name: app, type: taskserv}] | cluster create --name site | ignore; cluster resume site",
        ),
        Files(
            WORKS,
            "extension register ./app | ignore; [{name: app, type: taskserv}] | cluster create --name site | ignore; cluster history \
             site | length",
        ),
    ),
    shown(
        Code::DeploymentOtherDefinition,
        "`cluster resume NAME FILE` goes on with the run that was not finished, for which FILE has the secret settings. FILE says \
         something else than that run was for; a new `cluster create` takes its place.",
        Files(
            FAILS_FOR_ANOTHER,
            "extension register ./app | ignore; try { [{name: app, type: taskserv}] | cluster create --name site --no-rollback | ignore \
             }; cluster resume site site.json",
        ),
        Files(
            FAILS,
            "extension register ./app | ignore; try { [{name: app, type: taskserv}] | cluster create --name site --no-rollback | ignore \
             }; cluster rollback site | ignore; cluster history site | length",
        ),
    ),
    shown(
        Code::DeploymentFailed,
        "An operation of a component has failed, or the component was not ready in time. `cluster create` has taken back what it had \
         done, unless --no-rollback or --keep-going were given; `cluster history` has every step.",
        Files(
            FAILS,
            "extension register ./app | ignore; [{name: app, type: taskserv}] | cluster create --name site | ignore",
        ),
        Files(WORKS, UP),
    ),
    shown(
        Code::DeploymentIncomplete,
        "Something has failed, and taking back what was done has failed too. What is left is named, and keeps what it needs. When the \
         reason is gone, `cluster rollback` tries again, or `cluster resume` goes on.",
        Files(
            STAYS,
            "extension register ./app | ignore; [{name: app, type: taskserv}] | cluster create --name site | ignore",
        ),
        Files(WORKS, UP),
    ),
    not_shown(
        Code::DeploymentInterrupted,
        "Ctrl-C has ended work on a deployment, or nobody wanted more of its rows. What was done is there, and written down: `cluster \
         resume` goes on, `cluster rollback` takes it back.",
        "it takes somebody who interrupts it",
    ),
    not_shown(
        Code::DeploymentLock,
        "Who works on a deployment holds a file in the data directory, below `deployments/`. It cannot be made or locked.",
        "it takes a data directory that was made unwritable after it was opened",
    ),
];
