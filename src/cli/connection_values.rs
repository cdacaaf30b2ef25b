//! Values of the options that ask about connections.

use std::net::IpAddr;

use ipnet::IpNet;

use super::usage::Problem;
use crate::model::connection::{CountBy, CountKey, StateSet, TableProtocol};

/// An address or a network. Names are not taken: a client that is filtered out by mistake is not missed.
pub fn network(word: &str) -> Result<IpNet, Problem> {
    let network = match word.parse::<IpAddr>() {
        Ok(address) => IpNet::from(address.to_canonical()),
        Err(_) => canonical(word.parse().map_err(|_| Problem::NotANetwork)?),
    };
    if network.addr() != network.network() {
        return Err(Problem::HostBits {
            address: network.addr(),
            network: network.trunc(),
        });
    }
    Ok(network)
}

/// An IPv4 network that is written in the form of IPv6, which no entry of the table has, as that of IPv4.
fn canonical(network: IpNet) -> IpNet {
    /// The bits before the IPv4 address.
    const MAPPED: u8 = 96;
    let length = network.prefix_len().checked_sub(MAPPED);
    match (network.addr().to_canonical(), length) {
        (IpAddr::V4(address), Some(length)) if network.addr().is_ipv6() => {
            IpNet::new(IpAddr::V4(address), length).unwrap_or(network)
        }
        _ => network,
    }
}

/// States of connections with commas between them, in any case.
pub fn states(word: &str) -> Result<StateSet, Problem> {
    let mut states = StateSet::default();
    match word.split(',').find(|name| !states.add(name)) {
        None => Ok(states),
        Some(name) => Err(Problem::UnknownState {
            name: name.to_owned(),
        }),
    }
}

/// A protocol of the connection table, in any case.
pub fn protocol(word: &str) -> Result<TableProtocol, Problem> {
    TableProtocol::ALL
        .into_iter()
        .find(|protocol| protocol.title().eq_ignore_ascii_case(word))
        .ok_or(Problem::Choice("tcp, udp, sctp, ip"))
}

/// One or two keys to count by, with a comma between them.
pub fn count_by(word: &str) -> Result<CountBy, Problem> {
    let key = |name: &str| {
        CountKey::ALL
            .into_iter()
            .find(|key| key.name() == name)
            .ok_or(Problem::NotCountKeys)
    };
    let (first, second) = match word.split_once(',') {
        None => (key(word)?, None),
        Some((first, second)) => (key(first)?, Some(key(second)?)),
    };
    if second == Some(first) {
        return Err(Problem::NotCountKeys);
    }
    Ok(CountBy { first, second })
}
