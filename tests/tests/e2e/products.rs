//! Every product of both channels in every mode, through all that can become of an order.

mod alipay;
mod combined;
mod identify;
mod payer;
mod sale;
mod till;
mod wechat;
mod wechat_v2;
