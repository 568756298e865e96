use proptest::prelude::*;

use super::*;

fn read(text: &str) -> Result<Vec<(String, String)>, &'static str> {
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    Fields::read(text.as_bytes(), "xml").map(|it| it.pairs().map(owned).collect())
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[test]
fn values_stand_in_any_spelling() {
    let text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<xml>\n  <b><![CDATA[1 & <2>]]></b>\n\
                <a>a&amp;&lt;&#x4e2d;&#25991; c</a>\r\n<c/><d></d><e><![CDATA[]]></e></xml>\n";
    let expect = [("a", "a&<中文 c"), ("b", "1 & <2>"), ("c", ""), ("d", ""), ("e", "")]
        .map(|it| pair(it.0, it.1));
    assert_eq!(read(text).unwrap(), expect);
    let fields = Fields::read(text.as_bytes(), "xml").unwrap();
    assert_eq!(
        (fields.text("b"), fields.text("c"), fields.text("z")),
        (Some("1 & <2>"), None, None)
    );
    assert_eq!(read("<xml> <a> padded\n</a></xml>").unwrap(), [pair("a", " padded\n")]);
    assert_eq!(read("<xml/>").unwrap(), []);
}

#[test]
fn anything_but_flat_elements_is_refused() {
    let entity = "<!DOCTYPE xml [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><xml><a>&e;</a></xml>";
    let declared = "it declares a document type";
    assert_eq!(read(entity), Err(declared));
    assert_eq!(read("<xml><a><![CDATA[<!doctype x>]]></a></xml>"), Err(declared));
    assert_eq!(read("<xml><!entity x \"y\"></xml>"), Err(declared));
    for (text, why) in [
        ("<xml><a>&e;</a></xml>", "it names an entity"),
        ("<xml><a>1</a><a>1</a></xml>", "it has an element twice"),
        ("<xml><a/><a>1</a></xml>", "it has an element twice"),
        ("<xml><a><b>1</b></a></xml>", NESTED),
        ("<xml><a>1<b/></a></xml>", NESTED),
        ("<root><a>1</a></root>", "its root is another one"),
        ("<xml></xml><xml></xml>", "its root is another one"),
        ("<xml a=\"1\"></xml>", FOREIGN),
        ("<xml><a b=\"1\">1</a></xml>", FOREIGN),
        ("<xml><!-- a --></xml>", FOREIGN),
        ("<xml><?a b?></xml>", FOREIGN),
        ("<xml><?xml version=\"1.0\"?></xml>", FOREIGN),
        ("<xml>1</xml>", FOREIGN),
        ("<xml>&lt;</xml>", FOREIGN),
        ("<xml></xml>1", FOREIGN),
        ("1<xml></xml>", FOREIGN),
        ("<xml><a:b>1</a:b></xml>", "it has an element of a strange name"),
        ("<xml><中>1</中></xml>", "it has an element of a strange name"),
        ("<xml><a>1</b></xml>", BROKEN),
        ("<xml><a>1</a>", BROKEN),
        ("<xml><a>1", BROKEN),
        ("", BROKEN),
        ("   ", BROKEN),
    ] {
        assert_eq!(read(text), Err(why), "{text}");
    }
    assert_eq!(Fields::read(b"<xml>\xff</xml>", "xml").err(), Some("it is not UTF-8"));
}

#[test]
fn size_and_count_are_bounded() {
    let many = |count: usize| {
        let fields: String = (0..count).map(|it| format!("<a{it}>1</a{it}>")).collect();
        read(&format!("<xml>{fields}</xml>")).map(|it| it.len())
    };
    assert_eq!(many(MAX_FIELDS), Ok(MAX_FIELDS));
    assert_eq!(many(MAX_FIELDS + 1), Err("it has too many elements"));
    let long = |bytes: usize| {
        let frame = "<xml><a></a></xml>".len();
        read(&format!("<xml><a>{}</a></xml>", "x".repeat(bytes - frame))).map(|it| it.len())
    };
    assert_eq!(long(MAX_BYTES), Ok(1));
    assert_eq!(long(MAX_BYTES + 1), Err("it is too long"));
    let name = "a".repeat(MAX_NAME);
    assert!(read(&format!("<xml><{name}>1</{name}></xml>")).is_ok());
    assert!(read(&format!("<xml><{name}a>1</{name}a></xml>")).is_err());
}

proptest! {
    #[test]
    fn what_is_written_is_read(value in "\\PC*", other in "[\\]><!&;\\[CDAT]*") {
        let declared = declares(&value) || declares(&other);
        let text = write([("a", &*value), ("b", &*other)]);
        let expect = vec![pair("a", &value), pair("b", &other)];
        prop_assert_eq!(read(&text), if declared { Err("it declares a document type") } else { Ok(expect) });
    }

    #[test]
    fn nothing_makes_it_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Fields::read(&body, "xml");
    }

    #[test]
    fn no_tangle_makes_it_panic(text in "(<xml>|</xml>|<a>|</a>|<a/>|<!\\[CDATA\\[|\\]\\]>|&|;|#x|9|<|>|x| ){0,30}") {
        if let Ok(pairs) = read(&text) {
            prop_assert!(pairs.len() <= 1);
        }
    }
}
