//! Free ports for all that listens.

use std::net::TcpListener;

#[derive(Clone, Copy)]
pub(super) struct Ports {
    pub(super) public: u16,
    pub(super) admin: u16,
    pub(super) ops: u16,
    pub(super) sandbox: u16,
    pub(super) sandbox_tls: u16,
    pub(super) merchants: u16,
    pub(super) relay: u16,
}

impl Ports {
    /// All are held until all are chosen, so that no port is chosen twice.
    pub(super) fn choose() -> std::io::Result<Self> {
        let held: Vec<_> =
            (0..7).map(|_| TcpListener::bind("127.0.0.1:0")).collect::<Result<_, _>>()?;
        let port = |index: usize| held[index].local_addr().map(|it| it.port());
        Ok(Self {
            public: port(0)?,
            admin: port(1)?,
            ops: port(2)?,
            sandbox: port(3)?,
            sandbox_tls: port(4)?,
            merchants: port(5)?,
            relay: port(6)?,
        })
    }

    /// As `paymux sandbox init` writes them, and as they are here.
    pub(super) const fn written(&self) -> [(u16, u16); 6] {
        [
            (8080, self.public),
            (8081, self.admin),
            (8082, self.ops),
            (9100, self.sandbox),
            (9143, self.sandbox_tls),
            (9200, self.merchants),
        ]
    }
}
