use std::fs;

use proptest::prelude::*;

use super::*;

fn cache(limit: u64) -> (tempfile::TempDir, DiskCache) {
    let home = tempfile::tempdir().unwrap();
    let cache = DiskCache::new(home.path(), limit);
    (home, cache)
}

fn key(number: u8) -> EntryKey {
    [number; 32]
}

fn put(cache: &DiskCache, number: u8, bytes: usize) {
    cache
        .put(&key(number), &vec![number; bytes], &Estimate::default())
        .unwrap();
}

#[test]
fn entries_come_back_and_nothing_else_does() {
    let (_home, cache) = cache(1 << 20);
    assert_eq!(cache.get(&key(1)), None);
    put(&cache, 1, 100);
    assert_eq!(cache.get(&key(1)), Some(vec![1; 100]));
    assert_eq!(cache.get(&key(2)), None);
    // An entry by another name is none.
    let path = cache.path(&key(2));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::copy(cache.path(&key(1)), path).unwrap();
    assert_eq!(cache.get(&key(2)), None);
    assert_eq!(cache.damaged(), [cache.path(&key(2))]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever becomes of the bytes of an entry, it is what was written or nothing.
    #[test]
    fn a_changed_byte_is_a_miss(at in 0..200_usize, bit in 0..8_u8, cut in 0..200_usize) {
        let whole = sealed(&key(1), &[7; 140]);
        prop_assert_eq!(opened(&key(1), &whole), Some(&[7; 140][..]));
        let mut flipped = whole.clone();
        let at = at % flipped.len();
        flipped[at] ^= 1 << bit;
        prop_assert_eq!(opened(&key(1), &flipped), None);
        let cut = cut % whole.len();
        prop_assert_eq!(opened(&key(1), &whole[..cut]), None);
        let mut longer = whole.clone();
        longer.push(0);
        prop_assert_eq!(opened(&key(1), &longer), None);
    }
}

#[test]
fn what_was_not_used_for_the_longest_time_goes_first() {
    let (_home, cache) = cache(1100);
    let long_ago = |seconds| SystemTime::now() - Duration::from_secs(seconds);
    for number in 1..=5 {
        put(&cache, number, 150);
        set_used(
            &cache.path(&key(number)),
            long_ago(10_000 - u64::from(number)),
        )
        .unwrap();
    }
    // This one is used.
    assert!(cache.get(&key(1)).is_some());
    put(&cache, 6, 150);
    let kept: Vec<u8> = (1..=6)
        .filter(|number| cache.path(&key(*number)).exists())
        .collect();
    assert_eq!(kept, [1, 3, 4, 5, 6]);
    assert!(cache.usage().bytes <= cache.limit());
}

#[test]
fn what_is_larger_than_the_cache_is_left_out() {
    let (_home, cache) = cache(1000);
    put(&cache, 1, 2000);
    assert_eq!(cache.usage(), Usage::default());
}

#[test]
fn clearing_takes_what_is_old_or_everything() {
    let (_home, cache) = cache(1 << 20);
    put(&cache, 1, 10);
    put(&cache, 2, 10);
    let old = SystemTime::now() - Duration::from_secs(7200);
    set_used(&cache.path(&key(1)), old).unwrap();
    // Entries of a program with another format are cleared as well.
    let other = cache.base.join("0/ab/cdef");
    fs::create_dir_all(other.parent().unwrap()).unwrap();
    fs::write(&other, "x").unwrap();
    assert_eq!(
        cache
            .clear(Some(Duration::from_secs(3600)))
            .unwrap()
            .entries,
        1
    );
    assert_eq!(cache.usage().entries, 1);
    assert_eq!(cache.clear(None).unwrap().entries, 2);
    assert!(!other.exists());
    // What is not there is cleared already.
    fs::remove_dir_all(&cache.base).unwrap();
    assert_eq!(cache.clear(None).unwrap(), Cleared::default());
}

#[test]
fn files_that_were_never_finished_are_removed_after_a_while() {
    let (_home, cache) = cache(1 << 20);
    put(&cache, 1, 10);
    let folder = cache.path(&key(1)).parent().unwrap().to_owned();
    for (name, age) in [(".new-old", 3600), (".new-young", 5)] {
        fs::write(folder.join(name), "x").unwrap();
        set_used(
            &folder.join(name),
            SystemTime::now() - Duration::from_secs(age),
        )
        .unwrap();
    }
    assert_eq!(cache.usage().entries, 1);
    assert!(!folder.join(".new-old").exists());
    assert!(folder.join(".new-young").exists());
}

#[test]
fn a_cache_that_goes_away_is_made_again() {
    let (_home, cache) = cache(1 << 20);
    put(&cache, 1, 10);
    fs::remove_dir_all(&cache.base).unwrap();
    assert_eq!(cache.get(&key(1)), None);
    put(&cache, 1, 10);
    assert!(cache.get(&key(1)).is_some());
}

#[cfg(unix)]
#[test]
fn what_others_could_have_written_is_not_read() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let (_home, cache) = cache(1 << 20);
    put(&cache, 1, 10);
    let directory = cache.directory();
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o777)).unwrap();
    assert_eq!(cache.get(&key(1)), None);
    let problem = cache.prepare().unwrap_err();
    assert!(
        problem
            .to_string()
            .ends_with("can be written by others, and is not trusted")
    );
    assert!(cache.put(&key(2), b"x", &Estimate::default()).is_err());
    assert!(cache.clear(None).is_err());
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o700)).unwrap();
    assert!(cache.get(&key(1)).is_some());
    // A link is not followed: neither the directory nor an entry.
    let real = cache.path(&key(1));
    let moved = real.with_extension("real");
    fs::rename(&real, &moved).unwrap();
    symlink(&moved, &real).unwrap();
    assert_eq!(cache.get(&key(1)), None);
    let elsewhere = cache.base.with_file_name("elsewhere");
    fs::rename(&cache.base, &elsewhere).unwrap();
    symlink(&elsewhere, &cache.base).unwrap();
    assert!(cache.distrust().is_some());
}

#[test]
fn a_place_that_cannot_be_written_is_told() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("file");
    fs::write(&file, "").unwrap();
    let cache = DiskCache::new(&file, 1 << 20);
    let problem = cache.put(&key(1), b"x", &Estimate::default()).unwrap_err();
    assert!(matches!(problem, DiskProblem::Unwritable { .. }));
    assert_eq!(cache.get(&key(1)), None);
}
