//! Why an endpoint did not take an event, and what to do: from what is kept of an attempt.

/// A cause, and a hint in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Diagnosis {
    /// A closed set of words.
    pub(crate) cause: &'static str,
    pub(crate) hint_en: &'static str,
    pub(crate) hint_zh: &'static str,
}

macro_rules! causes {
    ($($name:ident = $cause:literal $english:literal $chinese:literal;)*) => {
        $(const $name: Diagnosis =
            Diagnosis { cause: $cause, hint_en: $english, hint_zh: $chinese };)*
    };
}

causes! {
    DELIVERED = "delivered" "The endpoint acknowledged it." "接收端已确认。";
    DNS = "dns"
        "The name of the endpoint cannot be resolved: correct the URL, or the DNS record."
        "无法解析接收端域名：请检查 URL 或 DNS 记录。";
    TCP = "tcp"
        "No connection: is the server running, and does its firewall let this gateway in?"
        "无法建立连接：请确认服务器在运行，且防火墙允许本网关访问。";
    TLS = "tls"
        "The TLS handshake failed: renew the certificate, and send its whole chain."
        "TLS 握手失败：请更新证书，并配置完整的证书链。";
    TIMEOUT = "timeout"
        "No complete answer in time: acknowledge first, and work afterwards."
        "未在时限内完成应答：请先确认收到，再处理业务。";
    BROKEN = "broken"
        "The connection broke before the answer: look into the server's log for a crash."
        "应答前连接中断：请查看服务器日志是否有崩溃。";
    ADDRESS = "address"
        "The URL leads to where events may not be sent (`delivery.allow_private_addresses`, `ports`)."
        "该 URL 指向不允许发送的地址（见 delivery.allow_private_addresses 与 ports）。";
    REDIRECT = "redirect"
        "A redirect is not followed: configure the URL it points to."
        "不会跟随重定向：请直接配置最终的 URL。";
    LOGIN_PAGE = "login_page"
        "A log-in page answered: let the path through without a session; the signature proves us."
        "返回了登录页：请让该路径免登录访问，用签名验证来源。";
    FIREWALL = "firewall"
        "A web application firewall answered: let this gateway's address and path through."
        "被 WAF 拦截：请在防火墙中放行本网关的地址与该路径。";
    NOT_FOUND = "not_found"
        "There is nothing at this path: correct the URL, or deploy the handler."
        "该路径不存在：请检查 URL 或部署处理程序。";
    UNAUTHORIZED = "unauthorized"
        "The endpoint asks for credentials: verify the webhook's signature instead."
        "接收端要求认证：请改为验证 Webhook 签名。";
    METHOD = "method"
        "The endpoint takes no POST: events are POSTed as JSON."
        "接收端不接受 POST：事件以 JSON 通过 POST 发送。";
    CLIENT_ERROR = "client_error"
        "The endpoint refuses the request (4xx): its log says why, often a signature or a schema."
        "接收端拒绝请求（4xx）：请查看其日志，常见原因是验签或格式校验。";
    GONE = "gone"
        "The endpoint answered 410 and was disabled: enable it when it is back."
        "接收端返回 410，已被停用：恢复后请重新启用。";
    WAIT = "asked_to_wait"
        "The endpoint is overloaded or limits rates (429, 503): it is tried again later."
        "接收端过载或限流（429、503）：稍后会自动重试。";
    SERVER_ERROR = "server_error"
        "The endpoint fails (5xx): look into its log at this time."
        "接收端出错（5xx）：请查看该时间的服务日志。";
    NOT_SUCCESS = "body_not_success"
        "2xx, but the body is not `success`: answer exactly that, or set `ack = \"status\"`."
        "返回 2xx，但内容不是 success：请原样返回 success，或设置 ack = \"status\"。";
    BROKER = "broker"
        "The broker did not take it: check user, exchange, routing key and that a queue is bound."
        "消息代理未接收：请检查用户、交换机、路由键以及队列绑定。";
    NOTHING = "nothing_to_tell"
        "Nothing was sent: all of the payment is given back, and the protocol has no words for it."
        "未发送：支付已全部退回，该协议没有可发送的内容。";
    UNKNOWN = "unknown" "Look into the timeline." "请查看时间线。";
}

/// `outcome` and `looks_like` are the timeline's own words.
pub(crate) fn of(outcome: &str, status: Option<u16>, looks_like: Option<&str>) -> Diagnosis {
    match (outcome, looks_like) {
        ("acknowledged", _) => DELIVERED,
        ("resolve", _) => DNS,
        ("connect", _) => TCP,
        ("tls", _) => TLS,
        ("deadline", _) => TIMEOUT,
        ("broken", _) => BROKEN,
        ("url_refused" | "address_refused", _) => ADDRESS,
        ("login" | "refused" | "unroutable" | "rejected", _) => BROKER,
        ("gone", _) => GONE,
        ("nothing_to_tell", _) => NOTHING,
        // What stands before the endpoint answers with any status.
        (_, Some("login_page")) => LOGIN_PAGE,
        (_, Some("firewall")) => FIREWALL,
        ("redirect", _) => REDIRECT,
        ("body_not_success", _) => NOT_SUCCESS,
        ("asked_to_wait", _) => WAIT,
        ("client_error", _) => client_error(status),
        ("server_error", _) => SERVER_ERROR,
        (_, _) => UNKNOWN,
    }
}

fn client_error(status: Option<u16>) -> Diagnosis {
    match status {
        Some(401 | 403 | 407) => UNAUTHORIZED,
        Some(404) => NOT_FOUND,
        Some(405) => METHOD,
        Some(408) => TIMEOUT,
        Some(_) | None => CLIENT_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_fail_has_its_cause() {
        let check = |outcome: &str, status, looks, expect: &str| {
            let found = of(outcome, status, looks);
            assert_eq!(found.cause, expect, "{outcome} {status:?} {looks:?}");
            assert!(found.hint_en.is_ascii() && !found.hint_zh.is_ascii(), "{expect}");
        };
        check("acknowledged", Some(200), Some("text"), "delivered");
        check("resolve", None, None, "dns");
        check("connect", None, None, "tcp");
        check("tls", None, None, "tls");
        check("deadline", None, None, "timeout");
        check("broken", None, None, "broken");
        check("url_refused", None, None, "address");
        check("address_refused", None, None, "address");
        check("redirect", Some(302), Some("empty"), "redirect");
        check("redirect", Some(302), Some("login_page"), "login_page");
        check("body_not_success", Some(200), Some("json"), "body_not_success");
        check("nothing_to_tell", None, None, "nothing_to_tell");
        check("body_not_success", Some(200), Some("login_page"), "login_page");
        check("client_error", Some(403), Some("firewall"), "firewall");
        check("client_error", Some(403), Some("json"), "unauthorized");
        check("client_error", Some(404), Some("html"), "not_found");
        check("client_error", Some(405), None, "method");
        check("client_error", Some(408), None, "timeout");
        check("client_error", Some(422), Some("json"), "client_error");
        check("gone", Some(410), Some("html"), "gone");
        check("asked_to_wait", Some(429), Some("text"), "asked_to_wait");
        check("asked_to_wait", Some(503), Some("firewall"), "firewall");
        check("server_error", Some(500), Some("html"), "server_error");
        for broker in ["login", "refused", "unroutable", "rejected"] {
            check(broker, None, None, "broker");
        }
        check("something new", None, None, "unknown");
    }
}
