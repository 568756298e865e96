//! What the console says, in English and in Chinese.

use http::HeaderMap;
use http::header::{ACCEPT_LANGUAGE, COOKIE};

/// The cookie that keeps a choice.
pub(super) const COOKIE_NAME: &str = "paymux_lang";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    Chinese,
}

macro_rules! words {
    ($($name:ident: $english:literal, $chinese:literal;)*) => {
        pub(super) struct Words {
            /// As in the attribute `lang`.
            pub(super) code: &'static str,
            pub(super) other_code: &'static str,
            $(pub(super) $name: &'static str,)*
        }

        const ENGLISH: Words = Words { code: "en", other_code: "zh", $($name: $english,)* };
        const CHINESE: Words = Words { code: "zh-CN", other_code: "en", $($name: $chinese,)* };
    };
}

words! {
    title: "Paymux console", "Paymux 控制台";
    log_in: "Log in", "登录";
    log_out: "Log out", "退出登录";
    user: "User", "用户";
    password: "Password or token", "密码或令牌";
    wrong: "The user or the password is wrong.", "用户名或密码错误。";
    overview: "Overview", "概览";
    payments: "Payments", "支付";
    transfers: "Transfers", "打款";
    deliveries: "Deliveries", "通知投递";
    accounts: "Accounts", "渠道账户";
    routing: "Routing", "路由";
    differences: "Differences", "对账差异";
    difference_kind: "Kind", "类型";
    undecided: "undecided", "未处理";
    bill_day: "Day of the bill", "账单日";
    in_bill: "Bill", "渠道账单";
    in_books: "Our books", "本方账簿";
    reason: "Reason", "原因";
    audit: "Audit log", "审计日志";
    skip: "Skip to the content", "跳到正文";
    language: "中文", "English";
    number: "Number", "单号";
    number_hint: "Payment, order_no, out_trade_no, refund, event or the channel's number", "支付单号、商户订单号、out_trade_no、退款单号、事件号或渠道交易号";
    transfer_hint: "Transfer or out_bill_no, or with its merchant a transfer_no", "打款单号、out_bill_no，或与商户一起输入商户打款单号";
    held_note: "Held until somebody allows them, the oldest first.", "等待批准的打款，最早的在前。";
    title_of: "Title", "标题";
    payee: "Payee", "收款人";
    approved_by: "Allowed by", "批准人";
    approve: "Allow", "批准";
    decline: "Decline", "拒绝";
    merchant: "Merchant", "商户";
    status: "Status", "状态";
    any: "any", "不限";
    from: "From (UTC)", "起始时间（UTC）";
    to: "To (UTC)", "截止时间（UTC）";
    search: "Search", "查询";
    created: "Created", "创建时间";
    amount: "Amount", "金额";
    subject: "Subject", "商品";
    account: "Account", "账户";
    nothing: "Nothing was found.", "没有找到记录。";
    next_page: "Next page", "下一页";
    timeline: "Timeline", "时间线";
    endpoint: "Endpoint", "接收端";
    event: "Event", "事件";
    attempts: "Attempts", "尝试次数";
    cause: "Diagnosis", "诊断";
    hint: "What to do", "处理建议";
    replay: "Send again", "重新发送";
    replay_range: "Send again what failed in a time", "重发一段时间内失败的通知";
    test: "Send a test event", "发送测试事件";
    enable: "Enable", "启用";
    disable: "Disable", "停用";
    failing: "Not delivered", "未送达";
    none_failing: "Everything was delivered.", "全部已送达。";
    channel: "Channel", "渠道";
    health: "Breaker", "熔断器";
    calls: "Calls", "调用";
    today: "Taken today", "今日收款";
    certificate: "Certificate days left", "证书剩余天数";
    method: "Method", "支付方式";
    explain: "Explain", "解释";
    chosen: "Chosen account", "选中账户";
    at: "Time", "时间";
    role: "Role", "角色";
    address: "Address", "地址";
    action: "Action", "操作";
    object: "Object", "对象";
    outcome: "Outcome", "结果";
    verify: "Verify the chain", "校验哈希链";
    whole: "The log is whole. Entries: ", "日志完整。条目数：";
    broken: "The first broken entry is number ", "第一条被破坏的条目编号为 ";
    tasks: "Tasks open", "待处理任务";
    due: "Tasks due", "到期任务";
    events_rate: "Events per second", "每秒事件数";
    calls_rate: "Channel calls per second", "每秒渠道调用数";
    version: "Version", "版本";
    done: "Done.", "已完成。";
    back: "Back", "返回";
    details: "Details", "详情";
    refused: "Not possible", "无法完成";
    refused_note: "Try again, or go back.", "请重试，或返回上一页。";
    unknown: "Not logged in", "尚未登录";
    unknown_note: "This is for programs that show a token. People log in to the console.", "此地址供持有令牌的程序使用，请从控制台登录。";
    forbidden: "Not allowed", "没有权限";
    forbidden_note: "Your role does not allow this, or the page was not loaded from here.", "您的角色没有此权限，或请求不是从本页面发出的。";
    missing: "Nothing is here", "页面不存在";
    missing_note: "Look at the address again, or begin at the first page.", "请检查地址，或从首页重新开始。";
    too_often: "Too often", "操作过于频繁";
    too_often_note: "Wait for a while, then try again.", "请稍候再试。";
    to_console: "To the console", "返回控制台";
    reference: "Request", "请求编号";
    needs_merchant: "Choose a merchant, or give a number.", "请选择商户，或输入单号。";
}

impl Language {
    pub(super) const fn words(self) -> &'static Words {
        match self {
            Self::English => &ENGLISH,
            Self::Chinese => &CHINESE,
        }
    }

    pub(super) fn from_code(code: &str) -> Option<Self> {
        match code {
            "en" => Some(Self::English),
            "zh" => Some(Self::Chinese),
            _ => None,
        }
    }

    /// What was chosen, else what the browser likes better.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let cookies = headers.get_all(COOKIE).iter().filter_map(|it| it.to_str().ok());
        let mut pairs = cookies.flat_map(|it| it.split(';')).map(str::trim);
        let chosen = pairs.find_map(|it| it.strip_prefix(COOKIE_NAME)?.strip_prefix('='));
        let liked = || {
            let liked = headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?;
            liked.split(',').find_map(|it| Self::from_code(it.trim().get(..2)?))
        };
        chosen.and_then(Self::from_code).or_else(liked).unwrap_or(Self::English)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_choice_comes_before_the_browsers_liking() {
        let check = |liked: &str, cookie: &str, expect| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, liked.parse().unwrap());
            headers.insert(COOKIE, cookie.parse().unwrap());
            assert_eq!(Language::of(&headers), expect, "{liked} {cookie}");
        };
        check("en-GB,en;q=0.9", "a=b", Language::English);
        check("zh-CN,zh;q=0.9,en;q=0.8", "a=b", Language::Chinese);
        check("fr,zh;q=0.5", "a=b", Language::Chinese);
        check("", "", Language::English);
        check("zh-CN", "a=b; paymux_lang=en", Language::English);
        check("en", "paymux_lang=zh", Language::Chinese);
        check("en", "paymux_lang=<script>", Language::English);
    }
}
