//! What routing knows of an account's breaker.

/// Measured beside the calls, and told to routing as a fact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Health {
    #[default]
    Fit,
    /// The breaker lets a call through now and then: only where nothing fitter is left.
    Probation,
    /// The breaker is shut: no call would leave.
    Shut,
}

impl Health {
    pub const ALL: [Self; 3] = [Self::Fit, Self::Probation, Self::Shut];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Fit => "fit",
            Self::Probation => "probation",
            Self::Shut => "shut",
        }
    }
}
