use proptest::prelude::*;

use super::*;
use crate::resolver::tests::{host, taskserv};

fn shown(needs: &Needs, tree: &Tree, depth: usize, lines: &mut Vec<String>) {
    let name = match (tree.extension, &tree.dependency) {
        (Some(place), _) => {
            let extension = &needs.extensions[place].candidate.extension;
            format!("{} {}", extension.name, extension.version)
        }
        (None, dependency) => dependency.as_ref().unwrap().name.clone(),
    };
    lines.push(format!("{}{name} {}", "  ".repeat(depth), tree.standing()));
    for child in &tree.children {
        shown(needs, child, depth + 1, lines);
    }
}

fn drawn(needs: &Needs, roots: &[usize], direction: Direction, depth: Option<usize>) -> String {
    let mut lines = Vec::new();
    for tree in needs.trees(roots, direction, depth, &host()) {
        shown(needs, &tree, 0, &mut lines);
    }
    lines.join("\n")
}

fn world() -> Needs {
    Needs::of(
        [
            taskserv("app", "1.0.0", &["left", "right >=1", "gone"]),
            taskserv("left", "1.0.0", &["base ^1"]),
            taskserv("right", "1.0.0", &["base ^2", "loop"]),
            taskserv("base", "1.0.0", &["root"]),
            taskserv("base", "1.1.0", &["root"]),
            taskserv("base", "2.0.0", &["root >=9"]),
            taskserv("base", "2.1.0-rc.1", &[]),
            taskserv("root", "1.0.0", &[]),
            taskserv("loop", "1.0.0", &["pool"]),
            taskserv("pool", "1.0.0", &["loop"]),
        ]
        .map(Arc::new),
    )
}

#[test]
fn a_tree_shows_everything_once_and_what_is_wrong() {
    let needs = world();
    assert_eq!(needs.roots(None), needs.called("app", None));
    insta::assert_snapshot!(drawn(&needs, &needs.roots(None), Direction::Needs, None), @"
    app 1.0.0 whole
      left 1.0.0 whole
        base 1.1.0 conflict
          root 1.0.0 whole
      right 1.0.0 whole
        base 2.0.0 conflict
          root version
        loop 1.0.0 whole
          pool 1.0.0 whole
            loop 1.0.0 circular
      gone missing
    ");
    insta::assert_snapshot!(drawn(&needs, &needs.roots(None), Direction::Needs, Some(1)), @"
    app 1.0.0 whole
      left 1.0.0 cut
      right 1.0.0 cut
      gone missing
    ");
}

#[test]
fn an_inverted_tree_shows_who_needs_it() {
    let needs = world();
    let roots = needs.called("root", None);
    insta::assert_snapshot!(drawn(&needs, &roots, Direction::NeededBy, None), @"
    root 1.0.0 whole
      base 1.0.0 whole
      base 1.1.0 whole
        left 1.0.0 whole
          app 1.0.0 whole
    ");
    let before = needs.shortest(&needs.called("app", None));
    assert_eq!(
        before[&needs.called("root", None)[0]],
        Some(needs.called("base", None)[2])
    );
}

#[test]
fn a_circle_that_nobody_needs_has_a_beginning() {
    let needs = Needs::of(
        [
            taskserv("b", "1.0.0", &["a"]),
            taskserv("a", "1.0.0", &["b"]),
            taskserv("own", "1.0.0", &["own"]),
        ]
        .map(Arc::new),
    );
    insta::assert_snapshot!(drawn(&needs, &needs.roots(None), Direction::Needs, None), @"
    own 1.0.0 whole
      own 1.0.0 circular
    a 1.0.0 whole
      b 1.0.0 whole
        a 1.0.0 circular
    ");
}

#[test]
fn what_is_within_the_depth_is_shown_though_it_was_cut_before() {
    let needs = Needs::of(
        [
            taskserv("r", "1.0.0", &["a", "x"]),
            taskserv("a", "1.0.0", &["b"]),
            taskserv("b", "1.0.0", &["x"]),
            taskserv("x", "1.0.0", &["y"]),
            taskserv("y", "1.0.0", &["z"]),
            taskserv("z", "1.0.0", &[]),
        ]
        .map(Arc::new),
    );
    let roots = needs.roots(None);
    insta::assert_snapshot!(drawn(&needs, &roots, Direction::Needs, Some(4)), @"
    r 1.0.0 whole
      a 1.0.0 whole
        b 1.0.0 whole
          x 1.0.0 whole
            y 1.0.0 cut
      x 1.0.0 whole
        y 1.0.0 whole
          z 1.0.0 whole
    ");
    // Everything was shown: nothing is shown again.
    insta::assert_snapshot!(drawn(&needs, &roots, Direction::Needs, None), @"
    r 1.0.0 whole
      a 1.0.0 whole
        b 1.0.0 whole
          x 1.0.0 whole
            y 1.0.0 whole
              z 1.0.0 whole
      x 1.0.0 repeated
    ");
    insta::assert_snapshot!(drawn(&needs, &needs.leaves(None), Direction::NeededBy, Some(4)), @"
    z 1.0.0 whole
      y 1.0.0 whole
        x 1.0.0 whole
          b 1.0.0 whole
            a 1.0.0 cut
          r 1.0.0 whole
    ");
}

proptest! {
    #[test]
    fn everything_within_the_depth_is_shown(
        edges in prop::collection::vec(prop::collection::vec(0_usize..9, 0..4), 1..9),
        depth in 0_usize..6,
    ) {
        let count = edges.len();
        let all = edges.iter().enumerate().map(|(at, needs)| {
            let needs: Vec<String> = needs.iter().map(|need| format!("e{}", need % count)).collect();
            let needs: Vec<&str> = needs.iter().map(String::as_str).collect();
            Arc::new(taskserv(&format!("e{at}"), "1.0.0", &needs))
        });
        let needs = Needs::of(all);
        let roots = needs.roots(None);
        let mut expected: HashSet<usize> = roots.iter().copied().collect();
        for _ in 0..depth {
            for place in expected.clone() {
                let found = needs.extensions[place].needs.iter();
                expected.extend(found.filter_map(|need| need.by.as_ref().ok()));
            }
        }
        let trees = needs.trees(&roots, Direction::Needs, Some(depth), &host());
        let mut shown = HashSet::new();
        let mut open: Vec<&Tree> = trees.iter().collect();
        while let Some(tree) = open.pop() {
            shown.extend(tree.extension);
            open.extend(&tree.children);
        }
        prop_assert_eq!(shown, expected);
    }
}

#[test]
fn what_cannot_be_together_or_on_this_platform_is_marked() {
    let mut new = taskserv("new", "1.0.0", &[]);
    new.compatibility.nushell = semver::VersionReq::parse(">=9").ok();
    let needs = Needs::of(
        [
            taskserv("app", "1.0.0", &["a", "b", "new"]),
            taskserv("a", "1.0.0", &["s ^1"]),
            taskserv("b", "1.0.0", &["s ^2"]),
            taskserv("s", "1.0.0", &[]),
            taskserv("s", "2.0.0", &[]),
            // Alone it is well.
            taskserv("other", "1.0.0", &["b"]),
            new,
        ]
        .map(Arc::new),
    );
    let text = |depth| {
        let roots = needs.roots(None);
        drawn_trees(
            &needs,
            &needs.trees(&roots, Direction::Needs, depth, &host()),
        )
    };
    insta::assert_snapshot!(text(None), @"
    taskserv app 1.0.0
    ├── taskserv a 1.0.0
    │   └── taskserv s 1.0.0 (^1) ✗ also 2.0.0
    ├── taskserv b 1.0.0
    │   └── taskserv s 2.0.0 (^2) ✗ also 1.0.0
    └── taskserv new 1.0.0 ✗ needs Nushell >=9, not 0.115.1
    taskserv other 1.0.0
    └── taskserv b 1.0.0 as above
    ");
    insta::assert_snapshot!(drawn(&needs, &needs.called("app", None), Direction::Needs, None), @"
    app 1.0.0 whole
      a 1.0.0 whole
        s 1.0.0 conflict
      b 1.0.0 whole
        s 2.0.0 conflict
      new 1.0.0 platform
    ");
    insta::assert_snapshot!(drawn(&needs, &needs.called("s", None), Direction::NeededBy, None), @"
    s 2.0.0 whole
      b 1.0.0 whole
        app 1.0.0 whole
        other 1.0.0 whole
    s 1.0.0 whole
      a 1.0.0 whole
        app 1.0.0 whole
    ");
}

#[test]
fn trees_of_one_type_begin_with_those_that_no_other_of_it_needs() {
    let mut px = taskserv("px", "1.0.0", &["py"]);
    let mut py = taskserv("py", "1.0.0", &[]);
    for one in [&mut px, &mut py] {
        one.extension.kind = ExtensionType::Provider;
    }
    let needs = Needs::of([taskserv("app", "1.0.0", &["px"]), px, py].map(Arc::new));
    let provider = Some(ExtensionType::Provider);
    assert_eq!(needs.roots(provider), needs.called("px", None));
    assert_eq!(needs.leaves(provider), needs.called("py", None));
    assert_eq!(
        needs.leaves(Some(ExtensionType::Taskserv)),
        needs.called("app", None)
    );
}

#[test]
fn a_long_chain_is_cut() {
    let all: Vec<Arc<Candidate>> = (0..10_000)
        .map(|at| {
            let need = format!("e{}", at + 1);
            Arc::new(taskserv(&format!("e{at}"), "1.0.0", &[&need]))
        })
        .collect();
    let needs = Needs::of(all);
    let roots = needs.roots(None);
    assert_eq!(roots.len(), 1);
    let text = drawn(&needs, &roots, Direction::Needs, Some(usize::MAX));
    assert_eq!(text.lines().count(), MAX_DEPTH + 1);
    assert!(text.ends_with("cut"));
    assert_eq!(needs.shortest(&roots).len(), 10_000);
}
