//! A place in a trace, which began at a merchant: what W3C calls `traceparent`.

use std::fmt;
use std::str::FromStr;

/// Of a trace that is kept; of others nothing is carried on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trace {
    pub id: u128,
    pub span: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is no traceparent of a trace that is kept")]
pub struct NoTrace;

/// What another system says of its trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heading {
    /// Kept there, so it is kept here.
    Kept(Trace),
    /// Not kept there, so nothing would come of it here.
    NotKept,
}

impl Heading {
    /// Version 00, and what later ones have in common with it.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(5, '-');
        let version = digits(parts.next()?, 2)?;
        let (id, span) = (digits(parts.next()?, 32)?, digits(parts.next()?, 16)?);
        let flags = digits(parts.next()?, 2)?;
        let more = parts.next().is_some();
        if version == 255 || (version == 0 && more) || id == 0 || span == 0 {
            return None;
        }
        let trace = Trace { id, span: u64::try_from(span).ok()? };
        Some(if flags & 1 == 1 { Self::Kept(trace) } else { Self::NotKept })
    }
}

/// Hexadecimal, in small letters and so many.
fn digits(text: &str, count: usize) -> Option<u128> {
    let plain = text.bytes().all(|it| it.is_ascii_digit() || (b'a'..=b'f').contains(&it));
    if text.len() == count && plain { u128::from_str_radix(text, 16).ok() } else { None }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-01", self.id, self.span)
    }
}

impl FromStr for Trace {
    type Err = NoTrace;

    fn from_str(text: &str) -> Result<Self, NoTrace> {
        match Heading::parse(text) {
            Some(Heading::Kept(trace)) => Ok(trace),
            Some(Heading::NotKept) | None => Err(NoTrace),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const TRACE: Trace =
        Trace { id: 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736, span: 0x00f0_67aa_0ba9_02b7 };

    #[test]
    fn it_is_written_as_it_is_read() {
        assert_eq!(TEXT.parse(), Ok(TRACE));
        assert_eq!(TRACE.to_string(), TEXT);
    }

    #[test]
    fn only_what_w3c_allows_is_a_heading() {
        let check = |from: &str, to: &str, expect| {
            assert_eq!(Heading::parse(&TEXT.replacen(from, to, 1)), expect, "{from} {to}");
        };
        let kept = Some(Heading::Kept(TRACE));
        check("", "", kept);
        check("-01", "-00", Some(Heading::NotKept));
        check("-01", "-03", kept);
        // A later version may say more; the first one may not.
        check("00-4", "cc-4", kept);
        check("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "", None);
        assert_eq!(Heading::parse(&format!("cc{}-what", &TEXT[2..])), kept);
        assert_eq!(Heading::parse(&format!("{TEXT}-what")), None);
        check("00-4", "ff-4", None);
        check("4bf92f3577b34da6a3ce929d0e0e4736", "00000000000000000000000000000000", None);
        check("00f067aa0ba902b7", "0000000000000000", None);
        check("4bf9", "4BF9", None);
        check("4bf9", "4bf", None);
        check("-01", "-1", None);
        check("-01", "", None);
        check("4bf9", "+bf9", None);
    }
}
