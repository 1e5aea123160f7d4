//! Sizes and durations as texts: `64MiB`, `1.5GB`, `30sec`.

use std::time::Duration;

/// What a size may end in, in lower case, with its bytes.
const SIZES: [(&str, u64); 9] = [
    ("b", 1),
    ("kb", 1000),
    ("mb", 1000_u64.pow(2)),
    ("gb", 1000_u64.pow(3)),
    ("tb", 1000_u64.pow(4)),
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("tib", 1 << 40),
];

/// What a duration may end in, with its nanoseconds.
const DURATIONS: [(&str, u64); 10] = [
    ("ns", 1),
    ("us", 1000),
    ("µs", 1000),
    ("ms", 1_000_000),
    ("sec", 1_000_000_000),
    ("s", 1_000_000_000),
    ("min", 60_000_000_000),
    ("hr", 3_600_000_000_000),
    ("day", 86_400_000_000_000),
    ("wk", 604_800_000_000_000),
];

/// Most digits of a number: so many never overflow before they are multiplied.
const MAX_DIGITS: usize = 18;

/// Reads a size such as `64MiB`, in bytes.
pub(super) fn size(text: &str) -> Option<u64> {
    amount(&text.trim().to_ascii_lowercase(), &SIZES)
}

/// Reads a duration such as `30sec`.
pub(super) fn duration(text: &str) -> Option<Duration> {
    amount(text.trim(), &DURATIONS).map(Duration::from_nanos)
}

/// Reads a number, with or without decimals, and one of the units right after it.
fn amount(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let at = text.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
    let (number, unit) = text.split_at(at);
    let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
    let (whole, decimals) = match number.split_once('.') {
        Some((_, "")) => return None,
        Some((whole, decimals)) => (whole, decimals),
        None => (number, ""),
    };
    if whole.is_empty() || whole.len() + decimals.len() > MAX_DIGITS {
        return None;
    }
    // A second dot does not parse.
    let digits: u128 = format!("{whole}{decimals}").parse().ok()?;
    let scale = 10_u128.pow(u32::try_from(decimals.len()).ok()?);
    // What the shell can hold is an i64.
    u64::try_from(digits * u128::from(*factor) / scale)
        .ok()
        .filter(|amount| i64::try_from(*amount).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_number_and_its_unit_are_read() {
        assert_eq!(size("64MiB"), Some(64 << 20));
        assert_eq!(size(" 1.5kB "), Some(1500));
        assert_eq!(size("0b"), Some(0));
        assert_eq!(duration("30sec"), Some(Duration::from_secs(30)));
        assert_eq!(duration("1.5min"), Some(Duration::from_secs(90)));
        assert_eq!(duration("2µs"), Some(Duration::from_micros(2)));
    }

    #[test]
    fn anything_else_is_not() {
        for text in [
            "",
            "5",
            "MiB",
            "-5MiB",
            "5 MiB",
            "5.MiB",
            ".5MiB",
            "1.2.3MiB",
            "5MiBs",
            "1e3kb",
            "٣MiB",
            "5sec",
            "99999999999999999999b",
            "9999999tib",
        ] {
            assert_eq!(size(text), None, "{text}");
        }
        for text in [
            "",
            "5",
            "sec",
            "-5sec",
            "5SEC",
            "1hr 2min",
            "999999999999wk",
            "5MiB",
        ] {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange_to_be_refused(text in "\\PC{0,40}") {
            let _ = (size(&text), duration(&text));
        }

        #[test]
        fn whole_amounts_are_exact(number in 0_u64..1_000_000, unit in 0_usize..9) {
            let (name, factor) = SIZES[unit];
            prop_assert_eq!(size(&format!("{number}{name}")), Some(number * factor).filter(|n| i64::try_from(*n).is_ok()));
        }
    }
}
