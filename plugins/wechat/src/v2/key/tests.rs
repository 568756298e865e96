use serde_json::Value;

use super::*;
use crate::tests::cases;

fn kind(case: &Value) -> SignType {
    let name = case["sign_type"].as_str().unwrap();
    SignType::WORDS.into_iter().find(|it| it.0 == name).unwrap().1
}

fn pairs(case: &Value) -> Vec<(&str, &str)> {
    let params = case["params"].as_object().unwrap();
    params.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect()
}

#[test]
fn signatures_are_the_sdks_own() {
    let official = cases(include_str!("../../../vectors/official.json"));
    let mut all = cases(include_str!("../../../vectors/v2_sign.json"));
    all.extend(official.into_iter().filter(|it| it["string_to_sign"].is_string()));
    assert!(all.len() >= 17, "{}", all.len());
    for case in all {
        let key = Key::new(case["key"].as_str().unwrap()).unwrap();
        let sign = key.sign(kind(&case), pairs(&case));
        assert_eq!(sign, case["sign"].as_str().unwrap(), "{}", case["name"]);
    }
}

#[test]
fn there_is_no_key_but_a_whole_one() {
    for text in ["", " ", "short", "x".repeat(31).as_str(), "x".repeat(33).as_str()] {
        assert!(Key::new(text).is_err(), "{text}");
    }
    assert!(Key::new(&format!("{} ", "x".repeat(31))).is_err());
    let key = Key::new(&"x".repeat(32)).unwrap();
    assert!(!format!("{key:?}").contains('x'));
}

#[test]
fn only_the_whole_signature_counts() {
    let key = Key::new("192006250b4c09247ec02edce69f6a2d").unwrap();
    let signed = |sign: &str, kind| {
        let text = super::super::xml::write([("a", "1"), (SIGN, sign)]);
        key.signed(kind, &Fields::read(text.as_bytes(), "xml").unwrap())
    };
    for (_, kind) in SignType::WORDS {
        let sign = key.sign(kind, [("a", "1")]);
        assert!(signed(&sign, kind));
        assert!(!signed(&sign[1..], kind));
        for length in 0..sign.len() {
            assert!(!signed(&sign[..length], kind), "its first {length} are not enough");
        }
        assert!(!signed(&sign.to_ascii_lowercase(), kind));
        assert!(!signed("", kind));
        assert!(!signed(&format!("{sign} "), kind));
    }
    let weak = key.sign(SignType::Md5, [("a", "1")]);
    assert!(!signed(&weak, SignType::HmacSha256));
}
