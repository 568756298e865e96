//! The whole HTTP surface, driven by a merchant that signs and a listener that answers.

mod alipay;
mod alipay_codes;
mod alipay_modes;
mod alipay_products;
mod alipay_refund;
mod bills;
mod control;
mod faults;
mod gatekeeping;
mod inbox;
mod merchant;
mod notifications;
mod rig;
mod tls;
mod vectors;
mod wallet;
mod wechat;
mod wechat_codes;
mod wechat_more;
mod wechat_open;
mod wechat_products;
mod wechat_refund;
mod wechat_v2;
mod xml;
