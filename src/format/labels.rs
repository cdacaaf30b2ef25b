//! Addresses and ports as text: as numbers, or with the names that were found for them.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};

use super::text::{self, Text};
use crate::model::{Endpoint, Family, Protocol, RealServer, ServiceId};

/// The names to print; what has none is printed as a number.
#[derive(Debug, Default)]
pub struct Labels {
    pub hosts: HashMap<IpAddr, String>,
    pub ports: HashMap<(Protocol, u16), String>,
}

impl Labels {
    /// The address of a service as `address:port`, or its firewall mark.
    pub fn service<'a>(&'a self, id: &'a ServiceId) -> ServiceLabel<'a> {
        match id {
            ServiceId::Address { protocol, endpoint } => {
                ServiceLabel::Address(self.endpoint(endpoint, Some(*protocol)))
            }
            ServiceId::FirewallMark { mark, family } => ServiceLabel::Mark {
                mark: *mark,
                family: *family,
            },
        }
    }

    /// The address of a real server under a service, as `address:port`.
    ///
    /// A firewall mark has no protocol, so its servers' ports have no names.
    pub fn server<'a>(&'a self, id: &ServiceId, server: &'a RealServer) -> EndpointLabel<'a> {
        self.endpoint(&server.endpoint, id.protocol())
    }

    /// An address and a port, whose name depends on the protocol: without one it is printed as a number.
    #[inline]
    pub fn endpoint<'a>(
        &'a self,
        endpoint: &'a Endpoint,
        protocol: Option<Protocol>,
    ) -> EndpointLabel<'a> {
        let (host, port) = match self.hosts.is_empty() && self.ports.is_empty() {
            true => (None, None),
            false => self.names(endpoint, protocol),
        };
        EndpointLabel {
            endpoint,
            host,
            port,
        }
    }

    /// The names of an address and of a port.
    fn names(
        &self,
        endpoint: &Endpoint,
        protocol: Option<Protocol>,
    ) -> (Option<&str>, Option<&str>) {
        let host = self.hosts.get(&endpoint.address);
        let port = protocol.and_then(|protocol| self.ports.get(&(protocol, endpoint.port)));
        (host.map(String::as_str), port.map(String::as_str))
    }
}

/// An endpoint with its names.
pub struct EndpointLabel<'a> {
    endpoint: &'a Endpoint,
    host: Option<&'a str>,
    port: Option<&'a str>,
}

impl EndpointLabel<'_> {
    /// The family of the address.
    pub fn family(&self) -> Family {
        Family::of(self.endpoint.address)
    }

    /// The address and the port, where they are printed as such and the address is of IPv4.
    #[inline(always)]
    pub fn plain_v4(&self) -> Option<(Ipv4Addr, u16)> {
        match (self.endpoint.address, self.host, self.port) {
            (IpAddr::V4(address), None, None) => Some((address, self.endpoint.port)),
            _ => None,
        }
    }

    /// Appends `address:port`.
    #[inline]
    pub fn push(&self, text: &mut impl Text) {
        match self.plain_v4() {
            Some((address, port)) => text::v4_and_port(text, address, port),
            None => self.push_any(text),
        }
    }

    /// As [`EndpointLabel::push`], with names or without.
    #[inline(never)]
    fn push_any(&self, text: &mut impl Text) {
        match (self.endpoint.address, self.host) {
            (IpAddr::V4(address), None) => text::v4(text, address),
            (IpAddr::V4(_), Some(host)) => text.push_str(host),
            (IpAddr::V6(address), None) => {
                text.push_fmt(format_args!("[{address}]"));
            }
            (IpAddr::V6(_), Some(host)) => {
                text.push_str("[");
                text.push_str(host);
                text.push_str("]");
            }
        }
        text.push_str(":");
        match self.port {
            Some(port) => text.push_str(port),
            None => text::number(text, self.endpoint.port),
        }
    }
}

/// What identifies a service, with its names.
pub enum ServiceLabel<'a> {
    Address(EndpointLabel<'a>),
    Mark { mark: u32, family: Family },
}

impl ServiceLabel<'_> {
    /// Appends `address:port`, or the mark and its family where that is IPv6.
    pub fn push(&self, text: &mut impl Text) {
        match self {
            ServiceLabel::Address(label) => label.push(text),
            ServiceLabel::Mark { mark, family } => {
                text::number(text, *mark);
                if *family == Family::V6 {
                    text.push_str(" IPv6");
                }
            }
        }
    }
}
