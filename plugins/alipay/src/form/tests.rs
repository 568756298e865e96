use proptest::prelude::*;

use super::*;

fn refused(text: &[u8]) -> &'static str {
    Form::decode(Charset::Utf8, text).err().unwrap_or("not refused")
}

fn decoded(text: &[u8]) -> Form {
    Form::decode(Charset::Utf8, text).unwrap()
}

/// The bytes are kept as they came: they are what was signed.
#[test]
fn gbk_is_read_and_its_bytes_are_signed() {
    let form = Form::decode(Charset::Gbk, b"subject=%D6%D0%5C&trade_no=1").unwrap();
    assert_eq!(form.0["subject"].text, "中\\");
    assert_eq!(form.canonical(Rule::ALL[0]), b"subject=\xd6\xd0\\&trade_no=1");
    let cut = Form::decode(Charset::Gbk, b"subject=%D6").err();
    assert_eq!(cut, Some("a value is not in the account's charset"));
}

/// Nobody says whether the certificate's number is signed with the rest.
#[test]
fn the_certificates_number_is_signed_or_not() {
    let form = decoded(b"a=1&alipay_cert_sn=0f&sign=x");
    let texts = Rule::ALL.map(|it| String::from_utf8(form.canonical(it)).unwrap());
    assert_eq!(texts, ["a=1&alipay_cert_sn=0f", "a=1&alipay_cert_sn=0f", "a=1", "a=1"]);
}

#[test]
fn decodes_once() {
    let form = decoded(b"b=%E4%B8%AD+%2B%2541&a=1%262&sign=x%3D&sign_type=RSA2&c=");
    let find = |name: &str| form.0.get(name).map(|it| it.text.as_str());
    assert_eq!(find("b"), Some("中 +%41"));
    assert_eq!(find("a"), Some("1&2"));
    assert_eq!(find("c"), Some(""));
    assert_eq!(find("d"), None);
    assert_eq!(form.canonical(Rule::ALL[0]), "a=1&2&b=中 +%41".as_bytes());
    assert_eq!(form.canonical(Rule::ALL[1]), "a=1&2&b=中 +%41&c=".as_bytes());
    let blank = decoded(b"app_id=+%09&trade_no=1");
    assert_eq!((blank.find("app_id"), blank.find("trade_no")), (None, Some("1")));
}

#[test]
fn one_text_one_meaning() {
    for text in ["a", "", "a=1&", "&a=1", "a=1&&b=2", "a=1&b"] {
        assert_eq!(refused(text.as_bytes()), "a parameter has no value", "{text}");
    }
    for text in ["=1", "%26=1", "a%3Db=1", "%E4%B8%AD=1", "a+b=1"] {
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
        assert_eq!(refused(text), "a value is not in the account's charset");
    }
}

#[test]
fn parameters_are_limited() {
    let many = |count| (0..count).map(|it| format!("p{it}=1")).collect::<Vec<_>>().join("&");
    assert!(Form::decode(Charset::Utf8, many(MAX_PARAMETERS).as_bytes()).is_ok());
    let refused = refused(many(MAX_PARAMETERS + 1).as_bytes());
    assert_eq!(refused, "there are too many parameters");
}

proptest! {
    #[test]
    fn reads_what_is_written(
        pairs in proptest::collection::btree_map("[a-z_]{1,8}", ".{0,20}", 1..8),
    ) {
        let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
        let read = decoded(text.as_bytes()).0.into_iter().map(|(name, it)| (name, it.text));
        prop_assert_eq!(read.collect::<BTreeMap<_, _>>(), pairs);
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Form::decode(Charset::Utf8, &bytes);
        let _ = Form::decode(Charset::Gbk, &bytes);
    }
}

#[test]
fn what_is_read_holds_no_pair() {
    let check = |text: &[u8], expect: bool| {
        let (form, rule) = (decoded(text), Rule::ALL[0]);
        let shown = String::from_utf8_lossy(text);
        assert_eq!(form.is_ambiguous(&form.canonical(rule), rule), expect, "{shown}");
    };
    check(b"seller_id=1&subject=a%26b=c&trade_no=1", false);
    check(b"seller_id=1%26subject=a&trade_no=1", true);
    check(b"seller_id=1&subject=a%26trade_no=1", true);
    check(b"seller_id=1&subject=a%26trade_no=1&trade_no=2", true);
}
