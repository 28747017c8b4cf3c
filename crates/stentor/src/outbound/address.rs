//! Which addresses a request may go to when its URL was given by a customer: public ones only.
//! The connector asks for every address of every connection; decides, connects nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether `ip` belongs to somebody on the public internet (IANA's special-purpose registries, RFC 6890).
///
/// Addresses of version 6 that carry one of version 4 inside are refused whatever they carry: no resolver hands them
/// out for a public host, and each is a way around this check.
#[must_use]
pub const fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

const fn is_public_v4(ip: Ipv4Addr) -> bool {
    !matches!(
        ip.octets(),
        // "This network", private, shared (CGNAT), loopback, link-local.
        [0 | 10 | 127, ..]
            | [100, 64..=127, ..]
            | [169, 254, ..]
            | [172, 16..=31, ..]
            | [192, 168, ..]
            // Protocol assignments, documentation, 6to4 relays, benchmarks.
            | [192, 0, 0 | 2, _]
            | [192, 88, 99, _]
            | [198, 18 | 19, ..]
            | [198, 51, 100, _]
            | [203, 0, 113, _]
            // Multicast, reserved, broadcast.
            | [224..=255, ..]
    )
}

const fn is_public_v6(ip: Ipv6Addr) -> bool {
    match ip.segments() {
        // 6to4, Teredo and other protocol assignments, documentation.
        [0x2002, ..] | [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => false,
        // 2000::/3 is all the public space there is: mapped, loopback, ULA, link-local and multicast lie outside.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_pass() {
        let check = |public: bool, texts: &[&str]| {
            for text in texts {
                assert_eq!(is_public(text.parse().expect("an address")), public, "{text}");
            }
        };
        check(
            true,
            &["8.8.8.8", "157.240.1.1", "100.63.255.255", "172.32.0.1", "2a03:2880::1", "2001:4860::8888"],
        );
        check(false, &["0.0.0.0", "127.0.0.1", "127.9.9.9", "10.1.2.3", "172.16.0.1", "172.31.255.255"]);
        check(false, &["192.168.1.1", "169.254.169.254", "100.64.0.1", "100.127.255.255", "224.0.0.1"]);
        check(false, &["255.255.255.255", "240.0.0.1", "198.18.0.1", "192.0.2.1"]);
        check(false, &["::", "::1", "::ffff:8.8.8.8", "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1"]);
        check(
            false,
            &["fe80::1", "fec0::1", "fc00::1", "fd12::1", "ff02::1", "2002:7f00:1::", "2001:0:7f00::1"],
        );
    }
}
