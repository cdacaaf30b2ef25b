//! Addresses, networks and ranges of them, in the spellings of nft and iptables.

use std::net::IpAddr;

use ipnet::IpNet;

/// First and last address of `10.0.0.1`, `10.0.0.0/8`, `10.0.0.0/255.0.0.0` or `10.0.0.1-10.0.0.9`.
pub fn range(word: &str) -> Option<(IpAddr, IpAddr)> {
    if let Some((first, last)) = word.split_once('-') {
        let (first, last): (IpAddr, IpAddr) = (first.parse().ok()?, last.parse().ok()?);
        return (first.is_ipv4() == last.is_ipv4()).then_some((first, last));
    }
    let network = match word.split_once('/') {
        None => word.parse::<IpAddr>().ok()?.into(),
        Some((address, mask)) if mask.contains(['.', ':']) => {
            IpNet::with_netmask(address.parse().ok()?, mask.parse().ok()?).ok()?
        }
        Some(_) => word.parse::<IpNet>().ok()?,
    };
    Some((network.network(), network.broadcast()))
}
