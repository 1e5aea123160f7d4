//! Versions: which extensions of which version satisfy every constraint at once, and why there are none when there are none.

mod versions;

pub use versions::Versions;
