mod readers;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::svg::Places;
use super::*;
use crate::graph::{Component, Offer, resolve};
use crate::metadata::{Dependency, ExtensionType};
use readers::check_all;

const FORMATS: [Format; 4] = [Format::Text, Format::Svg, Format::Dot, Format::Mermaid];

/// The picture of components given by their names and what they need.
fn drawn(components: &[(&str, &[&str])]) -> Picture {
    let components: Vec<Component> = components
        .iter()
        .map(|(name, needs)| Component::new(*name, needs))
        .collect();
    of_components("test", &components, &[], false, Vec::new()).0
}

fn text(picture: &Picture) -> String {
    picture.write(Format::Text, &Style::default()).unwrap()
}

fn svg(picture: &Picture, style: &Style) -> String {
    picture.write(Format::Svg, style).unwrap()
}

/// A number that looks like one of chance, and is always the same.
fn chance(n: usize) -> usize {
    let mut x = (n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((x ^ (x >> 31)) >> 1) as usize
}

/// Components that need at most two of those before them.
fn random(count: usize) -> Vec<Component> {
    (0..count)
        .map(|n| {
            let needs: BTreeSet<String> = (0..2)
                .filter(|k| n > 0 && !chance(3 * n + k).is_multiple_of(3))
                .map(|k| format!("c{}", chance(7 * n + k) % n))
                .collect();
            let needs: Vec<&str> = needs.iter().map(String::as_str).collect();
            Component::new(format!("c{n}"), &needs)
        })
        .collect()
}

#[test]
fn a_few_components_as_text() {
    let mut all = Vec::new();
    for (what, components) in [
        ("nothing", &[][..]),
        ("one", &[("app", &[][..])][..]),
        ("two", &[("app", &["db"][..]), ("db", &[])]),
        (
            "a chain",
            &[("a", &[][..]), ("b", &["a"]), ("c", &["b"]), ("d", &["c"])],
        ),
        (
            "a diamond",
            &[
                ("top", &["left", "right"][..]),
                ("left", &["base"]),
                ("right", &["base"]),
                ("base", &[]),
            ],
        ),
        (
            "lines that cross",
            &[
                ("a", &[][..]),
                ("b", &[]),
                ("c", &["a"]),
                ("d", &["b", "a"]),
                ("e", &["c", "b"]),
            ],
        ),
        (
            "a circle, and what is not there",
            &[
                ("web", &["api"][..]),
                ("api", &["web", "db"]),
                ("log", &["log", "api"]),
            ],
        ),
        (
            "a longer circle",
            &[
                ("a", &["c"][..]),
                ("b", &["a"]),
                ("c", &["b"]),
                ("free", &["b"]),
            ],
        ),
    ] {
        all.push(format!("{what}:\n{}", text(&drawn(components))));
    }
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn types_versions_and_states_stand_beside_the_names() {
    let components = [
        Component::new("containerd", &[]),
        Component::new("registry", &[]),
        Component::new("buildkit", &["containerd"]),
        Component {
            enabled: false,
            ..Component::new("cache", &[])
        },
        Component::new("web", &["buildkit", "cache"]),
    ];
    let detail = |kind: &str, version: &str, state: &str, is_implied| Detail {
        kind: Some(kind.to_owned()),
        version: Some(version.to_owned()),
        state: (!state.is_empty()).then(|| state.to_owned()),
        is_implied,
    };
    let details = [
        detail("taskserv", "1.7.0", "running", false),
        detail("application", "2.8.0", "", false),
        detail("taskserv", "0.12.0", "", true),
        detail("taskserv", "1.0.0", "", false),
        detail("application", "1.0.0", "failed", false),
    ];
    let (picture, faults) = of_components("test", &components, &details, false, Vec::new());
    assert_eq!(faults.len(), 1);
    insta::assert_snapshot!(text(&picture));
    let by_type = Style {
        group: Group::Type,
        color: Color::State,
        ansi: true,
    };
    let colored = picture.write(Format::Text, &by_type).unwrap();
    insta::assert_snapshot!(colored.replace('\x1b', "^"));
}

#[test]
fn a_focus_leaves_out_what_has_nothing_to_do_with_it() {
    let picture = drawn(&[
        ("a", &[]),
        ("b", &["a"]),
        ("c", &["b"]),
        ("d", &["c"]),
        ("other", &["a", "gone"]),
    ]);
    let names = |depth| -> Vec<String> {
        let part = picture.around(&picture.called("c"), depth);
        part.nodes.iter().map(|node| node.name.clone()).collect()
    };
    assert_eq!(names(usize::MAX), ["a", "b", "c", "d"]);
    assert_eq!(names(1), ["b", "c", "d"]);
    assert_eq!(names(0), ["c"]);
    let part = picture.around(&picture.called("c"), usize::MAX);
    assert!(part.notes.is_empty() && part.nodes[2].is_focus);
    assert!(picture.called("nobody").is_empty());
}

fn offer(kind: ExtensionType, name: &str, version: &str, dependencies: &[&str]) -> Offer {
    Offer {
        kind,
        name: name.to_owned(),
        version: version.parse().unwrap(),
        dependencies: dependencies
            .iter()
            .map(|text| Dependency::read(text, "here").unwrap())
            .collect(),
    }
}

#[test]
fn extensions_are_connected_with_the_highest_version_that_fits() {
    let taskserv = ExtensionType::Taskserv;
    let offers = [
        offer(ExtensionType::Cluster, "db", "9.0.0", &["app"]),
        offer(taskserv, "app", "1.0.0", &["db <2", "gone >=1"]),
        offer(taskserv, "db", "1.0.0", &[]),
        offer(taskserv, "db", "1.5.0", &[]),
        offer(taskserv, "db", "2.0.0", &["lib >=3"]),
        offer(taskserv, "lib", "1.0.0", &[]),
    ];
    let picture = of_offers("Extensions", &offers);
    let edges: Vec<(usize, usize, bool)> = picture
        .edges
        .iter()
        .map(|edge| (edge.from, edge.to, edge.is_faulty))
        .collect();
    assert_eq!(
        edges,
        [(1, 0, false), (3, 1, false), (6, 1, true), (5, 4, true)]
    );
    insta::assert_snapshot!(text(&picture));
}

#[test]
fn a_name_of_several_types_is_not_guessed() {
    let (provider, cluster, taskserv) = (
        ExtensionType::Provider,
        ExtensionType::Cluster,
        ExtensionType::Taskserv,
    );
    let offers = [
        offer(cluster, "px", "1.0.0", &[]),
        offer(provider, "px", "1.0.0", &[]),
        offer(taskserv, "amb", "1.0.0", &["px"]),
    ];
    let picture = of_offers("Extensions", &offers);
    assert!(picture.edges.iter().all(|edge| edge.is_faulty));
    assert_eq!(picture.edges.len(), 2);
    assert_eq!(
        notes(&picture),
        ["`amb` 1.0.0 needs `px`, and that is the name of a provider and of a cluster"]
    );
    // A taskserv of the name is meant when there is one.
    let mut offers = offers.to_vec();
    offers.push(offer(taskserv, "px", "1.0.0", &[]));
    let picture = of_offers("Extensions", &offers);
    assert_eq!((picture.edges.len(), picture.edges[0].from), (1, 3));
    assert!(picture.notes.is_empty());
}

#[test]
fn what_is_missing_is_told_apart_by_its_type() {
    let mut user = offer(ExtensionType::Taskserv, "m1", "1.0.0", &["gone", "gone"]);
    user.dependencies[0].kind = Some(ExtensionType::Provider);
    user.dependencies.push(user.dependencies[1].clone());
    let picture = of_offers("Extensions", &[user]);
    assert_eq!((picture.nodes.len(), picture.edges.len()), (3, 2));
    assert_eq!(
        notes(&picture),
        [
            "`m1` 1.0.0 needs the provider `gone`, and there is none of that name",
            "`m1` 1.0.0 needs `gone`, and there is none of that name",
        ]
    );
}

fn notes(picture: &Picture) -> Vec<&str> {
    picture
        .notes
        .iter()
        .map(|note| note.text.as_str())
        .collect()
}

#[test]
fn the_languages_of_other_programs() {
    let mut picture = drawn(&[
        ("web", &["api"]),
        ("api", &["db", "gone"]),
        ("db", &["web"]),
    ]);
    picture.nodes[0].kind = Some("application".to_owned());
    picture.edges[0].constraint = Some(">=1.0".to_owned());
    let written = [Format::Dot, Format::Mermaid]
        .map(|format| picture.write(format, &Style::default()).unwrap());
    insta::assert_snapshot!(written.join("\n"));
}

#[test]
fn a_small_drawing() {
    let picture = drawn(&[("app", &["db"]), ("db", &[])]);
    insta::assert_snapshot!(svg(&picture, &Style::default()));
}

/// What nobody should call a component, and somebody will.
const HOSTILE: [&str; 12] = [
    "<script>alert(1)</script>",
    "\"]; n0 -> n1; x[\"",
    "end",
    "`${x}`",
    "a\nb\r\tc",
    "\u{202e}gnitseretni",
    "\u{1b}]0;title\u{7}",
    "שלום עולם",
    "👩‍👩‍👧 & 日本語",
    "\\\\\" label=\"x\\",
    "]]> --> */ %% #quot; &lt;",
    "\u{fffe}\u{feff}\0",
];

#[test]
fn no_name_breaks_out_of_its_label() {
    let names: Vec<String> = HOSTILE.iter().map(|name| (*name).to_owned()).collect();
    let mut components: Vec<Component> = names
        .iter()
        .map(|name| Component::new(name.clone(), &[]))
        .collect();
    for at in 1..components.len() {
        let needs = [names[at - 1].as_str(), "gone <b>"];
        components[at] = Component::new(names[at].clone(), &needs);
    }
    let details: Vec<Detail> = names
        .iter()
        .map(|name| Detail {
            kind: Some(name.clone()),
            version: Some(name.clone()),
            state: Some(name.clone()),
            is_implied: false,
        })
        .collect();
    let (mut picture, _) = of_components(HOSTILE[0], &components, &details, false, Vec::new());
    for edge in &mut picture.edges {
        edge.constraint = Some(HOSTILE[9].to_owned());
    }
    for color in [Color::Type, Color::Wave, Color::State, Color::None] {
        for group in [Group::Wave, Group::Type] {
            let style = Style {
                group,
                color,
                ansi: false,
            };
            check_all(&picture, &style);
        }
    }
}

/// Components that need three of those shortly before them, so that there are many layers and long edges.
fn deep(count: usize) -> Vec<Component> {
    (0..count)
        .map(|n| {
            let needs: BTreeSet<String> = (0..3)
                .filter(|_| n > 0)
                .map(|k| format!("c{}", n - 1 - chance(5 * n + k) % n.min(40)))
                .collect();
            let needs: Vec<&str> = needs.iter().map(String::as_str).collect();
            Component::new(format!("c{n}"), &needs)
        })
        .collect()
}

#[test]
fn a_thousand_nodes_are_drawn_soon() {
    for (components, fewest) in [(random(1_000), 1_000), (deep(1_000), 2_500)] {
        let (picture, faults) = of_components("test", &components, &[], false, Vec::new());
        assert!(faults.is_empty());
        assert!(picture.edges.len() > fewest, "{}", picture.edges.len());
        for format in FORMATS {
            let start = Instant::now();
            let written = picture.write(format, &Style::default()).unwrap();
            let took = start.elapsed();
            // It takes a tenth of a second without optimization; the machine may have other work.
            let most = Duration::from_secs(4);
            assert!(took < most, "{format}: {took:?}, {} bytes", written.len());
        }
    }
}

#[test]
fn a_hundred_thousand_nodes_are_no_problem_but_for_the_eyes() {
    let count = 100_000;
    let chain: Vec<Component> = (0..count)
        .map(|n| match n {
            0 => Component::new("c0", &[]),
            n => Component::new(format!("c{n}"), &[&format!("c{}", n - 1)]),
        })
        .collect();
    let circle: Vec<Component> = (0..count)
        .map(|n| Component::new(format!("c{n}"), &[&format!("c{}", (n + 1) % count)]))
        .collect();
    let star: Vec<Component> = (0..count)
        .map(|n| Component::new(format!("c{n}"), if n == 0 { &[] } else { &["c0"] }))
        .collect();
    for components in [chain, circle, star, random(count)] {
        let (picture, _) = of_components("test", &components, &[], false, Vec::new());
        for format in [Format::Text, Format::Dot, Format::Mermaid] {
            assert!(picture.write(format, &Style::default()).unwrap().len() > count);
        }
        assert_eq!(
            picture.write(Format::Svg, &Style::default()),
            Err(TooLarge {
                nodes: picture.nodes.len(),
                edges: picture.edges.len()
            })
        );
    }
}

/// Any graph of a few nodes, circles among them.
fn graphs() -> impl Strategy<Value = Vec<Component>> {
    prop::collection::vec(prop::collection::btree_set(0_usize..14, 0..4), 1..14).prop_map(|all| {
        all.iter()
            .enumerate()
            .map(|(n, needs)| {
                let needs: Vec<String> = needs.iter().map(|need| format!("c{need}")).collect();
                let needs: Vec<&str> = needs.iter().map(String::as_str).collect();
                Component::new(format!("c{n}"), &needs)
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_graph_is_drawn_in_every_format(components in graphs(), by_type in any::<bool>()) {
        let details: Vec<Detail> = (0..components.len())
            .map(|n| Detail { kind: Some(["taskserv", "application", "other"][n % 3].to_owned()), ..Detail::default() })
            .collect();
        let (picture, _) = of_components("test", &components, &details, false, Vec::new());
        let style = Style { group: if by_type { Group::Type } else { Group::Wave }, ..Style::default() };
        check_all(&picture, &style);
    }

    #[test]
    fn layers_are_waves_and_only_circles_lead_back(components in graphs()) {
        let (picture, faults) = of_components("test", &components, &[], false, Vec::new());
        let style = Style::default();
        let scene = Scene::new(&picture, &style);
        for (at, edge) in picture.edges.iter().enumerate() {
            if scene.layers.is_back[at] {
                prop_assert!(scene.layers.in_circle[at]);
                prop_assert!(edge.from == edge.to || scene.layers.of[edge.from] > scene.layers.of[edge.to]);
            } else {
                prop_assert!(scene.layers.of[edge.from] < scene.layers.of[edge.to]);
            }
        }
        if faults.is_empty() {
            let placed = resolve(&components, false).unwrap();
            let waves: BTreeMap<&str, usize> = placed.iter().map(|place| (components[place.row].name.as_str(), place.wave)).collect();
            for (node, layer) in picture.nodes.iter().zip(&scene.layers.of) {
                prop_assert_eq!(waves[node.name.as_str()], *layer);
            }
        }
    }

    #[test]
    fn no_node_lies_on_another_and_no_edge_on_a_node(components in graphs(), by_type in any::<bool>()) {
        let details: Vec<Detail> = (0..components.len())
            .map(|n| Detail { kind: Some(["taskserv", "application"][n % 2].to_owned()), ..Detail::default() })
            .collect();
        let (picture, _) = of_components("test", &components, &details, false, Vec::new());
        let style = Style { group: if by_type { Group::Type } else { Group::Wave }, ..Style::default() };
        let scene = Scene::new(&picture, &style);
        let places = Places::of(&scene).unwrap();
        for (one, first) in places.nodes.iter().enumerate() {
            for second in &places.nodes[one + 1..] {
                prop_assert!(!first.overlaps(second), "{first:?} {second:?}");
            }
            // Between layers edges bend, where no node is; through a layer they are straight.
            for passage in &places.passages {
                prop_assert!(!first.overlaps(passage), "{first:?} {passage:?}");
            }
        }
    }
}
