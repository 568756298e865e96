//! The sorted `key=value&…` text that Alipay and WeChat Pay v2 sign.

/// Pairs sorted by the bytes of their keys, values raw; empty values are left out.
pub fn sorted_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut pairs: Vec<_> = pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    pairs.sort_unstable();
    let length = pairs.iter().map(|(key, value)| key.len() + value.len() + 2).sum();
    let mut text = String::with_capacity(length);
    for (key, value) in pairs {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(key);
        text.push('=');
        text.push_str(value);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_by_bytes_and_values_stay_raw() {
        let pairs = [("appid", "5"), ("app_id", "4"), ("appId", "2"), ("app_auth_token", "3")];
        assert_eq!(
            sorted_pairs(pairs.into_iter().chain([("app-id", "1 &=+%中"), ("b", "")])),
            "app-id=1 &=+%中&appId=2&app_auth_token=3&app_id=4&appid=5"
        );
        assert_eq!(sorted_pairs([]), "");
    }
}
