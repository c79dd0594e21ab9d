//! Operators on IP addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

const LONGEST: usize = 64;

/// Networks of both families, as numbers of 128 bits; IPv4 as it is mapped into IPv6.
pub struct Networks(Vec<(u128, u32)>);

impl Networks {
    /// Makes them from the phrases, or without any from an argument with commas.
    pub fn new(argument: &[u8], phrases: &[Vec<u8>]) -> Result<Self, String> {
        let parts: Vec<&[u8]> = if phrases.is_empty() {
            argument.split(|byte| *byte == b',').collect()
        } else {
            phrases.iter().map(Vec::as_slice).collect()
        };
        let networks = parts.into_iter().map(|part| {
            network(part).ok_or_else(|| {
                let part = part
                    .iter()
                    .map(|byte| char::from(*byte))
                    .collect::<String>();
                format!("`{part}` is no address or network")
            })
        });
        Ok(Networks(networks.collect::<Result<_, _>>()?))
    }

    /// Returns whether a text is an address in one of the networks.
    pub fn hold(&self, text: &[u8]) -> bool {
        let Some(address) = number_of(text) else {
            return false;
        };
        self.0
            .iter()
            .any(|(first, shift)| address.checked_shr(*shift).unwrap_or(0) == *first)
    }
}

fn network(part: &[u8]) -> Option<(u128, u32)> {
    let part = std::str::from_utf8(part)
        .ok()?
        .trim_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c']);
    let (address, size) = match part.split_once('/') {
        Some((address, size)) => (address, Some(size)),
        None => (part, None),
    };
    let address = IpAddr::from_str(address).ok()?;
    let width = if address.is_ipv4() { 32 } else { 128 };
    let size: u32 = match size {
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok()?,
        Some(_) => return None,
        None => width,
    };
    if size > width {
        return None;
    }
    let shift = width - size;
    let number = match address {
        IpAddr::V4(address) => mapped(address),
        IpAddr::V6(address) => u128::from(address),
    };
    Some((number.checked_shr(shift).unwrap_or(0), shift))
}

fn mapped(address: Ipv4Addr) -> u128 {
    u128::from(address.to_ipv6_mapped())
}

fn number_of(text: &[u8]) -> Option<u128> {
    if text.len() > LONGEST {
        return None;
    }
    let text = std::str::from_utf8(text).ok()?;
    if let Ok(address) = Ipv4Addr::from_str(text) {
        return Some(mapped(address));
    }
    // An IPv6 address may name its zone.
    let address = match text.split_once('%') {
        Some((address, zone))
            if !zone.is_empty() && text.is_ascii() && !zone.contains(['%', '/']) =>
        {
            address
        }
        Some(_) => return None,
        None => text,
    };
    Ipv6Addr::from_str(address).ok().map(u128::from)
}
