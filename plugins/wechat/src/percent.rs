//! Values inside a query.

use std::fmt::Write as _;

/// Everything but the unreserved characters of RFC 3986.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => write!(encoded, "%{byte:02X}").expect("a text takes what is written"),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_needs_no_escape_stays() {
        assert_eq!(encode("Az09-._~"), "Az09-._~");
        assert_eq!(
            encode("https://a.b/c?d=e&f#g h+%"),
            "https%3A%2F%2Fa.b%2Fc%3Fd%3De%26f%23g%20h%2B%25"
        );
        assert_eq!(encode("微"), "%E5%BE%AE");
    }
}
