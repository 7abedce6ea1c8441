//! A name whose addresses change with every look-up.

use std::{
    io,
    net::{IpAddr, Ipv4Addr},
    sync::atomic::{AtomicUsize, Ordering},
};

use flyte_webhook::egress::Lookup;
use futures::future::BoxFuture;

/// Where apps may be, and where they may not.
pub(super) const ALLOWED: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
pub(super) const DENIED: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// What the look-ups give, in turn.
#[derive(Default)]
pub(super) struct Flips(AtomicUsize);

impl Flips {
    /// Makes a look-up.
    pub(super) fn take(&self) -> Vec<IpAddr> {
        answer(self.0.fetch_add(1, Ordering::SeqCst))
    }

    /// How many look-ups there were.
    pub(super) fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    /// Whether all that the next look-up gives may be connected to.
    pub(super) fn next_is_allowed(&self) -> bool {
        is_allowed(self.count())
    }

    /// How many look-ups gave nothing but what is allowed.
    pub(super) fn allowed(&self) -> usize {
        (0..self.count())
            .filter(|number| is_allowed(*number))
            .count()
    }
}

fn is_allowed(number: usize) -> bool {
    answer(number).iter().all(|address| *address == ALLOWED)
}

fn answer(number: usize) -> Vec<IpAddr> {
    let IpAddr::V4(denied) = DENIED else {
        return Vec::new();
    };
    match number % 6 {
        0 | 2 => vec![ALLOWED],
        1 => vec![DENIED],
        3 => vec![ALLOWED, DENIED],
        4 => vec![DENIED, ALLOWED],
        _ => vec![ALLOWED, denied.to_ipv6_mapped().into()],
    }
}

impl Lookup for Flips {
    fn lookup(&self, _: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let addresses = self.take();
        Box::pin(async move { Ok(addresses) })
    }
}
