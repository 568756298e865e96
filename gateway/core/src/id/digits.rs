//! Numbers as text that sorts as they do.

/// Crockford's alphabet: sorts as ASCII, no I, L, O or U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

pub(super) fn encode(value: u128, digits: usize) -> String {
    let (mut text, mut rest) = (vec![0; digits], value);
    for digit in text.iter_mut().rev() {
        *digit = ALPHABET[(rest & 31) as usize];
        rest >>= 5;
    }
    String::from_utf8(text).unwrap_or_default()
}

/// What each byte stands for; 32 of those that stand for nothing.
const DIGITS: [u8; 256] = {
    let (mut digits, mut digit) = ([32; 256], 0);
    while digit < 32 {
        digits[ALPHABET[digit as usize] as usize] = digit;
        digit += 1;
    }
    digits
};

/// Exactly one text stands for a value: no lower case, no padding, no overflow.
pub(super) fn decode(text: &str, digits: usize) -> Option<u128> {
    if text.len() != digits {
        return None;
    }
    text.bytes().try_fold(0_u128, |value, byte| {
        let digit = DIGITS[usize::from(byte)];
        let room = digit < 32 && value.leading_zeros() >= 5;
        room.then(|| (value << 5) | u128::from(digit))
    })
}
