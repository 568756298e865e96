//! WeChat Pay over APIv2, where money goes back by mutual TLS.

use paymux_sandbox::{Channel, Product};
use paymux_tests::config::{Setup, mode};
use paymux_tests::rig::Rig;

use super::sale::Sale;
use super::till;

async fn account(sign_type: &str, more: &str) -> Rig {
    let wechat_mode = mode::v2(sign_type) + &mode::wechat_products() + more;
    let setup = Setup { wechat_mode, wechat_tls: true, ..Setup::default() };
    Rig::start(Setup { sandbox: till::patient, ..setup }).await
}

fn sale(rig: &Rig, product: Product) -> Sale<'_> {
    Sale::of(rig, Channel::Wechat, product)
}

async fn sells(rig: &Rig) {
    use Product::{App, H5, Jsapi, MiniProgram, Qr};
    let [qr, h5, app, jsapi, mini] = [Qr, H5, App, Jsapi, MiniProgram].map(|it| sale(rig, it));
    tokio::join!(qr.works(), h5.works(), app.works(), jsapi.works(), mini.works());
}

#[tokio::test(flavor = "multi_thread")]
async fn wechat_v2_sells_every_product() {
    sells(&account("HMAC-SHA256", "").await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wechat_v2_signs_with_md5() {
    use Product::{App, H5, Jsapi, MiniProgram, Qr};
    let rig = account("MD5", "").await;
    let [qr, h5, app, jsapi, mini] = [Qr, H5, App, Jsapi, MiniProgram].map(|it| sale(&rig, it));
    tokio::join!(
        qr.is_paid_and_returned(),
        h5.is_paid_and_returned(),
        app.is_paid_and_returned(),
        jsapi.is_paid_and_returned(),
        mini.is_paid_and_returned(),
        till::charges_once(&rig, Channel::Wechat),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn wechat_v2_sells_for_a_sub_merchant() {
    let rig = account("HMAC-SHA256", &mode::wechat_provider()).await;
    tokio::join!(sells(&rig), till::charges_once(&rig, Channel::Wechat));
}

#[tokio::test(flavor = "multi_thread")]
async fn wechat_v2_charges_at_a_till() {
    till::charges(&account("HMAC-SHA256", "").await, Channel::Wechat).await;
}
