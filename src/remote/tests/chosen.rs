//! Versions, chosen from remotes.

use super::*;
use crate::extension::Host;
use crate::registry::Requirement;
use crate::resolver::{
    Candidate, Catalog, Origin, Preference, Request, Source as _, Stop, resolve,
};
use semver::VersionReq;

fn request(text: &str) -> Request {
    let (name, constraint) = text.split_once(' ').unwrap_or((text, "*"));
    Request {
        name: name.to_owned(),
        kind: None,
        constraint: constraint.parse().unwrap(),
    }
}

fn here(name: &str, version: &str) -> Candidate {
    let mut candidate = super::source::candidate(
        &DirectoryRemote::new("x", "/x"),
        &upload(&std::env::temp_dir(), name, version, "").release,
        ExtensionType::Taskserv,
        name,
    );
    candidate.origin = Origin::Registered;
    candidate
}

#[test]
fn versions_are_chosen_from_what_is_here_and_what_remotes_have() {
    let (one, two) = (Place::new(), Place::new());
    let mut app = one.upload("app", "1.0.0");
    app.release.dependencies = vec![Requirement {
        name: "db".to_owned(),
        version: VersionReq::parse(">=1.1").unwrap(),
        kind: None,
    }];
    one.publish(&app).unwrap();
    for version in ["1.0.0", "1.1.0", "1.2.0", "2.0.0"] {
        two.publish(&two.upload("db", version)).unwrap();
    }
    two.yank("db", "2.0.0", Some("broken")).unwrap();
    let two_named = DirectoryRemote::new("second", two.root());
    let remotes: [&dyn Remote; 2] = [&one.remote, &two_named];
    let chosen = |asked: &str, here: Vec<Candidate>| -> Result<Vec<String>, String> {
        let source = RemoteSource::new(Catalog::new(here), remotes).unwrap();
        let never: &dyn Fn() -> Option<Stop> = &|| None;
        let chosen = resolve(
            &[request(asked)],
            &source,
            &Host::with_nushell(Version::new(0, 115, 1)),
            &Preference::default(),
            never,
        );
        let chosen = chosen.map_err(|error| error.to_string())?;
        Ok(chosen
            .iter()
            .map(|one| {
                let found = source.found(&one.candidate);
                let place = found.map_or("here".to_owned(), |found| found.remote.name().to_owned());
                format!(
                    "{} {} {place}",
                    one.candidate.extension.name, one.candidate.extension.version
                )
            })
            .collect())
    };
    assert_eq!(
        chosen("app", vec![]).unwrap(),
        ["app 1.0.0 local", "db 1.2.0 second"]
    );
    assert_eq!(
        chosen("db", vec![here("db", "1.2.0")]).unwrap(),
        ["db 1.2.0 here"]
    );
    assert_eq!(
        chosen("db", vec![here("db", "3.0.0")]).unwrap(),
        ["db 3.0.0 here"]
    );
    let error = chosen("db =2.0.0", vec![]).unwrap_err();
    assert!(error.contains("db"), "{error}");
    let source = RemoteSource::new(Catalog::default(), remotes).unwrap();
    assert_eq!(
        source.unusable("db").unwrap(),
        "2.0.0 was withdrawn from the remote `second`: broken"
    );
    assert_eq!(source.names(), ["app", "db"]);
    // Whoever may publish to one remote does not take over what another one has.
    one.publish(&one.upload("db", "9.0.0")).unwrap();
    let error = chosen("app", vec![]).unwrap_err();
    assert!(
        error.contains("say which remote is meant with --from"),
        "{error}"
    );
}

#[test]
fn bundles_are_found_by_what_they_provide() {
    let place = Place::new();
    let mut bundle = place.upload("stack", "1.0.0");
    bundle.release.kind = PackageKind::Bundle;
    bundle.release.provides = vec![
        Provides {
            kind: ExtensionType::Taskserv,
            name: "web".to_owned(),
        },
        Provides {
            kind: ExtensionType::Cluster,
            name: "site".to_owned(),
        },
    ];
    place.publish(&bundle).unwrap();
    let source = RemoteSource::new(Catalog::default(), [&place.remote as &dyn Remote]).unwrap();
    assert_eq!(source.names(), ["site", "web"]);
    let site = source.named("site").unwrap();
    assert_eq!(
        (site.len(), site[0].extension.kind),
        (1, ExtensionType::Cluster)
    );
    assert_eq!(site[0].extension.package.as_deref(), Some("stack"));
    assert_eq!(source.found(&site[0]).unwrap().release.name, "stack");
    assert!(source.named("stack").unwrap().is_empty());
}
