//! Payments are created at a rate; afterwards their payers pay, so that each can be verified.

use anyhow::ensure;
use serde_json::{Value, json};

use super::Terms;
use crate::flock;
use crate::pace::{Answer, Pace, Run};
use crate::report::Report;
use crate::stage::Stage;
use crate::verify::Expected;

/// Every payment is of the same amount, so that the books can be checked by a product.
pub const AMOUNT: i64 = 100;

/// Payers at once, when all of them pay.
const PAYERS: usize = 32;

pub async fn run(
    stage: &Stage,
    terms: &Terms,
    report: &mut Report,
) -> anyhow::Result<Vec<Expected>> {
    let run = create(stage, terms.pace, "load").await;
    // What comes now is the payers' and the merchants' part.
    report.main("create", &run, stage)?;
    let expected = expected(run);
    pay(stage, &expected).await?;
    Ok(expected)
}

/// As many payments as arrive, by all merchants in turn.
pub async fn create(stage: &Stage, pace: Pace, name: &str) -> Run<Expected> {
    pace.run(|number| one(stage, number, format!("{name}-{number}"))).await
}

pub fn one(
    stage: &Stage,
    number: u32,
    order_no: String,
) -> impl Future<Output = anyhow::Result<Expected>> + Send + use<> {
    let (client, url) = (stage.client.clone(), stage.payments());
    let merchant = number % stage.merchants();
    let token = stage.key(merchant).to_owned();
    let body = order(stage, &order_no);
    async move {
        let (status, payment) = client.post(&url, (&token, &order_no), &body).await?;
        ensure!(status == 201, "{status} {payment}");
        let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
        let (id, out_trade_no) = (text(&payment["id"]), text(&payment["attempt"]["out_trade_no"]));
        Ok(Expected { id, out_trade_no, merchant, due: None })
    }
}

fn order(stage: &Stage, order_no: &str) -> Value {
    json!({
        "order_no": order_no, "amount": AMOUNT, "currency": "CNY",
        "subject": "Load test", "method": "qr", "channel": stage.plan.signing.channel(),
    })
}

pub fn expected(run: Run<Expected>) -> Vec<Expected> {
    let one = |it: Answer<Expected>| Expected { due: Some(it.due), ..it.it };
    run.answers.into_iter().map(one).collect()
}

/// The payers of all of these pay now.
pub async fn pay(stage: &Stage, expected: &[Expected]) -> anyhow::Result<()> {
    let channel = stage.plan.signing.channel();
    let paid = flock::of(PAYERS, expected, |it| {
        let url = stage.sandbox(&format!("/control/orders/{channel}/{}/pay", it.out_trade_no));
        let client = stage.client.clone();
        async move {
            let (status, answer) = client.post(&url, ("", "x"), &json!({})).await?;
            ensure!(status < 300, "the sandbox refused to pay: {answer}");
            Ok(())
        }
    });
    paid.await.into_iter().collect()
}
