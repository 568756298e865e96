//! What an endpoint's answer looks like, in a word: kept in place of the answer, which is the
//! merchant's own.

/// A page says what it is in its beginning.
const LOOKED_AT: usize = 4096;
/// What walls before web servers say, in the tongues of their makers.
const WALLS: [&str; 9] = [
    "captcha",
    "cloudflare",
    "access denied",
    "web application firewall",
    "request blocked",
    "incapsula",
    "akamai",
    "安全狗",
    "拦截",
];

/// A closed set of words for the timeline.
pub(super) fn of(body: &[u8]) -> &'static str {
    let head = String::from_utf8_lossy(&body[..body.len().min(LOOKED_AT)]).to_lowercase();
    let head = head.trim_start_matches('\u{feff}').trim();
    let is_html = ["<!doctype html", "<html", "<head", "<body"].iter().any(|it| head.contains(it));
    let squeezed: String = head.chars().filter(|it| !matches!(it, '"' | '\'' | ' ')).collect();
    match head.chars().next() {
        None => "empty",
        Some(_) if is_html && squeezed.contains("type=password") => "login_page",
        Some(_) if is_html && WALLS.iter().any(|it| head.contains(it)) => "firewall",
        Some(_) if is_html => "html",
        Some('{' | '[') => "json",
        Some(_) => "text",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_known_by_its_looks() {
        let check = |body: &str, expect: &str| assert_eq!(of(body.as_bytes()), expect, "{body}");
        check("", "empty");
        check(" \r\n", "empty");
        check("success", "text");
        check(r#"{"ok":true}"#, "json");
        check("\u{feff}<!DOCTYPE html><p>hello", "html");
        check("<html><form><input type = \"password\"></form>", "login_page");
        check("<HTML><title>Attention Required! | Cloudflare</title>", "firewall");
        check("<html>您的请求已被拦截", "firewall");
        check("a text that names cloudflare", "text");
        assert_eq!(of(&[0xff; 9000]), "text");
        // A cut in the middle of a character is no matter.
        assert_eq!(of("茶".repeat(5000).as_bytes()), "text");
    }
}
