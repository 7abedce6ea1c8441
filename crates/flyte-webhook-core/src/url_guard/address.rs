//! How far an address reaches, by the registries of special-purpose addresses
//! (RFC 6890 and the IANA registries it founded).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How far an address reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// The whole internet.
    Public,
    /// A network of somebody's own, or nothing.
    Private,
    /// The local link, where clouds keep their metadata services.
    Never,
}

/// Networks whose addresses are never connected to: the local link and the
/// metadata services of the large clouds.
const NEVER: [(IpAddr, u8); 8] = [
    (v4(169, 254, 0, 0), 16),
    // Alibaba Cloud, Oracle Cloud and Azure.
    (v4(100, 100, 100, 200), 32),
    (v4(192, 0, 0, 192), 32),
    (v4(168, 63, 129, 16), 32),
    (v6(0xfe80_0000_0000_0000_0000_0000_0000_0000), 10),
    // AWS and its Kubernetes service, and Google Cloud.
    (v6(0xfd00_0ec2_0000_0000_0000_0000_0000_0254), 128),
    (v6(0xfd00_0ec2_0000_0000_0000_0000_0000_0023), 128),
    (v6(0xfd20_00ce_0000_0000_0000_0000_0000_0254), 128),
];

/// What IPv6 has assigned to the public internet (RFC 4291).
const GLOBAL_V6: (IpAddr, u8) = (v6(0x2000_0000_0000_0000_0000_0000_0000_0000), 3);

/// Networks that are not reached over the internet; those of IPv6 beside all
/// that lies outside [`GLOBAL_V6`].
const PRIVATE: [(IpAddr, u8); 18] = [
    (v4(0, 0, 0, 0), 8),
    (v4(10, 0, 0, 0), 8),
    (v4(100, 64, 0, 0), 10),
    (v4(127, 0, 0, 0), 8),
    (v4(172, 16, 0, 0), 12),
    (v4(192, 0, 0, 0), 24),
    (v4(192, 0, 2, 0), 24),
    (v4(192, 88, 99, 0), 24),
    (v4(192, 168, 0, 0), 16),
    (v4(198, 18, 0, 0), 15),
    (v4(198, 51, 100, 0), 24),
    (v4(203, 0, 113, 0), 24),
    (v4(224, 0, 0, 0), 4),
    (v4(240, 0, 0, 0), 4),
    (v6(0x2001_0000_0000_0000_0000_0000_0000_0000), 23),
    (v6(0x2001_0db8_0000_0000_0000_0000_0000_0000), 32),
    (v6(0x2002_0000_0000_0000_0000_0000_0000_0000), 16),
    (v6(0x3fff_0000_0000_0000_0000_0000_0000_0000), 20),
];

const fn v4(a: u8, b: u8, c: u8, d: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(a, b, c, d))
}

const fn v6(bits: u128) -> IpAddr {
    IpAddr::V6(Ipv6Addr::from_bits(bits))
}

/// How far an address reaches, the IPv4 address that it carries included.
pub(super) fn reach(address: IpAddr) -> Reach {
    let is_in = |networks: &[(IpAddr, u8)], address| {
        let mut networks = networks.iter();
        networks.any(|(base, prefix)| in_network(address, *base, *prefix))
    };
    let carried = carried_v4(address).map(IpAddr::V4);
    if is_in(&NEVER, address) || carried.is_some_and(|carried| is_in(&NEVER, carried)) {
        Reach::Never
    } else if is_in(&PRIVATE, address) || address.is_ipv6() && !is_in(&[GLOBAL_V6], address) {
        Reach::Private
    } else {
        Reach::Public
    }
}

/// Whether an address lies in a network.
pub(super) fn in_network(address: IpAddr, base: IpAddr, prefix: u8) -> bool {
    match (address, base) {
        (IpAddr::V4(address), IpAddr::V4(base)) => {
            let differing = u32::from(address) ^ u32::from(base);
            differing.checked_shr(32 - u32::from(prefix)).unwrap_or(0) == 0
        }
        (IpAddr::V6(address), IpAddr::V6(base)) => {
            let differing = u128::from(address) ^ u128::from(base);
            differing.checked_shr(128 - u32::from(prefix)).unwrap_or(0) == 0
        }
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
    }
}

/// The IPv4 address that an IPv6 address leads to: NAT64 (RFC 6052), 6to4 (RFC
/// 3056) or the deprecated compatible form.
fn carried_v4(address: IpAddr) -> Option<Ipv4Addr> {
    let IpAddr::V6(v6) = address else {
        return None;
    };
    let [first, second, third, middle @ .., high, low] = v6.segments();
    let join = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match (first, second, third) {
        (0x2002, high, low) => Some(join(high, low)),
        (0x64, 0xff9b, _) => Some(join(high, low)),
        (0, 0, 0) if middle == [0; 3] => Some(join(high, low)),
        _ => None,
    }
}
