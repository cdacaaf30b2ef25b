//! Asks the kernel for the interfaces and their addresses: `RTM_GETLINK` and `RTM_GETADDR`.
//!
//! `getifaddrs` has neither the kind of an interface nor the state of an address.

use std::net::IpAddr;

use ipnet::IpNet;
use netlink_sys::protocols::NETLINK_ROUTE;
use nix::libc::{self, RTM_GETADDR, RTM_GETLINK, RTM_NEWADDR, RTM_NEWLINK};

use super::attributes::{address, attributes, text, u32};
use crate::kernel::netlink::{AnswerLength, Message, Socket, SocketError};

/// A network interface.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interface {
    pub index: u32,
    pub name: String,
    /// Whether it was set up (`IFF_UP`).
    pub up: bool,
    pub loopback: bool,
    /// Whether it neither asks for nor announces hardware addresses (`IFF_NOARP`).
    pub no_arp: bool,
    /// Whether it takes part in multicast (`IFF_MULTICAST`).
    pub multicast: bool,
    /// The longest packet that it sends, in bytes; 0 where the kernel does not say.
    pub mtu: u32,
    /// Its hardware address; empty where it has none.
    pub hardware_address: Vec<u8>,
    /// What `ip link` calls its type: `dummy`, `ipip`; empty for a network card.
    pub kind: String,
    /// Of an interface of a kind that packs and unpacks packets.
    pub tunnel: Option<TunnelEnds>,
    pub addresses: Vec<Address>,
}

/// What a tunnel's interface takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TunnelEnds {
    /// The address that it takes packets to; `None` for any.
    pub local: Option<IpAddr>,
    /// The address that it takes packets from; `None` for any.
    pub remote: Option<IpAddr>,
    /// Whether GRE packets must carry a key.
    pub key: bool,
    /// Whether GRE packets must carry a checksum.
    pub checksum: bool,
}

/// An address of an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// With the length of its network's prefix.
    pub network: IpNet,
    /// Removed with the first address of its network, unless the kernel promotes it.
    pub secondary: bool,
    /// Not in use until it is known that no other host has it.
    pub tentative: bool,
    /// Not in use, because another host has it.
    pub duplicate: bool,
    /// Valid on this host only (scope host).
    pub host_scope: bool,
}

/// All interfaces of the network namespace of the calling thread.
///
/// # Errors
/// Where the exchange with the kernel breaks down.
pub fn list() -> Result<Vec<Interface>, SocketError> {
    let mut socket = Socket::open(NETLINK_ROUTE, AnswerLength::LONGEST)?;
    let mut interfaces = dump(&mut socket, &Links, decode_link)?;
    for (index, address) in dump(&mut socket, &Addresses, decode_address)?
        .into_iter()
        .flatten()
    {
        if let Some(interface) = interfaces.iter_mut().find(|one| one.index == index) {
            interface.addresses.push(address);
        }
    }
    Ok(interfaces)
}

fn dump<T>(
    socket: &mut Socket,
    request: &impl Message,
    decode: impl Fn(&[u8]) -> Result<T, SocketError>,
) -> Result<Vec<T>, SocketError> {
    let dumped = socket.dump(request, decode);
    Ok(dumped
        .map_err(|error| error.while_doing("list interfaces on"))??
        .items)
}

/// `struct ifinfomsg`, all of it zero.
struct Links;

impl Message for Links {
    fn message_type(&self) -> u16 {
        RTM_GETLINK
    }

    fn answer_type(&self) -> u16 {
        RTM_NEWLINK
    }

    fn append_to(&self, bytes: &mut Vec<u8>) {
        bytes.extend([0; LINK_HEADER]);
    }
}

/// `struct ifaddrmsg`, all of it zero.
struct Addresses;

impl Message for Addresses {
    fn message_type(&self) -> u16 {
        RTM_GETADDR
    }

    fn answer_type(&self) -> u16 {
        RTM_NEWADDR
    }

    fn append_to(&self, bytes: &mut Vec<u8>) {
        bytes.extend([0; ADDRESS_HEADER]);
    }
}

/// Bytes of `struct ifinfomsg`.
const LINK_HEADER: usize = 16;
/// Bytes of `struct ifaddrmsg`.
const ADDRESS_HEADER: usize = 8;
// Numbers of attributes, of linux/if_link.h, linux/if_addr.h and linux/if_tunnel.h.
const IFLA_ADDRESS: u16 = 1;
const IFLA_IFNAME: u16 = 3;
const IFLA_MTU: u16 = 4;
const IFLA_LINKINFO: u16 = 18;
const IFLA_INFO_KIND: u16 = 1;
const IFLA_INFO_DATA: u16 = 2;
const IFLA_IPTUN_LOCAL: u16 = 2;
const IFLA_IPTUN_REMOTE: u16 = 3;
const IFLA_GRE_IFLAGS: u16 = 2;
const IFLA_GRE_LOCAL: u16 = 6;
const IFLA_GRE_REMOTE: u16 = 7;
const IFA_ADDRESS: u16 = 1;
const IFA_LOCAL: u16 = 2;
const IFA_FLAGS: u16 = 8;
/// Bits of a GRE header, as the kernel keeps them: in the network's byte order.
const GRE_CHECKSUM: u8 = 0x80;
const GRE_KEY: u8 = 0x20;

fn decode_link(bytes: &[u8]) -> Result<Interface, SocketError> {
    let (header, rest) = bytes
        .split_at_checked(LINK_HEADER)
        .ok_or(SocketError::Malformed("an interface"))?;
    let word = |at: usize| u32(&header[at..at + 4]).unwrap_or_default();
    let flags = word(8) as i32;
    let mut interface = Interface {
        index: word(4),
        up: flags & libc::IFF_UP != 0,
        loopback: flags & libc::IFF_LOOPBACK != 0,
        no_arp: flags & libc::IFF_NOARP != 0,
        multicast: flags & libc::IFF_MULTICAST != 0,
        ..Interface::default()
    };
    for (kind, value) in attributes(rest)? {
        match kind {
            IFLA_ADDRESS => interface.hardware_address = value.to_vec(),
            IFLA_IFNAME => interface.name = text(value),
            IFLA_MTU => interface.mtu = u32(value).unwrap_or_default(),
            IFLA_LINKINFO => decode_kind(&mut interface, value)?,
            _ => {}
        }
    }
    Ok(interface)
}

fn decode_kind(interface: &mut Interface, bytes: &[u8]) -> Result<(), SocketError> {
    let all = attributes(bytes)?;
    let find = |wanted| all.iter().find(|(kind, _)| *kind == wanted);
    let Some((_, kind)) = find(IFLA_INFO_KIND) else {
        return Ok(());
    };
    interface.kind = text(kind);
    let (local, remote, flags) = match interface.kind.as_str() {
        "ipip" | "sit" | "ip6tnl" => (IFLA_IPTUN_LOCAL, IFLA_IPTUN_REMOTE, None),
        "gre" | "ip6gre" => (IFLA_GRE_LOCAL, IFLA_GRE_REMOTE, Some(IFLA_GRE_IFLAGS)),
        _ => return Ok(()),
    };
    let data = find(IFLA_INFO_DATA).map_or(&[][..], |(_, data)| *data);
    let mut ends = TunnelEnds::default();
    for (kind, value) in attributes(data)? {
        let end = || address(value).filter(|address| !address.is_unspecified());
        if kind == local {
            ends.local = end();
        } else if kind == remote {
            ends.remote = end();
        } else if Some(kind) == flags {
            let bits = value.first().copied().unwrap_or_default();
            ends.key = bits & GRE_KEY != 0;
            ends.checksum = bits & GRE_CHECKSUM != 0;
        }
    }
    interface.tunnel = Some(ends);
    Ok(())
}

/// The address and the index of its interface; `None` for one of another family.
fn decode_address(bytes: &[u8]) -> Result<Option<(u32, Address)>, SocketError> {
    let (header, rest) = bytes
        .split_at_checked(ADDRESS_HEADER)
        .ok_or(SocketError::Malformed("an address"))?;
    let mut flags = libc::c_uint::from(header[2]);
    let (mut own, mut peer) = (None, None);
    for (kind, value) in attributes(rest)? {
        match kind {
            IFA_LOCAL => own = address(value),
            IFA_ADDRESS => peer = address(value),
            IFA_FLAGS => flags = u32(value).unwrap_or(flags),
            _ => {}
        }
    }
    let network = own.or(peer).map(|own| IpNet::new(own, header[1]));
    let Some(Ok(network)) = network else {
        return Ok(None);
    };
    let index = u32(&header[4..8]).unwrap_or_default();
    Ok(Some((
        index,
        Address {
            network,
            secondary: network.addr().is_ipv4() && flags & libc::IFA_F_SECONDARY != 0,
            tentative: flags & libc::IFA_F_TENTATIVE != 0,
            duplicate: flags & libc::IFA_F_DADFAILED != 0,
            host_scope: header[3] == libc::RT_SCOPE_HOST,
        },
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
        let mut bytes = (value.len() as u16 + 4).to_ne_bytes().to_vec();
        bytes.extend(kind.to_ne_bytes());
        bytes.extend(value);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    fn link(flags: i32, attributes: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = vec![0; 4];
        bytes.extend(7_u32.to_ne_bytes());
        bytes.extend(flags.to_ne_bytes());
        bytes.extend([0; 4]);
        bytes.extend(attributes.concat());
        bytes
    }

    #[test]
    fn a_gre_tunnel_that_wants_checksums() {
        let data = [
            attribute(IFLA_GRE_IFLAGS, &[GRE_CHECKSUM, 0]),
            attribute(IFLA_GRE_LOCAL, &[203, 0, 113, 12]),
            attribute(IFLA_GRE_REMOTE, &[0; 4]),
        ];
        let info = [
            attribute(IFLA_INFO_KIND, b"gre\0"),
            attribute(IFLA_INFO_DATA, &data.concat()),
        ];
        let bytes = link(
            libc::IFF_UP | libc::IFF_NOARP,
            &[
                attribute(IFLA_IFNAME, b"gre1\0"),
                attribute(IFLA_LINKINFO, &info.concat()),
                attribute(250, &[1, 2, 3]),
            ],
        );
        let interface = decode_link(&bytes).unwrap();
        assert_eq!((interface.index, interface.name.as_str()), (7, "gre1"));
        assert!(interface.up && interface.no_arp && !interface.loopback);
        let ends = TunnelEnds {
            local: "203.0.113.12".parse().ok(),
            checksum: true,
            ..TunnelEnds::default()
        };
        assert_eq!(interface.tunnel, Some(ends));
    }

    #[test]
    fn an_address_with_its_state() {
        let mut bytes = vec![10, 64, 0, 0];
        bytes.extend(3_u32.to_ne_bytes());
        let own = "2001:db8::1".parse::<std::net::Ipv6Addr>().unwrap();
        bytes.extend(attribute(IFA_ADDRESS, &own.octets()));
        bytes.extend(attribute(IFA_FLAGS, &libc::IFA_F_TENTATIVE.to_ne_bytes()));
        let (index, address) = decode_address(&bytes).unwrap().unwrap();
        assert_eq!(index, 3);
        assert_eq!(address.network, "2001:db8::1/64".parse().unwrap());
        assert!(address.tentative && !address.duplicate && !address.secondary);
    }

    #[test]
    fn what_is_too_short_or_of_another_family() {
        assert!(decode_link(&[0; 15]).is_err());
        assert!(decode_address(&[0; 7]).is_err());
        assert_eq!(decode_address(&[0; 8]).unwrap(), None);
        let mut bytes = vec![2, 33, 0, 0, 0, 0, 0, 0];
        bytes.extend(attribute(IFA_LOCAL, &[192, 0, 2, 1]));
        assert_eq!(decode_address(&bytes).unwrap(), None);
    }
}
