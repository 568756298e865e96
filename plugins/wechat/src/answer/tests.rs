use super::*;
use crate::tests::{GENUINE, account, call, failure, unsigned};

fn kind(response: &Response) -> Result<&'static str, ParseError> {
    Answer::verify(&account(), &call(), response).map(|it| match it {
        Answer::Said(_) => "said",
        Answer::Done => "done",
        Answer::Failed(_) => "failed",
    })
}

#[test]
fn statuses() {
    let check = |status, body: &str, expected| {
        assert_eq!(kind(&GENUINE.answer(status, body.to_owned())), Ok(expected), "{status}");
    };
    check(200, "{}", "said");
    check(204, "", "done");
    // Accepted is not done.
    check(201, "{}", "failed");
    check(202, &failure("USER_PAYING"), "failed");
    check(204, "{}", "failed");
    for status in [301, 400, 401, 403, 404, 429, 500, 503] {
        check(status, &failure("X"), "failed");
        assert_eq!(kind(&unsigned(status, failure("X"))), Ok("failed"));
    }
}

#[test]
fn any_2xx_must_be_signed() {
    for status in [200, 201, 202, 204, 206, 299] {
        assert!(kind(&unsigned(status, "")).is_err(), "{status}");
    }
}
