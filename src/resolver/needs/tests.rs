use super::*;
use crate::resolver::tests::taskserv;

fn shown(needs: &Needs, tree: &Tree, depth: usize, lines: &mut Vec<String>) {
    let name = match (tree.extension, &tree.dependency) {
        (Some(place), _) => {
            let extension = &needs.extensions[place].candidate.extension;
            format!("{} {}", extension.name, extension.version)
        }
        (None, dependency) => dependency.as_ref().unwrap().name.clone(),
    };
    lines.push(format!(
        "{}{name} {}",
        "  ".repeat(depth),
        tree.standing.as_str()
    ));
    for child in &tree.children {
        shown(needs, child, depth + 1, lines);
    }
}

fn drawn(needs: &Needs, roots: &[usize], direction: Direction, depth: Option<usize>) -> String {
    let mut lines = Vec::new();
    for tree in needs.trees(roots, direction, depth) {
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
    assert_eq!(needs.roots(), needs.called("app", None));
    insta::assert_snapshot!(drawn(&needs, &needs.roots(), Direction::Needs, None), @"
    app 1.0.0 whole
      left 1.0.0 whole
        base 1.1.0 whole
          root 1.0.0 whole
      right 1.0.0 whole
        base 2.0.0 whole
          root version
        loop 1.0.0 whole
          pool 1.0.0 whole
            loop 1.0.0 circular
      gone missing
    ");
    insta::assert_snapshot!(drawn(&needs, &needs.roots(), Direction::Needs, Some(1)), @"
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
    insta::assert_snapshot!(drawn(&needs, &needs.roots(), Direction::Needs, None), @"
    own 1.0.0 whole
      own 1.0.0 circular
    a 1.0.0 whole
      b 1.0.0 whole
        a 1.0.0 circular
    ");
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
    let roots = needs.roots();
    assert_eq!(roots.len(), 1);
    let text = drawn(&needs, &roots, Direction::Needs, Some(usize::MAX));
    assert_eq!(text.lines().count(), MAX_DEPTH + 1);
    assert!(text.ends_with("cut"));
    assert_eq!(needs.shortest(&roots).len(), 10_000);
}
