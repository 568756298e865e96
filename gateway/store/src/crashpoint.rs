//! Named places where a test may end the process, as hard as `kill -9`: nothing unwinds.
//!
//! `PAYMUX_CRASHPOINT=name` aborts at the first pass, `name:3` at the third. Without the feature
//! `crashpoints` the macro is empty and the binary holds nothing of it.

/// Ends the process here, if the environment asks for it.
#[cfg(feature = "crashpoints")]
#[macro_export]
macro_rules! crashpoint {
    ($name:literal) => {
        $crate::crashpoint::pass($name)
    };
}

/// Ends the process here, if the environment asks for it.
#[cfg(not(feature = "crashpoints"))]
#[macro_export]
macro_rules! crashpoint {
    ($name:literal) => {};
}

#[cfg(feature = "crashpoints")]
pub use armed::{VARIABLE, pass};

#[cfg(feature = "crashpoints")]
mod armed {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    pub const VARIABLE: &str = "PAYMUX_CRASHPOINT";

    static ARMED: LazyLock<Option<Crashpoint>> = LazyLock::new(read);

    pub(super) struct Crashpoint {
        pub(super) name: String,
        /// Passes left, this one included.
        pub(super) left: AtomicU64,
    }

    #[expect(clippy::disallowed_methods, reason = "a switch of tests, absent from real builds")]
    fn read() -> Option<Crashpoint> {
        std::env::var(VARIABLE).ok().map(|it| parse(&it))
    }

    /// A pass that is no number is a test that would test nothing.
    pub(super) fn parse(text: &str) -> Crashpoint {
        let (name, pass) = text.split_once(':').unwrap_or((text, "1"));
        let pass = pass.parse().expect("PAYMUX_CRASHPOINT is `name` or `name:pass`");
        Crashpoint { name: name.into(), left: AtomicU64::new(pass) }
    }

    impl Crashpoint {
        pub(super) fn is_reached(&self, name: &str) -> bool {
            self.name == name && self.left.fetch_sub(1, Ordering::Relaxed) == 1
        }
    }

    pub fn pass(name: &str) {
        if ARMED.as_ref().is_some_and(|it| it.is_reached(name)) {
            std::process::abort();
        }
    }
}

#[cfg(all(test, feature = "crashpoints"))]
mod tests {
    use super::armed::parse;

    #[test]
    fn only_the_named_pass_is_reached() {
        let check = |text, passes: &str| {
            let point = parse(text);
            let reached = passes.chars().map(|it| point.is_reached(&it.to_string()));
            reached.map(|it| if it { '!' } else { '.' }).collect::<String>()
        };
        assert_eq!(check("a", "baab"), ".!..");
        assert_eq!(check("a:3", "aabaaa"), "...!..");
        assert_eq!(check("a:0", "aaa"), "...");
    }

    #[test]
    #[should_panic(expected = "name:pass")]
    fn a_pass_is_a_number() {
        parse("a:b");
    }
}
