//! What a taskserv offers.

use super::{Flag, Operation, Parameter, V1};

/// TIF-01..09.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        name: "install",
        purpose: "Install the service",
        parameters: &[Parameter {
            name: "config",
            kind: "record",
            default: Some("{}"),
            purpose: "Settings of the taskserv",
        }],
        flags: &[
            Flag {
                name: "check",
                kind: None,
                purpose: "Return the plan and change nothing",
            },
            Flag {
                name: "version",
                kind: Some("string"),
                purpose: "Version to install in place of the default one",
            },
        ],
        output: "record",
        since: V1,
        source: "TIF-01",
        also_called: &[],
    },
    Operation {
        name: "uninstall",
        purpose: "Remove the service",
        parameters: &[Parameter {
            name: "config",
            kind: "record",
            default: Some("{}"),
            purpose: "Settings of the taskserv",
        }],
        flags: &[
            Flag {
                name: "force",
                kind: None,
                purpose: "Remove it even while it runs",
            },
            Flag {
                name: "keep-data",
                kind: None,
                purpose: "Leave its data in place",
            },
        ],
        output: "nothing",
        since: V1,
        source: "TIF-02",
        also_called: &["remove"],
    },
    Operation {
        name: "configure",
        purpose: "Write the configuration of the service",
        parameters: &[Parameter {
            name: "config",
            kind: "record",
            default: None,
            purpose: "Settings of the taskserv",
        }],
        flags: &[],
        output: "nothing",
        since: V1,
        source: "TIF-03",
        also_called: &[],
    },
    Operation {
        name: "status",
        purpose: "Tell how the service is",
        parameters: &[],
        flags: &[],
        output: "record",
        since: V1,
        source: "TIF-04",
        also_called: &[],
    },
    Operation {
        name: "restart",
        purpose: "Restart the service",
        parameters: &[],
        flags: &[],
        output: "nothing",
        since: V1,
        source: "TIF-05",
        also_called: &[],
    },
    Operation {
        name: "upgrade",
        purpose: "Go to another version",
        parameters: &[Parameter {
            name: "version",
            kind: "string",
            default: None,
            purpose: "The version to go to",
        }],
        flags: &[],
        output: "record",
        since: V1,
        source: "TIF-06",
        also_called: &["update"],
    },
    Operation {
        name: "get-current-version",
        purpose: "Tell which version is installed",
        parameters: &[],
        flags: &[],
        output: "string",
        since: V1,
        source: "TIF-07",
        also_called: &["current-version", "get-version"],
    },
    Operation {
        name: "get-available-versions",
        purpose: "List the versions there are",
        parameters: &[],
        flags: &[],
        output: "list<string>",
        since: V1,
        source: "TIF-08",
        also_called: &["available-versions"],
    },
    Operation {
        name: "check-updates",
        purpose: "Tell whether there is a newer version",
        parameters: &[],
        flags: &[],
        output: "record",
        since: V1,
        source: "TIF-09",
        also_called: &[],
    },
];

/// What the source's template has beside them.
pub(super) const HELPERS: &[Operation] = &[Operation {
    name: "taskserv-info",
    purpose: "Describe the taskserv",
    parameters: &[],
    flags: &[],
    output: "record",
    since: V1,
    source: "TIF-10",
    also_called: &["get-taskserv-info"],
}];
