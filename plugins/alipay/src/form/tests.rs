use proptest::prelude::*;

use super::*;

fn refused(text: &[u8]) -> &'static str {
    Form::decode(text).err().unwrap_or("not refused")
}

#[test]
fn decodes_once() {
    let form = Form::decode(b"b=%E4%B8%AD+%2B%2541&a=1%262&sign=x%3D&sign_type=RSA2&c=").unwrap();
    let find = |name: &str| form.0.get(name).map(String::as_str);
    assert_eq!(find("b"), Some("中 +%41"));
    assert_eq!(find("a"), Some("1&2"));
    assert_eq!(find("c"), Some(""));
    assert_eq!(find("d"), None);
    assert_eq!(form.canonical(Blanks::Dropped), "a=1&2&b=中 +%41");
    assert_eq!(form.canonical(Blanks::Kept), "a=1&2&b=中 +%41&c=");
    let blank = Form::decode(b"app_id=+%09&trade_no=1").unwrap();
    assert_eq!((blank.find("app_id"), blank.find("trade_no")), (None, Some("1")));
}

#[test]
fn one_text_one_meaning() {
    for text in ["a", "", "a=1&", "&a=1", "a=1&&b=2", "a=1&b"] {
        assert_eq!(refused(text.as_bytes()), "a parameter has no value", "{text}");
    }
    for text in ["=1", "%26=1", "a%3Db=1"] {
        assert_eq!(refused(text.as_bytes()), "a parameter has no proper name", "{text}");
    }
    for text in ["a=1&a=1", "a=1&%61=2", "a=&a=1"] {
        assert_eq!(refused(text.as_bytes()), "a parameter is there twice", "{text}");
    }
    for text in ["a=%", "a=%4", "a=1%"] {
        assert_eq!(refused(text.as_bytes()), "an escape is cut off", "{text}");
    }
    for text in ["a=%4g", "a=%zz", "a=%2b", "a=%+1"] {
        let expected = "an escape is not upper-case hexadecimal";
        assert_eq!(refused(text.as_bytes()), expected, "{text}");
    }
    for text in [&b"a=b c"[..], b"a=\xe4\xb8\xad", b"a=b\n", b"a=\0"] {
        assert_eq!(refused(text), "a byte is not escaped");
    }
    // GBK, and an overlong zero.
    for text in [&b"a=%D6%D0"[..], b"a=%C0%80"] {
        assert_eq!(refused(text), "a value is not UTF-8");
    }
}

#[test]
fn parameters_are_limited() {
    let many = |count| (0..count).map(|it| format!("p{it}=1")).collect::<Vec<_>>().join("&");
    assert!(Form::decode(many(MAX_PARAMETERS).as_bytes()).is_ok());
    let refused = refused(many(MAX_PARAMETERS + 1).as_bytes());
    assert_eq!(refused, "there are too many parameters");
}

proptest! {
    #[test]
    fn reads_what_is_written(
        pairs in proptest::collection::btree_map("[a-z_]{1,8}", ".{0,20}", 1..8),
    ) {
        let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
        prop_assert_eq!(Form::decode(text.as_bytes()).unwrap().0, pairs);
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Form::decode(&bytes);
    }
}
