//! What a cluster offers.

use super::{Flag, Operation, Parameter, V1};

/// CIF-01..08.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        name: "create",
        purpose: "Bring the cluster up",
        parameters: &[Parameter {
            name: "config",
            kind: "record",
            default: Some("{}"),
            purpose: "Settings of the cluster",
        }],
        flags: &[
            Flag {
                name: "check",
                kind: None,
                purpose: "Return the plan and change nothing",
            },
            Flag {
                name: "wait",
                kind: None,
                purpose: "Return only when it is done",
            },
        ],
        output: "record",
        since: V1,
        source: "CIF-01",
        also_called: &["deploy"],
    },
    Operation {
        name: "delete",
        purpose: "Take the cluster down",
        parameters: &[Parameter {
            name: "config",
            kind: "record",
            default: Some("{}"),
            purpose: "Settings of the cluster",
        }],
        flags: &[Flag {
            name: "force",
            kind: None,
            purpose: "Go on when a component cannot be removed",
        }],
        output: "nothing",
        since: V1,
        source: "CIF-02",
        also_called: &["remove"],
    },
    Operation {
        name: "status",
        purpose: "Tell how the cluster is",
        parameters: &[],
        flags: &[],
        output: "record",
        since: V1,
        source: "CIF-03",
        also_called: &[],
    },
    Operation {
        name: "scale",
        purpose: "Change the number of replicas",
        parameters: &[Parameter {
            name: "replicas",
            kind: "int",
            default: None,
            purpose: "How many there are to be",
        }],
        flags: &[],
        output: "record",
        since: V1,
        source: "CIF-04",
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
        source: "CIF-05",
        also_called: &["update"],
    },
    Operation {
        name: "list-components",
        purpose: "List the components",
        parameters: &[],
        flags: &[],
        output: "list<record>",
        since: V1,
        source: "CIF-06",
        also_called: &["get-cluster-components"],
    },
    Operation {
        name: "component-status",
        purpose: "Tell how one component is",
        parameters: &[Parameter {
            name: "name",
            kind: "string",
            default: None,
            purpose: "Name of the component",
        }],
        flags: &[],
        output: "record",
        since: V1,
        source: "CIF-07",
        also_called: &["get-component-status"],
    },
    Operation {
        name: "restart-component",
        purpose: "Restart one component",
        parameters: &[Parameter {
            name: "name",
            kind: "string",
            default: None,
            purpose: "Name of the component",
        }],
        flags: &[],
        output: "nothing",
        since: V1,
        source: "CIF-08",
        also_called: &[],
    },
];

/// What the source's template has beside them.
pub(super) const HELPERS: &[Operation] = &[Operation {
    name: "cluster-info",
    purpose: "Describe the cluster",
    parameters: &[],
    flags: &[],
    output: "record",
    since: V1,
    source: "CIF-09",
    also_called: &["get-cluster-info"],
}];
