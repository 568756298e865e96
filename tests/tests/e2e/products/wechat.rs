//! WeChat Pay over APIv3.

use paymux_sandbox::{Channel, Product};
use paymux_tests::config::{Setup, mode};
use paymux_tests::rig::Rig;

use super::sale::Sale;
use super::till;

/// What lets an account charge at a till.
const TILL: &str = "\ncodepay = true\nstore_out_id = \"A1\"";

async fn account(more: &str, setup: Setup) -> Rig {
    let wechat_mode = mode::v3() + &mode::wechat_products() + more;
    Rig::start(Setup { wechat_mode, ..setup }).await
}

fn sale(rig: &Rig, product: Product) -> Sale<'_> {
    Sale::of(rig, Channel::Wechat, product)
}

/// All that open the wallet.
async fn sells(rig: &Rig) {
    use Product::{App, H5, Jsapi, MiniProgram, Qr};
    let [qr, h5, app, jsapi, mini] = [Qr, H5, App, Jsapi, MiniProgram].map(|it| sale(rig, it));
    tokio::join!(qr.works(), h5.works(), app.works(), jsapi.works(), mini.works());
}

#[tokio::test(flavor = "multi_thread")]
async fn wechat_v3_sells_every_product() {
    sells(&account("", Setup::default()).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wechat_v3_believes_platform_certificates() {
    use Product::{App, H5, Jsapi, MiniProgram, Qr};
    let rig = account(TILL, Setup { certificates: true, ..Setup::default() }).await;
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
async fn wechat_v3_sells_for_a_sub_merchant() {
    let rig = account(&(mode::wechat_provider() + TILL), Setup::default()).await;
    tokio::join!(sells(&rig), till::charges_once(&rig, Channel::Wechat));
}

#[tokio::test(flavor = "multi_thread")]
async fn wechat_v3_charges_at_a_till() {
    let setup = Setup { sandbox: till::patient, ..Setup::default() };
    let rig = account(TILL, setup).await;
    till::charges(&rig, Channel::Wechat).await;
}
