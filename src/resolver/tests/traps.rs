//! Problems that are made to take long.

use super::*;

/// How often the solver asks whether to stop: once for each choice or conflict.
fn steps(world: Vec<Candidate>, asked: &[&str], most: usize) -> Result<usize, ResolveError> {
    let steps = std::cell::Cell::new(0);
    let result = resolve(
        &requests(asked),
        &Catalog::new(world),
        &host(),
        &Preference::default(),
        &|| {
            steps.set(steps.get() + 1);
            (steps.get() > most).then_some(Stop::TimedOut)
        },
    );
    match result {
        Err(ResolveError::TimedOut) => Err(ResolveError::TimedOut),
        _ => Ok(steps.get()),
    }
}

#[test]
fn traps_of_backtracking_solvers_end_soon() {
    // Fifty extensions of twenty versions each, all of which need something; only the last one's versions tell that the
    // first one must be its oldest. Trying one after the other takes 20^50 steps.
    let mut world = Vec::new();
    for name in 0..50 {
        for version in 0..20 {
            let next = format!("t{} *", name + 1);
            world.push(taskserv(
                &format!("t{name}"),
                &format!("{version}.0.0"),
                &[&next],
            ));
        }
    }
    for version in 0..20 {
        world.push(taskserv("t50", &format!("{version}.0.0"), &["t0 =0.0.0"]));
    }
    let count = steps(world, &["t0"], 100_000).unwrap();
    assert!(count < 2_000, "{count}");

    // Every newer version needs something that is not there, at the end of a chain.
    let mut world = vec![taskserv("base", "1.0.0", &[])];
    for version in 0..1_000 {
        let need = if version == 0 { "base" } else { "gone" };
        world.push(taskserv("deep", &format!("{version}.0.0"), &[need]));
        world.push(taskserv("wide", &format!("{version}.0.0"), &["deep"]));
    }
    let count = steps(world, &["wide", "deep"], 100_000).unwrap();
    assert!(count < 5_000, "{count}");
}

#[test]
fn what_cannot_be_solved_in_time_is_given_up() {
    // Twelve pigeons and eleven holes: each hole takes one, and no proof of that is short.
    let mut world = Vec::new();
    for pigeon in 0..12 {
        for hole in 0..11 {
            let need = format!("hole{hole} ={pigeon}.0.0");
            world.push(taskserv(
                &format!("pigeon{pigeon}"),
                &format!("{hole}.0.0"),
                &[&need],
            ));
        }
    }
    for hole in 0..11 {
        for pigeon in 0..12 {
            world.push(taskserv(
                &format!("hole{hole}"),
                &format!("{pigeon}.0.0"),
                &[],
            ));
        }
    }
    let asked: Vec<String> = (0..12).map(|pigeon| format!("pigeon{pigeon}")).collect();
    let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
    assert!(matches!(
        steps(world, &asked, 2_000),
        Err(ResolveError::TimedOut)
    ));
}
