//! Defects on demand: each makes one rule fail, so that a test can show it would notice.
//!
//! Without the feature `planted-bugs` the answer is a constant, and nothing of it is compiled.

/// Whether the named defect is to be shown here.
#[cfg(not(feature = "planted-bugs"))]
#[inline(always)]
#[must_use]
pub const fn bug(_name: &str) -> bool {
    false
}

#[cfg(feature = "planted-bugs")]
pub use armed::{bug, plant};

#[cfg(feature = "planted-bugs")]
mod armed {
    use std::cell::Cell;

    thread_local! {
        static PLANTED: Cell<&'static str> = const { Cell::new("") };
    }

    /// Whether the named defect is to be shown here.
    #[must_use]
    pub fn bug(name: &str) -> bool {
        PLANTED.get() == name
    }

    /// From now on, on this thread, this defect and no other; none for an empty name.
    pub fn plant(name: &'static str) {
        PLANTED.set(name);
    }
}
