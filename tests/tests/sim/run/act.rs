//! What happens by itself: everything that is on the agenda.

use paymux_channel::{Reply, Request};
use paymux_core::{AccountId, AttemptId};
use paymux_engine::Gateway;

use super::{Node, Run};
use crate::sim::check;
use crate::sim::merchant;
use crate::sim::node::boot;
use crate::sim::scene::{Act, Ms, Sim, State};
use crate::sim::store::SimStore;
use crate::sim::wire;

impl State {
    pub(super) fn is_due(&self) -> bool {
        self.agenda.keys().next().is_some_and(|it| it.0 <= self.now)
    }

    fn jump(&mut self, node: usize, by: Ms) {
        self.note(|| format!("node {node} jumps by {by} ms"));
        self.count("clock jumps");
        let furthest = self.furthest();
        self.offsets[node] = (self.offsets[node] + by).clamp(-furthest, furthest);
    }

    /// Clocks are never further off than this.
    pub(super) fn furthest(&self) -> Ms {
        if self.knobs.wild { 1_200_000 } else { 15_000 }
    }
}

impl Run {
    pub(super) fn next_act(&mut self) {
        let sim = self.sim.clone();
        let mut state = sim.lock();
        let (_, act) = state.agenda.pop_first().expect("something is due");
        match act {
            Act::GiveUp { wish, tries } => state.give_up(wish, tries),
            Act::Arrive { bank, parcel } => state.arrive(bank, &parcel),
            Act::Pay { bank, attempt, stray } => state.pay(bank, attempt, stray),
            Act::Expire { bank, attempt } => state.expire(bank, attempt),
            Act::RefundDone { bank, attempt, number } => state.refund_done(bank, attempt, &number),
            Act::Notice { bank, message, tries } => state.set_out(bank, message, tries),
            Act::Settle { bank, attempt } => state.settle(bank, attempt, self.is_live(attempt)),
            Act::Jump { node, by } => state.jump(node, by),
            other @ (Act::Ask(_) | Act::Land { .. } | Act::Knock { .. } | Act::Start { .. }) => {
                drop(state);
                self.on_node(other);
            }
        }
    }

    /// What needs a process of the gateway.
    fn on_node(&mut self, act: Act) {
        match act {
            Act::Ask(wish) => self.ask(wish),
            Act::Land { attempt } => self.land(attempt),
            Act::Knock { bank, message, forged } => self.knock(bank, message, forged),
            Act::Start { node } => self.start(node),
            Act::GiveUp { .. }
            | Act::Arrive { .. }
            | Act::Pay { .. }
            | Act::Expire { .. }
            | Act::RefundDone { .. }
            | Act::Notice { .. }
            | Act::Settle { .. }
            | Act::Jump { .. } => unreachable!("done without one"),
        }
    }

    fn is_live(&self, attempt: AttemptId) -> bool {
        let payment = self.store.look(|it| it.payments.get(&attempt.payment).cloned());
        let attempt = payment.as_ref().and_then(|it| it.attempt(attempt));
        attempt.is_some_and(|it| it.standing.is_live())
    }

    fn any_node(&self) -> Option<(usize, Gateway<SimStore>)> {
        let is_up = |it: &usize| self.nodes[*it].gateway.is_some();
        let up: Vec<_> = (0..self.nodes.len()).filter(is_up).collect();
        if up.is_empty() {
            return None;
        }
        let node = self.sim.lock().random.pick(&up);
        self.nodes[node].gateway.clone().map(|it| (node, it))
    }

    fn ask(&mut self, wish: usize) {
        let (tries, twice) = {
            let mut state = self.sim.lock();
            let Some(tries) = state.begin_try(wish) else { return };
            (tries, state.fault(|_| 100))
        };
        for _ in 0..=usize::from(twice) {
            let Some((node, gateway)) = self.any_node() else { return };
            let name = format!("wish {wish}/{tries}");
            let sim = self.sim.clone();
            self.spawn(node, name, merchant::ask(sim, gateway, wish, tries));
        }
    }

    fn land(&mut self, attempt: AttemptId) {
        let Some((node, gateway)) = self.any_node() else { return };
        self.spawn(node, format!("land {attempt}"), async move {
            let snapshot = gateway.snapshot.load_full();
            for account in snapshot.accounts.values() {
                let number = attempt.to_string();
                let sign = wire::sign(&format!("key of {}", account.id), number.as_bytes());
                drop(gateway.land(account, &format!("{number}&{sign}")).await);
            }
        });
    }

    fn knock(&mut self, bank: usize, message: usize, forged: bool) {
        let letter = self.sim.lock().letter(bank, message, forged);
        let (Some(request), Some((node, gateway))) = (letter, self.any_node()) else { return };
        let name = format!("notice {bank}/{message}");
        let sim = self.sim.clone();
        self.spawn(node, name, notify(sim, gateway, (bank, message), forged, request));
    }

    pub(super) fn start(&mut self, node: usize) {
        let gateway = boot(&self.sim, &self.store, node, &self.setup);
        let mut state = self.sim.lock();
        state.note(|| format!("node {node} starts"));
        self.nodes[node] = Node { gateway: Some(gateway), look_at: state.now, looking: false };
    }
}

async fn notify(
    sim: Sim,
    gateway: Gateway<SimStore>,
    (bank, message): (usize, usize),
    forged: bool,
    request: Request,
) {
    let id: AccountId = sim.lock().banks[bank].account.parse().expect("a name");
    let snapshot = gateway.snapshot.load_full();
    let account = snapshot.account(&id).expect("configured");
    let reply = gateway.notify(account, &request).await;
    let mut state = sim.lock();
    state.note(|| format!("bank {bank} message {message} forged {forged}: {reply:?}"));
    if forged {
        state.count("forged");
        state.ensure(reply == Reply::Forged, "INV-7", || "a forgery is believed".into());
    } else if reply == Reply::Received {
        let words = state.banks[bank].messages[message].message.clone();
        check::notice::received(&mut state, &gateway.store.inner, bank, &words);
        let lost = state.fault(|it| it.reply_lost);
        state.banks[bank].messages[message].acked |= !lost;
    }
}
