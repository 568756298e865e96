//! `cgi-bin/token` and `cgi-bin/stable_token`.

use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{Query, Request, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{Failed, answered, check, failed};
use crate::clock;
use crate::fault::Operation;
use crate::shared::Shared;

const MAX_BODY_BYTES: usize = 4 * 1024;

#[derive(Deserialize)]
pub(super) struct Asked {
    grant_type: String,
    appid: String,
    secret: String,
    #[serde(default)]
    force_refresh: bool,
}

impl Asked {
    fn check(&self, shared: &Shared) -> Result<(), Failed> {
        if self.grant_type != "client_credential" {
            return failed(40_002, "invalid grant_type");
        }
        check(shared, &self.appid, &self.secret)
    }
}

pub(super) async fn classic(
    State(shared): State<Arc<Shared>>,
    Query(asked): Query<Asked>,
) -> Response {
    let act = || {
        asked.check(&shared)?;
        Ok(said(shared.wechat.tokens().classic(&asked.appid, clock::now())))
    };
    answered(&shared, Operation::Token, act).await
}

pub(super) async fn stable(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let body = to_bytes(request.into_body(), MAX_BODY_BYTES).await.unwrap_or_default();
    let act = || {
        let asked: Asked =
            serde_json::from_slice(&body).or_else(|_| failed(47_001, "data format error"))?;
        asked.check(&shared)?;
        let force = asked.force_refresh;
        Ok(said(shared.wechat.tokens().stable(&asked.appid, force, clock::now())))
    };
    answered(&shared, Operation::Token, act).await
}

fn said((token, expires_in): (String, u64)) -> Value {
    json!({ "access_token": token, "expires_in": expires_in })
}
