//! What is kept, and what goes, against a model that is a plain list.

use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Step {
    Load(usize),
    Unload(usize),
    Resize(usize),
    Clear,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (0..6_usize).prop_map(Step::Load),
        2 => (0..6_usize).prop_map(Step::Unload),
        2 => (1..6_usize).prop_map(Step::Resize),
        1 => Just(Step::Clear),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// The least recently used goes first, whatever was done before.
    #[test]
    fn the_least_recently_used_goes_first(steps in proptest::collection::vec(step(), 1..40)) {
        let world = World::new();
        let paths: Vec<PathBuf> = (0..6)
            .map(|at| world.template(&format!("e{at}"), "1.0.0", &[]))
            .collect();
        let paths: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
        world.register(&paths);
        let size = |size: usize| NonZeroUsize::new(size).unwrap();
        let mut manager = world.builder().cache_size(size(3)).build();
        // The most recently used comes first.
        let mut model: Vec<String> = Vec::new();
        let (mut capacity, mut evictions, mut hits, mut loads) = (3, 0, 0, 0);
        for step in steps {
            match step {
                Step::Load(at) => {
                    let name = format!("e{at}");
                    load(&manager, &name).unwrap();
                    loads += 1;
                    let before = model.len();
                    model.retain(|known| *known != name);
                    let is_hit = model.len() < before;
                    hits += u64::from(is_hit);
                    model.insert(0, name);
                    // A smaller memory is felt when something new comes.
                    if !is_hit && model.len() > capacity {
                        evictions += (model.len() - capacity) as u64;
                        model.truncate(capacity);
                    }
                }
                Step::Unload(at) => {
                    let name = format!("e{at}");
                    let gone = manager.unload(None, &name, None).len();
                    let before = model.len();
                    model.retain(|known| *known != name);
                    prop_assert_eq!(gone, before - model.len());
                }
                Step::Resize(to) => {
                    capacity = to;
                    let config = Config { cache_size: size(to), ..manager.config().clone() };
                    manager = manager.configured(config);
                }
                Step::Clear => {
                    manager.clear_cache();
                    model.clear();
                }
            }
            let kept: Vec<String> = manager
                .shared
                .memory
                .by_use()
                .into_iter()
                .map(|key| key.name)
                .collect();
            prop_assert_eq!(&kept, &model);
        }
        let metrics = manager.metrics();
        prop_assert_eq!(metrics.evictions, evictions);
        prop_assert_eq!((metrics.loads, metrics.hits), (loads, hits));
        prop_assert_eq!(metrics.entries, model.len());
    }
}

#[test]
fn names_of_what_is_kept_have_three_parts() {
    let key = Key {
        kind: ExtensionType::Taskserv,
        name: "kubernetes".to_owned(),
        version: Version::new(1, 28, 0),
    };
    assert_eq!(key.to_string(), "taskserv:kubernetes:1.28.0");
}
