//! The methods that are simulated, and what each is to the faults and to the books.

use crate::books::Product;
use crate::fault::Operation;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Api {
    Precreate,
    PagePay,
    WapPay,
    AppPay,
    Create,
    Pay,
    Query,
    Close,
    Cancel,
    Refund,
    RefundQuery,
    OauthToken,
    AppToken,
    CertDownload,
    BillAddress,
    Transfer,
    TransferQuery,
}

const METHODS: [(&str, Api); 17] = [
    ("alipay.trade.precreate", Api::Precreate),
    ("alipay.trade.page.pay", Api::PagePay),
    ("alipay.trade.wap.pay", Api::WapPay),
    ("alipay.trade.app.pay", Api::AppPay),
    ("alipay.trade.create", Api::Create),
    ("alipay.trade.pay", Api::Pay),
    ("alipay.trade.query", Api::Query),
    ("alipay.trade.close", Api::Close),
    ("alipay.trade.cancel", Api::Cancel),
    ("alipay.trade.refund", Api::Refund),
    ("alipay.trade.fastpay.refund.query", Api::RefundQuery),
    ("alipay.system.oauth.token", Api::OauthToken),
    ("alipay.open.auth.token.app", Api::AppToken),
    ("alipay.open.app.alipaycert.download", Api::CertDownload),
    ("alipay.data.dataservice.bill.downloadurl.query", Api::BillAddress),
    ("alipay.fund.trans.uni.transfer", Api::Transfer),
    ("alipay.fund.trans.common.query", Api::TransferQuery),
];

/// Real methods that the application has not signed for here.
const UNSIGNED: [&str; 5] = [
    "alipay.fund.",
    "alipay.trade.order.",
    "alipay.trade.royalty.",
    "alipay.data.",
    "alipay.commerce.",
];

impl Api {
    pub(super) fn named(method: &str) -> Option<Self> {
        METHODS.iter().find(|(name, _)| *name == method).map(|(_, api)| *api)
    }

    /// A method of Alipay's that this application may not call.
    pub(super) fn exists_elsewhere(method: &str) -> bool {
        UNSIGNED.iter().any(|prefix| method.starts_with(prefix))
    }

    /// Opened by the payer's browser: it answers with pages.
    pub(super) fn is_page(self) -> bool {
        matches!(self, Self::PagePay | Self::WapPay)
    }

    /// `None` for what opens no order.
    pub(super) fn product(self, mini_program: bool) -> Option<Product> {
        match self {
            Self::Precreate => Some(Product::Qr),
            Self::PagePay => Some(Product::Page),
            Self::WapPay => Some(Product::H5),
            Self::AppPay => Some(Product::App),
            Self::Create if mini_program => Some(Product::MiniProgram),
            Self::Create => Some(Product::Jsapi),
            Self::Pay => Some(Product::Barcode),
            Self::Query
            | Self::Close
            | Self::Cancel
            | Self::Refund
            | Self::RefundQuery
            | Self::OauthToken
            | Self::AppToken
            | Self::CertDownload
            | Self::BillAddress
            | Self::Transfer
            | Self::TransferQuery => None,
        }
    }

    pub(super) fn operation(self) -> Operation {
        match self {
            Self::Precreate
            | Self::PagePay
            | Self::WapPay
            | Self::AppPay
            | Self::Create
            | Self::Pay => Operation::Pay,
            Self::Query => Operation::Query,
            Self::Close => Operation::Close,
            Self::Cancel => Operation::Reverse,
            Self::Refund => Operation::Refund,
            Self::RefundQuery => Operation::RefundQuery,
            Self::OauthToken => Operation::Identify,
            Self::AppToken => Operation::Token,
            Self::CertDownload => Operation::Certificates,
            Self::BillAddress => Operation::Bill,
            Self::Transfer => Operation::Transfer,
            Self::TransferQuery => Operation::TransferQuery,
        }
    }

    /// At a till or by its code: three hours. Everything else: fifteen days.
    pub(super) fn is_face_to_face(self) -> bool {
        matches!(self, Self::Precreate | Self::Pay)
    }
}
