//! `cluster::`: components and what they depend on.

use super::{Code, Example, Explanation, shown};
use Example::Command;

pub(super) const EXPLANATIONS: &[Explanation] = &[
    shown(
        Code::ClusterUnknownDependency,
        "Dependencies are names of components of the same cluster. This one is mistyped, or its component is missing.",
        Command("[{name: app, dependencies: [databse]}, {name: database}] | cluster resolve-deps"),
        Command("[{name: app, dependencies: [database]}, {name: database}] | cluster resolve-deps"),
    ),
    shown(
        Code::ClusterCycle,
        "Each component is deployed after those that it depends on. In a circle there is none to begin with: one of the \
         dependencies has to go.",
        Command(
            "[{name: app, dependencies: [db]}, {name: db, dependencies: [app]}] | cluster resolve-deps",
        ),
        Command("[{name: app, dependencies: [db]}, {name: db}] | cluster resolve-deps"),
    ),
    shown(
        Code::ClusterDuplicate,
        "Dependencies are told by name, so that two components of one name cannot be told apart.",
        Command("[{name: db, port: 5432}, {name: db, port: 5433}] | cluster resolve-deps"),
        Command("[{name: db-1, port: 5432}, {name: db-2, port: 5433}] | cluster resolve-deps"),
    ),
    shown(
        Code::ClusterDisabledDependency,
        "A disabled component is not deployed, so that whatever depends on it would find nothing there.",
        Command(
            "[{name: app, dependencies: [db]}, {name: db, enabled: false}] | cluster resolve-deps",
        ),
        Command(
            "[{name: app, dependencies: [db]}, {name: db, enabled: true}] | cluster resolve-deps",
        ),
    ),
    shown(
        Code::ClusterVersion,
        "The component that is depended on has a version that the dependency does not allow.",
        Command(
            "[{name: app, dependencies: [{name: db, version: '>=2.0'}]}, {name: db, version: '1.4.0'}] | cluster resolve-deps",
        ),
        Command(
            "[{name: app, dependencies: [{name: db, version: '>=2.0'}]}, {name: db, version: '2.1.0'}] | cluster resolve-deps",
        ),
    ),
    shown(
        Code::ClusterMissingTaskserv,
        "With --check-extensions, each component of the type taskserv needs a taskserv of its name; with --with-extensions, \
         so does everything that these need. They are looked for among what is registered and what `extension discover` \
         finds.",
        Command(
            "extension register app | ignore; [{name: ap, type: taskserv}] | cluster resolve-deps --check-extensions",
        ),
        Command(
            "extension register app | ignore; [{name: app, type: taskserv}] | cluster resolve-deps --check-extensions",
        ),
    ),
    shown(
        Code::ClusterTaskservVersion,
        "The taskserv is there, and none of its versions is the one that the component, or another taskserv, asks for. A \
         component's version is one version, a range such as `1.7` or `>=1.6`, or `latest`.",
        Command(
            "extension register app | ignore; [{name: app, type: taskserv, version: '2.0.0'}] | cluster resolve-deps --check-extensions",
        ),
        Command(
            "extension register app | ignore; [{name: app, type: taskserv, version: '1.0'}] | cluster resolve-deps --check-extensions",
        ),
    ),
    shown(
        Code::ClusterInvalid,
        "A component is a record with a name; `dependencies` is a list of names, `enabled` true or false. Everything else \
         in the record is passed on.",
        Command("[{nmae: app}] | cluster resolve-deps"),
        Command("[{name: app}] | cluster resolve-deps"),
    ),
    shown(
        Code::ClusterNoComponents,
        "Components are a list, a record with a list called `components`, or a Nickel file with one of them in it. Nothing \
         of the kind is there.",
        Command("{parts: [{name: app}]} | cluster resolve-deps"),
        Command("{components: [{name: app}]} | cluster resolve-deps"),
    ),
    shown(
        Code::ClusterUnresolvable,
        "The components have faults of several kinds. Each of them is listed with its own code.",
        Command(
            "[{name: app, dependencies: [databse]}, {name: web, dependencies: [cdn]}, {name: cdn, dependencies: [web]}] | cluster resolve-deps",
        ),
        Command(
            "[{name: app, dependencies: [web]}, {name: web, dependencies: [cdn]}, {name: cdn}] | cluster resolve-deps",
        ),
    ),
];
