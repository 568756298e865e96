//! Alipay in each of its modes.

use paymux_sandbox::{Channel, Product};
use paymux_tests::config::{Setup, mode};
use paymux_tests::rig::Rig;

use super::sale::Sale;
use super::till;

async fn account(alipay_mode: String, setup: Setup) -> Rig {
    Rig::start(Setup { alipay_mode, ..setup }).await
}

fn sale(rig: &Rig, product: Product) -> Sale<'_> {
    Sale::of(rig, Channel::Alipay, product)
}

/// Every product, paid and returned.
async fn sells(rig: &Rig) {
    use Product::{App, H5, Jsapi, MiniProgram, Page, Qr};
    let [qr, page, h5, app] = [Qr, Page, H5, App].map(|it| sale(rig, it));
    let [jsapi, mini] = [Jsapi, MiniProgram].map(|it| sale(rig, it));
    tokio::join!(
        qr.is_paid_and_returned(),
        page.is_paid_and_returned(),
        h5.is_paid_and_returned(),
        app.is_paid_and_returned(),
        jsapi.is_paid_and_returned(),
        mini.is_paid_and_returned(),
        till::charges_once(rig, Channel::Alipay),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn alipay_sells_every_product() {
    use Product::{App, H5, Jsapi, MiniProgram, Page, Qr};
    let rig = account(mode::public_key(), Setup::default()).await;
    let [qr, page, h5, app] = [Qr, Page, H5, App].map(|it| sale(&rig, it));
    let [jsapi, mini] = [Jsapi, MiniProgram].map(|it| sale(&rig, it));
    tokio::join!(qr.works(), page.works(), h5.works(), app.works(), jsapi.works(), mini.works());
}

#[tokio::test(flavor = "multi_thread")]
async fn alipay_sells_by_forms_and_by_codes_of_the_other_contract() {
    let more = "\npage_form = \"post\"\nqr_product_code = \"QR_CODE_OFFLINE\"";
    sells(&account(mode::public_key() + more, Setup::default()).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn alipay_believes_certificates() {
    let setup = Setup { sandbox: |it| it.alipay_certificates = true, ..Setup::default() };
    sells(&account(mode::certificates(), setup).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn alipay_seals_with_aes() {
    let more = "\naes_key = \"file:keys/alipay-aes-key.txt\"";
    sells(&account(mode::public_key() + more, Setup::default()).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn alipay_writes_gbk() {
    let more = "\ncharset = \"GBK\"";
    sells(&account(mode::public_key() + more, Setup::default()).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn alipay_signs_with_sha1() {
    let setup = Setup { sandbox: |it| it.alipay_rsa1 = true, ..Setup::default() };
    sells(&account(mode::public_key() + "\nsign_type = \"RSA\"", setup).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn alipay_sells_for_a_merchant_of_a_provider() {
    sells(&account(mode::alipay_provider(), Setup::default()).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn alipay_charges_at_a_till() {
    till::charges(&account(mode::public_key(), Setup::default()).await, Channel::Alipay).await;
}
