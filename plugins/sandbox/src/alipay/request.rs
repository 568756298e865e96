//! A gateway request: its parameters, its canonical string, its signature.

use std::collections::BTreeMap;

use super::answer::Node;
use super::biz::Biz;
use crate::clock;
use crate::shared::AlipayDesk;

/// A call that passed every check of the gateway itself.
pub(super) struct Call {
    pub(super) method: String,
    pub(super) biz: Biz,
    pub(super) notify_url: Option<String>,
    pub(super) return_url: Option<String>,
}

/// A refusal by the gateway; only what comes before the signature check is unsigned.
pub(super) struct Rejection {
    pub(super) method: Option<String>,
    pub(super) node: Node,
    pub(super) signed: bool,
}

pub(crate) type Params = BTreeMap<String, String>;

/// Query and body together; `None` when a name comes twice.
pub(super) fn params(query: &str, body: &[u8]) -> Option<Params> {
    let mut params = Params::new();
    let pairs = form_urlencoded::parse(query.as_bytes()).chain(form_urlencoded::parse(body));
    for (name, value) in pairs {
        if params.insert(name.into_owned(), value.into_owned()).is_some() {
            return None;
        }
    }
    Some(params)
}

/// Sorted `key=value` joined by `&`: without `sign`, without empty values, nothing encoded.
pub(crate) fn canonical(params: &Params) -> String {
    let signed = params.iter().filter(|(name, value)| *name != "sign" && !value.is_empty());
    signed.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// Checks in the gateway's order: application, presence, form, signature, content.
pub(super) fn open(desk: &AlipayDesk, params: Option<Params>) -> Result<Call, Box<Rejection>> {
    let Some(params) = params else {
        let node = Node::invalid("isv.invalid-parameter", "参数重复");
        return Err(Box::new(Rejection { method: None, node, signed: false }));
    };
    let method = params.get("method").cloned();
    if let Err((node, signed)) = check_form(desk, &params).and_then(|()| verify(desk, &params)) {
        return Err(Box::new(Rejection { method, node, signed }));
    }
    let method = method.unwrap_or_default();
    let text = params.get("biz_content").map_or("{}", String::as_str);
    let Some(biz) = Biz::parse(text) else {
        let node = Node::invalid("isv.illegal-json", "biz_content不是合法的JSON");
        return Err(Box::new(Rejection { method: Some(method), node, signed: true }));
    };
    Ok(Call {
        method,
        biz,
        notify_url: params.get("notify_url").filter(|url| !url.is_empty()).cloned(),
        return_url: params.get("return_url").filter(|url| !url.is_empty()).cloned(),
    })
}

type Refused = (Node, bool);

fn check_form(desk: &AlipayDesk, params: &Params) -> Result<(), Refused> {
    let value = |name: &str| params.get(name).map(String::as_str).filter(|text| !text.is_empty());
    match value("app_id") {
        None => return Err((Node::missing("isv.missing-app-id", "缺少app_id参数"), false)),
        Some(id) if id != desk.party.app_id => {
            return Err((Node::invalid("isv.invalid-app-id", "无效的AppID参数"), false));
        }
        Some(_) => {}
    }
    for (name, sub_code) in REQUIRED {
        if value(name).is_none() {
            return Err((Node::missing(sub_code, &format!("缺少{name}参数")), true));
        }
    }
    let wrong = |sub_code, text| Err((Node::invalid(sub_code, text), true));
    if value("charset").is_some_and(|charset| !charset.eq_ignore_ascii_case("utf-8")) {
        return wrong("isv.invalid-charset", "字符集错误，只支持utf-8");
    }
    if value("format").is_some_and(|format| !format.eq_ignore_ascii_case("json")) {
        return wrong("isv.invalid-format", "无效的数据格式");
    }
    if value("sign_type") != Some("RSA2") {
        return wrong("isv.invalid-signature-type", "无效的签名类型");
    }
    if value("timestamp").and_then(clock::parse_spaced).is_none() {
        return wrong("isv.invalid-timestamp", "非法的时间戳参数");
    }
    if value("version") != Some("1.0") {
        return wrong("isv.invalid-parameter", "无效的版本参数");
    }
    Ok(())
}

const REQUIRED: [(&str, &str); 6] = [
    ("method", "isv.missing-method"),
    ("charset", "isv.missing-charset"),
    ("sign_type", "isv.missing-signature-type"),
    ("sign", "isv.missing-signature"),
    ("timestamp", "isv.missing-timestamp"),
    ("version", "isv.missing-version"),
];

fn verify(desk: &AlipayDesk, params: &Params) -> Result<(), Refused> {
    let text = canonical(params);
    let sign = params.get("sign").map_or("", String::as_str);
    if desk.verifier.accepts(text.as_bytes(), sign) {
        return Ok(());
    }
    // The real gateway shows the text it built, so that a developer can compare.
    let hint = format!(
        "验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配，网关生成的验签字符串为：{}",
        text.replace('&', "&amp;")
    );
    Err((Node::invalid("isv.invalid-signature", &hint), true))
}
