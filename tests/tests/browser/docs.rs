//! Developers: the reference, a guide and a problem, in both languages.

use paymux_tests::rig::Rig;
use serde_json::json;

use super::{drive, screenshots, setup};

#[tokio::test(flavor = "multi_thread")]
async fn developers_read_in_chromium() {
    let rig = Rig::start(setup::setup()).await;
    let settings = json!({ "api": rig.api.base, "screenshots": screenshots("docs") });
    let held = drive("docs.mjs", settings).await;
    assert_eq!(held.len(), 4, "{held:#?}");
}
