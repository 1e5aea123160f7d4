//! Did-you-mean for every name a user can mistype.

use std::cmp::Reverse;

/// Longest name that is compared: the time for one comparison grows with the square of it.
const MAX_NAME: usize = 128;

/// Returns the candidates close enough to `name` to be what was meant, the closest first.
pub fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    if name.len() > MAX_NAME {
        return Vec::new();
    }
    let wanted = name.to_lowercase();
    let allowed = (wanted.chars().count() / 3).clamp(1, 3);
    let mut close: Vec<(usize, &str)> = candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= MAX_NAME)
        .filter_map(|candidate| {
            let lower = candidate.to_lowercase();
            let distance = strsim::osa_distance(&wanted, &lower);
            let part = wanted.len() >= 3 && (lower.contains(&wanted) || wanted.contains(&lower));
            let is_close = distance <= allowed && distance < wanted.chars().count();
            (is_close || (part && lower.len() >= 3)).then_some((distance, candidate))
        })
        .collect();
    // Of those that are as close, the one that begins in the same way.
    let prefix = |candidate: &str| {
        let letters = candidate.chars().flat_map(char::to_lowercase);
        letters
            .zip(wanted.chars())
            .take_while(|(a, b)| a == b)
            .count()
    };
    close.sort_by_key(|(distance, candidate)| (*distance, Reverse(prefix(candidate)), *candidate));
    close.dedup();
    close.into_iter().map(|(_, candidate)| candidate).collect()
}

/// Returns "did you mean `x`?" when a candidate is close.
pub fn did_you_mean<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    closest(name, candidates)
        .first()
        .map(|close| format!("did you mean `{close}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_one_letter_is_found_and_a_stranger_is_not() {
        let names = ["containerd", "buildkit", "registry"];
        assert_eq!(closest("containrd", names), ["containerd"]);
        assert_eq!(closest("Registry", names), ["registry"]);
        assert!(closest("postgres", names).is_empty());
    }

    #[test]
    fn of_names_that_are_as_close_the_one_with_the_same_beginning_is_first() {
        assert_eq!(closest("instal", ["uninstall", "install"])[0], "install");
        assert_eq!(closest("stat", ["slat", "star"])[0], "star");
    }

    #[test]
    fn a_part_of_a_longer_name_is_found() {
        assert_eq!(
            closest("cloud", ["custom-cloud", "local"]),
            ["custom-cloud"]
        );
    }
}
