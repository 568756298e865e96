//! What every fuzz target stands on: accounts with the vectors' keys, and three ways to make a
//! message of the fuzzer's bytes: as they are, as changes of a genuine message, and as the content
//! of a message that is signed with the channel's own key, so that reading it is reached, too.

pub mod alipay;
pub mod bills;
pub mod targets;
pub mod wechat;
pub mod wechat_v2;

use paymux_channel::{
    Bill, BillKind, Call, Notification, Operation, Pay, RefundCall, TransferCall, VerifyError,
};
use paymux_core::payment::{AuthCode, Method, Payer};
use paymux_core::route::Day;
use paymux_core::transfer::{Kind, Payee, PayeeKind, Scene};
use paymux_core::{AttemptId, Currency, Money, PaymentId, RefundId, Timestamp, TransferId};

/// Feeds the target of this name.
pub fn run(target: &str, bytes: &[u8]) {
    let named = targets::TARGETS.iter().find(|it| it.0 == target);
    let (_, feed) = named.unwrap_or_else(|| panic!("there is no target {target}"));
    feed(bytes);
}

/// How the bytes become a message.
pub enum Way<'a> {
    Raw(&'a [u8]),
    Changed(&'a [u8]),
    Signed(&'a [u8]),
}

impl<'a> Way<'a> {
    pub fn of(bytes: &'a [u8]) -> Option<Self> {
        let (first, rest) = bytes.split_first()?;
        Some(match first % 3 {
            0 => Self::Raw(rest),
            1 => Self::Changed(rest),
            _ => Self::Signed(rest),
        })
    }
}

/// Each four bytes are an edit: where (two bytes), what is done there, and with which byte.
pub fn changed(genuine: &[u8], edits: &[u8]) -> Vec<u8> {
    let mut text = genuine.to_vec();
    for edit in edits.chunks_exact(4).take(16) {
        let &[high, low, kind, byte] = edit else { continue };
        if text.is_empty() {
            break;
        }
        let at = usize::from(u16::from_be_bytes([high, low])) % text.len();
        match kind % 4 {
            0 => text[at] = byte,
            1 => text[at] ^= byte,
            2 => text.insert(at, byte),
            _ => drop(text.remove(at)),
        }
    }
    text
}

/// A changed message is refused, or says the very same: percent signs have two spellings.
pub fn same_or_refused(genuine: &Notification, read: Result<Notification, VerifyError>) {
    if let Ok(read) = read {
        assert_eq!(read, *genuine, "a changed message was accepted");
    }
}

pub fn attempt(now: Timestamp) -> AttemptId {
    let payment = PaymentId::new(now, &"shop".parse().expect("a name"), 42);
    AttemptId { payment, number: 1 }
}

pub fn call(now: Timestamp) -> Call {
    Call {
        now,
        nonce: [7; 16],
        notify_url: "https://pay.example.com/notify/a".into(),
        return_url: "https://pay.example.com/return/a".into(),
    }
}

/// Every question whose answer is read.
pub fn operations(now: Timestamp) -> Vec<Operation> {
    let attempt = attempt(now);
    let pays = Method::ALL.map(|method| Operation::Pay(pay(now, method)));
    let asked = [
        Operation::Query { attempt },
        Operation::Close { attempt },
        Operation::Reverse { attempt },
        Operation::Refund(refund(now)),
        Operation::QueryRefund(refund(now)),
        Operation::PlatformKeys { serial: None },
        Operation::Bill(Bill { kind: BillKind::Trade, day: Day(20_000) }),
    ];
    let transfer = Box::new(transfer(now));
    let transfers = [
        Operation::Transfer(transfer.clone()),
        Operation::QueryTransfer(transfer.clone()),
        Operation::CancelTransfer(transfer),
    ];
    pays.into_iter().chain(asked).chain(transfers).collect()
}

fn pay(now: Timestamp, method: Method) -> Pay {
    Pay {
        attempt: attempt(now),
        amount: yuan(8_888),
        subject: "茶".into(),
        method,
        expires_at: Timestamp(now.0 + 1_800_000),
        payer: Payer {
            client_ip: Some("203.0.113.7".into()),
            openid: Some("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o".into()),
            auth_code: Some(AuthCode::new("134567890123456789")),
            ..Payer::default()
        },
        splittable: false,
    }
}

fn refund(now: Timestamp) -> RefundCall {
    let attempt = attempt(now);
    RefundCall {
        refund: RefundId { payment: attempt.payment, number: 1 }.into(),
        part: None,
        attempt,
        amount: yuan(1_000),
        paid: yuan(8_888),
        reason: None,
    }
}

fn transfer(now: Timestamp) -> TransferCall {
    TransferCall {
        transfer: TransferId::new(now, &"shop".parse().expect("a name"), 42),
        amount: yuan(888),
        kind: Kind::Transfer,
        payee: Payee {
            kind: PayeeKind::OpenId,
            identity: "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o".into(),
            name: None,
            bank: None,
        },
        title: "Commission".into(),
        scene: Some(Scene {
            id: "1005".into(),
            reports: vec![("岗位类型".into(), "骑手".into()), ("报酬说明".into(), "佣金".into())],
        }),
    }
}

fn yuan(fen: i64) -> Money {
    Money::new(fen, Currency::Cny).expect("it is not negative")
}
