//! What an operator should look at when WeChat Pay refuses the account itself.
//!
//! Source: pay.weixin.qq.com, common error codes of APIv3 and APIv2.

/// Underscores do not count: the documents spell most codes with and without.
const ADVICE: &[(&str, &str)] = &[
    (
        "SIGNERROR",
        "`private_key` or `merchant_serial` is not the merchant certificate of `mch_id` (of APIv2: \
         the API key), or the clock is wrong",
    ),
    ("MCHNOTEXISTS", "`mch_id` is no merchant at this `base`"),
    ("MCHIDNOTEXIST", "`mch_id` is no merchant at this `base`"),
    ("APPIDNOTEXIST", "`app_id` is no application"),
    ("APPIDMCHIDNOTMATCH", "bind `app_id` to `mch_id` in WeChat Pay's console"),
    ("NOAUTH", "sign the product for this merchant in WeChat Pay's console"),
    ("ACCOUNTERROR", "ask WeChat Pay: the merchant's account is blocked"),
    ("REQUESTBLOCKED", "ask WeChat Pay: the merchant's account is restricted"),
    ("CERTERROR", "`certificate` is not the merchant's, or has ended"),
    ("CAERROR", "`certificate` is not the merchant's, or has ended"),
    (
        "RESOURCENOTEXISTS",
        "this merchant has no platform certificates: set `public_key` and `public_key_id`",
    ),
];

pub(crate) fn of(code: &str) -> Option<&'static str> {
    let bare = code.replace('_', "");
    ADVICE.iter().find(|(known, _)| *known == bare).map(|(_, advice)| *advice)
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn a_code_in_any_spelling() {
        for code in ["SIGN_ERROR", "SIGNERROR"] {
            assert!(of(code).is_some_and(|it| it.contains("`private_key`")), "{code}");
        }
        for code in ["ORDER_NOT_EXIST", "SYSTEM_ERROR", ""] {
            assert_eq!(of(code), None, "{code}");
        }
    }
}
