use super::*;

#[test]
fn every_text_that_gbk_takes_comes_back() {
    for text in ["", "abc\\/~", "测试商品 一件", "龙井茶（特级）", "誠乗々ｶ", "АБВ"]
    {
        let bytes = Charset::Gbk.encode(text);
        if let Some(bytes) = bytes {
            assert_eq!(Charset::Gbk.decode(&bytes).unwrap(), text);
        }
        assert_eq!(Charset::Utf8.encode(text).unwrap(), text.as_bytes());
    }
    assert_eq!(&*Charset::Gbk.encode("中\\").unwrap(), b"\xd6\xd0\\");
}

#[test]
fn nothing_is_replaced() {
    for text in ["茶\u{1f375}", "\u{20ac}5", "한국", "\u{fffd}"] {
        assert_eq!(Charset::Gbk.encode(text), None, "{text}");
        assert!(Charset::Gbk.takes("subject", text).is_err());
        assert_eq!(Charset::Utf8.takes("subject", text).unwrap(), text);
    }
    for bytes in [&b"\xd6"[..], b"\xff\xff", b"\x81\x20", b"a\xfe"] {
        assert_eq!(Charset::Gbk.decode(bytes), None, "{bytes:?}");
    }
    assert_eq!(Charset::Utf8.decode(b"\xd6\xd0"), None);
}

/// Of one byte, two and four.
#[test]
fn a_part_of_the_text_is_found_among_the_bytes() {
    let bytes = b"a\x80\xd6\xd0\x810\x810{}\xb2\xe2";
    let text = Charset::Gbk.decode(bytes).unwrap();
    let at = text.find('{').unwrap();
    assert_eq!(Charset::Gbk.raw(bytes, &text, at..at + 2), Some(8..10));
    assert_eq!(Charset::Gbk.raw(bytes, &text, 0..text.len()), Some(0..bytes.len()));
    assert_eq!(Charset::Gbk.raw(b"a", &text, at..at + 2), None);
}

#[test]
fn names() {
    assert!(Charset::Utf8.is_named("UTF-8") && Charset::Gbk.is_named("gbk"));
    assert!(!Charset::Utf8.is_named("GBK") && !Charset::Gbk.is_named("gb18030"));
}
