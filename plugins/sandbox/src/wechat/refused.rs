//! Why WeChat Pay says no, in the words of each version of its interface.

/// One reason; the rules behind it are the same in both versions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Refused {
    AppMismatch,
    OwnSubMerchant,
    NoSubMerchant,
    NoRelation,
    /// The order belongs to another merchant than the one that asks.
    OtherMerchant,
    OrderPaid,
    OrderClosed,
    OrderReversed,
    OrderUnknown,
    TransactionUnknown,
    /// The same number with other parameters.
    Differs,
    /// The number belongs to another kind of order.
    NumberUsed,
    OpenIdUnknown,
    AuthCodeUnknown,
    AuthCodeUsed,
    AuthCodeExpired,
    PayerBalance,
    OnlyReversible,
    NotReversible,
    TooLateToReverse,
    NotPaid,
    TotalDiffers,
    RefundExceeds,
    RefundsTooMany,
    RefundsTooFast,
    RefundDiffers,
    RefundNumberUsed,
    RefundUnknown,
    TooLateToRefund,
    MerchantBalance,
}

/// How a reason is said.
pub(super) struct Words {
    pub(super) v3_status: u16,
    pub(super) v3_code: &'static str,
    pub(super) v2_code: &'static str,
    pub(super) message: &'static str,
    /// The channel's internal number, after the dash of `Request-ID`; 0 where none is known.
    pub(super) number: u32,
}

type Row = (u16, &'static str, &'static str, &'static str, u32);

impl Refused {
    pub(super) fn words(self) -> Words {
        let (v3_status, v3_code, v2_code, message, number) = self.row();
        Words { v3_status, v3_code, v2_code, message, number }
    }

    /// HTTP status and code of version 3, code of version 2, text, internal number.
    fn row(self) -> Row {
        const BAD: &str = "INVALID_REQUEST";
        match self {
            Self::AppMismatch => {
                let code = "APPID_MCHID_NOT_MATCH";
                (400, code, code, "appid和mch_id不匹配", 268_445_527)
            }
            Self::OwnSubMerchant => (400, BAD, BAD, "子商户号不能为服务商自身", 268_443_705),
            Self::NoSubMerchant => (400, "PARAM_ERROR", "PARAM_ERROR", "缺少子商户号", 268_443_704),
            Self::NoRelation => (403, "NO_AUTH", "NOAUTH", "与子商户号关系校验失败", 268_443_701),
            Self::OtherMerchant => (400, BAD, "ORDERNOTEXIST", "商户号与订单不一致", 268_447_843),
            Self::OrderPaid => (400, "ORDERPAID", "ORDERPAID", "该订单已支付", 268_498_689),
            Self::OrderClosed => (400, "ORDER_CLOSED", "ORDERCLOSED", "该订单已关闭", 268_447_914),
            Self::OrderReversed => {
                (400, "ORDER_CLOSED", "ORDERREVERSED", "该订单已撤销", 268_447_914)
            }
            Self::OrderUnknown => {
                (404, "ORDER_NOT_EXIST", "ORDERNOTEXIST", "订单不存在", 268_512_771)
            }
            Self::TransactionUnknown => {
                (404, "ORDER_NOT_EXIST", "INVALID_TRANSACTIONID", "无效的订单号", 268_512_771)
            }
            Self::Differs => (400, BAD, BAD, "请求重入时，参数与首次请求时不一致", 268_498_688),
            Self::NumberUsed => {
                (403, "OUT_TRADE_NO_USED", "OUT_TRADE_NO_USED", "商户订单号重复", 0)
            }
            Self::OpenIdUnknown => (400, "PARAM_ERROR", "PARAM_ERROR", "无效的openid", 268_435_461),
            Self::AuthCodeUnknown => {
                let code = "AUTH_CODE_INVALID";
                (400, code, code, "请扫描微信支付被扫条码/二维码", 0)
            }
            Self::AuthCodeUsed => {
                let code = "AUTH_CODE_ERROR";
                (400, code, code, "每个二维码仅限使用一次，请刷新再试", 0)
            }
            Self::AuthCodeExpired => {
                let text = "二维码已过期，请用户在微信上刷新后再试";
                (400, "AUTH_CODE_EXPIRED", "AUTHCODEEXPIRE", text, 0)
            }
            Self::PayerBalance => (403, "NOT_ENOUGH", "NOTENOUGH", "用户余额不足", 0),
            Self::OnlyReversible => {
                (400, BAD, "TRADE_STATE_ERROR", "该订单只能撤销，不能关闭", 268_449_641)
            }
            Self::NotReversible => (400, BAD, "TRADE_ERROR", "只有付款码订单可以撤销", 0),
            Self::TooLateToReverse => (400, BAD, "REVERSE_EXPIRE", "订单已超过撤销期限", 0),
            Self::NotPaid => (400, BAD, "ERROR", "订单未支付，不能退款", 0),
            Self::TotalDiffers => (400, BAD, "ERROR", "订单金额与原订单不一致", 0),
            Self::RefundExceeds => (400, BAD, "ERROR", "申请退款金额大于订单可退金额", 0),
            Self::RefundsTooMany => (400, BAD, "ERROR", "超过最大部分退款次数", 0),
            Self::RefundsTooFast => {
                let code = "FREQUENCY_LIMITED";
                (429, code, code, "同一订单部分退款间隔不足1分钟", 268_447_840)
            }
            Self::RefundDiffers => {
                (400, BAD, "ERROR", "退款单号已存在，且参数与首次请求不一致", 268_498_688)
            }
            Self::RefundNumberUsed => (400, BAD, "ERROR", "退款单号已被其他订单使用", 268_498_688),
            Self::RefundUnknown => {
                (404, "RESOURCE_NOT_EXISTS", "REFUNDNOTEXIST", "退款单不存在", 0)
            }
            Self::TooLateToRefund => (400, BAD, "TRADE_OVERDUE", "订单已经超过退款期限", 0),
            Self::MerchantBalance => {
                (403, "NOT_ENOUGH", "NOTENOUGH", "基本账户余额不足，请充值后重新发起", 0)
            }
        }
    }
}
