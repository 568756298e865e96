//! `alipay.trade.pay`: the till scans the payer's code.

use jiff::Timestamp;

use super::answer::Node;
use super::codes::{self, refused};
use super::create::{name_payer, same};
use super::query::{amounts, fund_bill_list, identify};
use super::request::Call;
use super::terms::{note, parameter, terms};
use crate::books::{Books, Channel, Charged, Code, CodeKind, Order, PayRefusal, PayerId};
use crate::clock;
use crate::fault::{MagicCode, Operation, by_payment_code};
use crate::setup::Config;

/// The answer, and the order that was paid or now waits for its payer.
pub(super) struct Rung {
    pub(super) node: Node,
    pub(super) charged: Option<Charged>,
}

struct Shown {
    payer: PayerId,
    confirm: bool,
}

pub(super) fn pay(books: &mut Books, config: &Config, call: &Call, now: Timestamp) -> Rung {
    match charge(books, config, call, now) {
        Ok(charged) => Rung { node: describe(config, &charged), charged: Some(charged) },
        Err(node) => Rung { node, charged: None },
    }
}

fn charge(
    books: &mut Books,
    config: &Config,
    call: &Call,
    now: Timestamp,
) -> Result<Charged, Node> {
    let code = auth_code(call)?;
    let mut new = terms(call, None, now)?;
    let key = (new.channel, new.out_trade_no.clone());
    let known = books.order(&key, now).map(|order| order.clone());
    if let Some(known) = &known {
        same(known, &new, &call.seller_id)?;
        let repeated = known.notes.get(note::AUTH_CODE) == Some(&code);
        if repeated && known.confirms() {
            return Ok(Charged::Confirming(Box::new(known.clone())));
        }
    }
    let shown = shown(books, &code, now)?;
    if known.as_ref().is_some_and(|known| known.payer != shown.payer) {
        return Err(refused("ACQ.TRADE_BUYER_NOT_MATCH"));
    }
    let confirm = shown.confirm || new.total.0 > config.confirm_above_fen && !always_pays(&code);
    new.payer = Some(shown.payer);
    Ok(match known {
        Some(known) if confirm => Charged::Confirming(Box::new(known)),
        Some(known) => books.charge_again(&known, now),
        None => {
            name_payer(books, &mut new);
            books.charge(new, confirm, now)
        }
    })
}

/// 16 to 24 digits from 25 to 30, or a face's `fp` and 33 characters.
fn auth_code(call: &Call) -> Result<String, Node> {
    let code = call.biz.text("auth_code").ok_or_else(|| parameter("auth_code"))?;
    let scene = call.biz.text("scene");
    if scene.is_some_and(|scene| scene != "bar_code" && scene != "security_code") {
        return Err(parameter("scene"));
    }
    let digits = (16..=24).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_digit());
    let own = code.get(..2).is_some_and(|head| ("25"..="30").contains(&head));
    let face = code.starts_with("fp") && code.len() == 35;
    if digits && own || face { Ok(code) } else { Err(refused("ACQ.PAYMENT_AUTH_CODE_INVALID")) }
}

fn shown(books: &mut Books, code: &str, now: Timestamp) -> Result<Shown, Node> {
    let first = books.payers.first(Channel::Alipay);
    match by_payment_code(code) {
        Some(MagicCode::Pays) => return Ok(Shown { payer: first, confirm: false }),
        Some(MagicCode::Confirms) => return Ok(Shown { payer: first, confirm: true }),
        Some(MagicCode::Refuses(place)) => {
            let listed = codes::at(Operation::Pay, place);
            return Err(listed.unwrap_or_else(|| refused("ACQ.PAYMENT_AUTH_CODE_INVALID")));
        }
        None => {}
    }
    match books.codes.redeem(Channel::Alipay, code, now) {
        Ok(Code { kind: CodeKind::Payment { confirm }, payer, .. }) => Ok(Shown { payer, confirm }),
        Ok(_) | Err(_) => Err(refused("ACQ.PAYMENT_AUTH_CODE_INVALID")),
    }
}

fn always_pays(code: &str) -> bool {
    by_payment_code(code) == Some(MagicCode::Pays)
}

fn describe(config: &Config, charged: &Charged) -> Node {
    match charged {
        Charged::Paid(order) => paid(config, order),
        Charged::Confirming(order) => identify(config, amounts(Node::waiting(), order, 0), order),
        Charged::Refused(PayRefusal::Balance) => refused("ACQ.BUYER_BALANCE_NOT_ENOUGH"),
        Charged::Refused(PayRefusal::AlreadyPaid) => refused("ACQ.TRADE_HAS_SUCCESS"),
        Charged::Refused(
            PayRefusal::UnknownOrder
            | PayRefusal::Closed
            | PayRefusal::Expired
            | PayRefusal::CodeExpired,
        ) => refused("ACQ.TRADE_HAS_CLOSE"),
    }
}

fn paid(config: &Config, order: &Order) -> Node {
    let node = identify(config, amounts(Node::success(), order, 0), order);
    node.with_some("gmt_payment", order.paid_at.map(clock::spaced))
        .with("fund_bill_list", fund_bill_list(order))
}
