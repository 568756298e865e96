//! The plugins that are compiled in. A new channel is one line here.

use paymux_alipay::Alipay;
use paymux_channel::Plugin;
use paymux_wechat::Wechat;

pub const PLUGINS: &[&'static dyn Plugin] = &[&Alipay, &Wechat];

pub fn plugin(kind: &str) -> Option<&'static dyn Plugin> {
    PLUGINS.iter().copied().find(|it| it.kind() == kind)
}
