//! The documented refusals: which class a `sub_code` belongs to, and the lists that amounts select.

use super::answer::Node;
use super::transfer::{QUERY as TRANSFER_QUERY, TRANSFER};
use crate::fault::Operation;

/// A `sub_code` and its `sub_msg`.
pub(crate) type Listed = (&'static str, &'static str);

/// 20000 to 40006 by their sub_codes; whatever is not listed is a refusal by the business.
const COMMON: &[(&str, &str, &[Listed])] = &[
    (
        "20000",
        "Service Currently Unavailable",
        &[("isp.unknow-error", "系统繁忙"), ("aop.unknow-error", "系统繁忙")],
    ),
    (
        "20001",
        "Insufficient Token Permissions",
        &[
            ("aop.invalid-auth-token", "无效的访问令牌"),
            ("aop.auth-token-time-out", "访问令牌已过期"),
            ("aop.invalid-app-auth-token", "无效的应用授权令牌"),
            ("aop.invalid-app-auth-token-no-api", "应用授权令牌未授权当前接口"),
            ("aop.app-auth-token-time-out", "应用授权令牌已过期"),
            ("aop.no-product-reg-by-partner", "商家未签约产品"),
        ],
    ),
    (
        "40001",
        "Missing Required Arguments",
        &[
            ("isv.missing-method", "缺少方法名参数"),
            ("isv.missing-signature", "缺少签名参数"),
            ("isv.missing-signature-type", "缺少签名类型参数"),
            ("isv.missing-signature-key", "缺少签名配置"),
            ("isv.missing-app-id", "缺少appId参数"),
            ("isv.missing-timestamp", "缺少时间戳参数"),
            ("isv.missing-version", "缺少版本参数"),
            ("isv.decryption-error-missing-encrypt-type", "解密出错, 未指定加密算法"),
            ("isv.missing-app-cert-sn", "缺少应用公钥证书序列号"),
            ("isv.missing-alipay-root-cert-sn", "缺少支付宝根证书序列号"),
        ],
    ),
    (
        "40002",
        "Invalid Arguments",
        &[
            ("isv.invalid-parameter", "参数无效"),
            ("isv.invalid-method", "不存在的方法名"),
            ("isv.invalid-format", "无效的数据格式"),
            ("isv.invalid-signature-type", "无效的签名类型"),
            ("isv.invalid-signature", "无效签名"),
            ("isv.invalid-app-id", "无效的AppID参数"),
            ("isv.invalid-timestamp", "非法的时间戳参数"),
            ("isv.invalid-charset", "字符集错误"),
            ("isv.illegal-json", "biz_content不是合法的JSON"),
            ("isv.suspected-attack", "请求可疑"),
            ("isv.forbidden-api", "禁止调用的接口"),
            ("isv.not-online-app", "应用未上线"),
            ("isv.invalid-openid", "无效的openid"),
            ("isv.app-cert-expired", "应用公钥证书已过期"),
            ("isv.app-cert-not-exist", "应用公钥证书不存在"),
            ("isv.alipay-cert-not-exist", "支付宝公钥证书不存在"),
            ("isv.invalid-alipay-root-cert-sn", "支付宝根证书序列号不正确"),
        ],
    ),
    (
        "40003",
        "Insufficient Conditions",
        &[
            ("isv.invalid-auth-relations", "无效的授权关系"),
            ("isv.missing-signature-config", "验签出错, 未配置对应签名算法的公钥或者证书"),
            ("isv.decryption-error-unknown", "解密出错, 未知错误"),
        ],
    ),
    (
        "40005",
        "Call Limited",
        &[
            ("isv.app-call-limited", "应用调用次数超限"),
            ("isv.method-call-limited", "接口调用次数超限"),
        ],
    ),
    (
        "40006",
        "Insufficient Permissions",
        &[
            ("isv.insufficient-isv-permissions", "权限不足"),
            ("isv.insufficient-user-permissions", "用户权限不足"),
            ("isv.self-invoke-forbidden", "应用不允许自调用"),
        ],
    ),
];

/// What new orders are refused with: at a till, by a code, on a page.
const PAY: &[Listed] = &[
    ("ACQ.SYSTEM_ERROR", "接口返回错误"),
    ("ACQ.INVALID_PARAMETER", "参数无效"),
    ("ACQ.ACCESS_FORBIDDEN", "无权限使用接口"),
    ("ACQ.PARTNER_ERROR", "应用APP_ID填写错误"),
    ("ACQ.MERCHANT_AGREEMENT_NOT_EXIST", "商家协议不存在"),
    ("ACQ.MERCHANT_AGREEMENT_INVALID", "商家协议已失效"),
    ("ACQ.MERCHANT_STATUS_NOT_NORMAL", "商户协议状态非正常状态"),
    ("ACQ.SELLER_BEEN_BLOCKED", "商家账号被冻结"),
    ("ACQ.SELLER_NOT_EXIST", "卖家不存在"),
    ("ACQ.TRADE_HAS_SUCCESS", "交易已被支付"),
    ("ACQ.TRADE_HAS_CLOSE", "交易已经关闭"),
    ("ACQ.CONTEXT_INCONSISTENT", "交易信息被篡改"),
    ("ACQ.TRADE_BUYER_NOT_MATCH", "交易买家不匹配"),
    ("ACQ.PAYMENT_AUTH_CODE_INVALID", "支付失败，获取顾客账户信息失败"),
    ("ACQ.BUYER_BALANCE_NOT_ENOUGH", "买家余额不足"),
    ("ACQ.BUYER_BANKCARD_BALANCE_NOT_ENOUGH", "用户银行卡余额不足"),
    ("ACQ.ERROR_BALANCE_PAYMENT_DISABLE", "余额支付功能关闭"),
    ("ACQ.BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR", "买家付款日限额超限"),
    ("ACQ.BUYER_PAYMENT_AMOUNT_MONTH_LIMIT_ERROR", "买家付款月额度超限"),
    ("ACQ.NO_PAYMENT_INSTRUMENTS_AVAILABLE", "没用可用的支付工具"),
    ("ACQ.PAYMENT_FAIL", "支付失败"),
    ("ACQ.BUYER_ENABLE_STATUS_FORBID", "买家状态非法"),
    ("ACQ.ERROR_BUYER_CERTIFY_LEVEL_LIMIT", "买家未通过人行认证"),
    ("ACQ.PULL_MOBILE_CASHIER_FAIL", "唤起移动收银台失败"),
    ("ACQ.MOBILE_PAYMENT_SWITCH_OFF", "用户的无线支付开关关闭"),
    ("ACQ.USER_FACE_PAYMENT_SWITCH_OFF", "用户当面付付款开关关闭"),
    ("ACQ.BUYER_SELLER_EQUAL", "买卖家不能相同"),
    ("ACQ.EXIST_FORBIDDEN_WORD", "订单信息中包含违禁词"),
    ("ACQ.TOTAL_FEE_EXCEED", "订单总金额不在允许范围内"),
    ("ACQ.NOW_TIME_AFTER_EXPIRE_TIME_ERROR", "当前时间已超过允许支付的时间"),
    ("ACQ.SUB_GOODS_SIZE_MAX_COUNT", "子商品明细超长"),
    ("ACQ.INVALID_STORE_ID", "商户门店编号无效"),
    ("ACQ.RISK_MERCHANT_IP_NOT_EXIST", "当前交易未传入IP信息"),
    ("ACQ.BEYOND_PAY_RESTRICTION", "商户收款额度超限"),
    ("ACQ.BEYOND_PER_RECEIPT_RESTRICTION", "商户收款金额超过月限额"),
    ("ACQ.BEYOND_PER_RECEIPT_DAY_RESTRICTION", "商户收款金额超过日限额"),
    ("ACQ.BEYOND_PER_RECEIPT_SINGLE_RESTRICTION", "商户收款单笔限额超限"),
    ("ACQ.MERCHANT_PERM_RECEIPT_SUSPEND_LIMIT", "商户暂停收款"),
    ("ACQ.MERCHANT_PERM_RECEIPT_SINGLE_LIMIT", "超过单笔收款限额"),
    ("ACQ.MERCHANT_PERM_RECEIPT_DAY_LIMIT", "超过单日累计收款额度"),
    ("ACQ.REQUEST_AMOUNT_EXCEED", "商户请求金额超限"),
    ("ACQ.PRODUCT_AMOUNT_LIMIT_ERROR", "产品额度超限"),
    ("ACQ.PAYMENT_REQUEST_HAS_RISK", "支付有风险"),
    ("ACQ.APPLY_PC_MERCHANT_CODE_ERROR", "申请二维码失败"),
    ("ACQ.OPEN_ID_NOT_TINY_APP", "openid不是小程序的"),
    ("ACQ.UNBOUND_APPLICATION", "应用未绑定"),
    ("ACQ.PRODUCT_NOT_SUPPORT_IN_TINY_APP", "小程序不支持该产品"),
    ("ACQ.PAYER_UNMATCHED", "付款方不匹配"),
    ("AQC.SYSTEM_ERROR", "系统错误"),
];

const QUERY: &[Listed] = &[
    ("ACQ.SYSTEM_ERROR", "系统错误"),
    ("ACQ.INVALID_PARAMETER", "参数无效"),
    ("ACQ.TRADE_NOT_EXIST", "交易不存在"),
];

const CLOSE: &[Listed] = &[
    ("ACQ.SYSTEM_ERROR", "系统异常"),
    ("ACQ.INVALID_PARAMETER", "参数无效"),
    ("ACQ.TRADE_NOT_EXIST", "交易不存在"),
    ("ACQ.TRADE_STATUS_ERROR", "交易状态不合法"),
    ("ACQ.REASON_TRADE_STATUS_INVALID", "交易状态异常"),
    ("ACQ.REASON_ILLEGAL_STATUS", "交易状态异常"),
];

const CANCEL: &[Listed] = &[
    ("ACQ.SYSTEM_ERROR", "系统异常"),
    ("AQC.SYSTEM_ERROR", "系统异常"),
    ("ACQ.INVALID_PARAMETER", "参数无效"),
    ("ACQ.SELLER_BALANCE_NOT_ENOUGH", "商户的支付宝账户中无足够的资金进行撤销"),
    ("ACQ.TRADE_HAS_FINISHED", "交易已完结"),
    ("ACQ.TRADE_CANCEL_TIME_OUT", "超过撤销时间范围"),
    ("ACQ.CANCEL_NOT_ALLOWED", "交易不允许撤销"),
    ("ACQ.REASON_TRADE_REFUND_FEE_ERR", "退款金额无效"),
    ("ACQ.REASON_TRADE_BEEN_FREEZEN", "当前交易被冻结，不允许进行撤销"),
];

const REFUND: &[Listed] = &[
    ("ACQ.SYSTEM_ERROR", "系统错误"),
    ("ACQ.INVALID_PARAMETER", "参数无效"),
    ("ACQ.SELLER_BALANCE_NOT_ENOUGH", "卖家余额不足"),
    ("ACQ.TRADE_HAS_FINISHED", "交易已完结"),
    ("ACQ.TRADE_NOT_ALLOW_REFUND", "当前交易不允许退款"),
    ("ACQ.NOT_ALLOW_PARTIAL_REFUND", "不支持部分退款"),
    ("ACQ.ONLINE_TRADE_VOUCHER_NOT_ALLOW_REFUND", "交易不允许退款"),
    ("ACQ.TRADE_STATUS_ERROR", "交易状态非法"),
    ("ACQ.REFUND_FEE_ERROR", "交易退款金额有误"),
    ("ACQ.REASON_TRADE_REFUND_FEE_ERR", "退款金额无效"),
    ("ACQ.BUYER_ERROR", "买家状态异常"),
    ("ACQ.TRADE_HAS_CLOSE", "交易已经关闭"),
    ("ACQ.REASON_TRADE_BEEN_FREEZEN", "请求退款的交易被冻结"),
    ("ACQ.REFUNDALLOC_UNAUTH_LIMIT", "未授权的分账退款"),
    ("ACQ.REFUND_ROYALTY_PAYEE_ACCOUNT_NOT_EXIST", "退分账的收入方账户不存在"),
    ("ACQ.ALLOC_AMOUNT_VALIDATE_ERROR", "退分账金额超限"),
    ("ACQ.TRADE_NOT_EXIST", "交易不存在"),
    ("ACQ.DISCORDANT_REPEAT_REQUEST", "不一致的重复请求"),
    ("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", "撤销或退款金额与订单金额不一致"),
];

const REFUND_QUERY: &[Listed] = &[
    ("ACQ.SYSTEM_ERROR", "系统错误"),
    ("ACQ.INVALID_PARAMETER", "参数无效"),
    ("ACQ.TRADE_NOT_EXIST", "查询退款的交易不存在"),
    ("TRADE_NOT_EXIST", "查询退款的交易不存在"),
];

/// The codes that amounts select for an operation, the first at one fen.
pub(crate) fn listed(operation: Operation) -> Vec<Listed> {
    let own = match operation {
        Operation::Pay => PAY,
        Operation::Query => QUERY,
        Operation::Close => CLOSE,
        Operation::Reverse => CANCEL,
        Operation::Refund => REFUND,
        Operation::RefundQuery => REFUND_QUERY,
        Operation::Transfer => TRANSFER,
        Operation::TransferQuery => TRANSFER_QUERY,
        Operation::Any => {
            return COMMON.iter().flat_map(|(_, _, codes)| codes.iter().copied()).collect();
        }
        Operation::Certificates
        | Operation::Identify
        | Operation::Token
        | Operation::Bill
        | Operation::TransferCancel
        | Operation::Notify => &[],
    };
    own.to_vec()
}

/// The refusal that a `sub_code` names, under the code of its class.
pub(super) fn refused(sub_code: &str) -> Node {
    for (code, msg, codes) in COMMON {
        if let Some((_, text)) = codes.iter().find(|(own, _)| *own == sub_code) {
            return Node::refused(code, msg, sub_code, text);
        }
    }
    let lists = [PAY, CANCEL, REFUND, CLOSE, QUERY, REFUND_QUERY, TRANSFER, TRANSFER_QUERY];
    let known = lists.iter().flat_map(|list| list.iter()).find(|(own, _)| *own == sub_code);
    Node::failed(sub_code, known.map_or("沙箱指定的错误", |(_, text)| text))
}

/// The refusal at a place of an operation's list, from 1.
pub(super) fn at(operation: Operation, place: usize) -> Option<Node> {
    let (sub_code, _) = *listed(operation).get(place.checked_sub(1)?)?;
    Some(refused(sub_code))
}
