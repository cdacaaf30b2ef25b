//! The part of the table that a call is about, chosen with `--only` and `--except`; no I/O.

use std::fmt;
use std::net::IpAddr;
use std::ops::RangeInclusive;

use ipnet::IpNet;

use super::{Change, Endpoint, Protocol, ServiceId};

/// Chooses virtual services by what identifies them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// Services whose address lies in a network, whatever their protocol and port.
    Network(IpNet),
    /// Services of an address and port, whatever their protocol.
    Endpoint(Endpoint),
    /// Services of these firewall marks, in both families.
    Marks(RangeInclusive<u32>),
    /// Services of a protocol.
    Protocol(Protocol),
}

impl Selector {
    /// A selector of all services with this address.
    pub fn address(address: IpAddr) -> Selector {
        Selector::Network(address.into())
    }

    /// Whether it chooses a service.
    pub fn selects(&self, id: &ServiceId) -> bool {
        match (self, id) {
            (Selector::Network(network), ServiceId::Address { endpoint, .. }) => {
                network.contains(&endpoint.address)
            }
            (Selector::Endpoint(chosen), ServiceId::Address { endpoint, .. }) => chosen == endpoint,
            (Selector::Protocol(chosen), ServiceId::Address { protocol, .. }) => chosen == protocol,
            (Selector::Marks(marks), ServiceId::FirewallMark { mark, .. }) => marks.contains(mark),
            _ => false,
        }
    }
}

impl fmt::Display for Selector {
    /// As it is typed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Selector::Network(network) if network.prefix_len() == network.max_prefix_len() => {
                network.addr().fmt(f)
            }
            Selector::Network(network) => network.fmt(f),
            Selector::Endpoint(endpoint) => endpoint.fmt(f),
            Selector::Marks(marks) if marks.start() == marks.end() => {
                write!(f, "fwm:{}", marks.start())
            }
            Selector::Marks(marks) => write!(f, "fwm:{}-{}", marks.start(), marks.end()),
            Selector::Protocol(protocol) => f.write_str(protocol.name()),
        }
    }
}

/// Which services a call is about: those that one of `only` selects, or all where it is empty, without those that
/// one of `except` selects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    pub only: Vec<Selector>,
    pub except: Vec<Selector>,
}

/// The whole table, with its timeouts and sync daemons.
pub static EVERYTHING: Scope = Scope {
    only: Vec::new(),
    except: Vec::new(),
};

impl Scope {
    /// Whether nothing is left out.
    pub fn is_everything(&self) -> bool {
        self.only.is_empty() && self.except.is_empty()
    }

    /// Whether a service is in it.
    pub fn includes(&self, id: &ServiceId) -> bool {
        let selects = |selector: &Selector| selector.selects(id);
        (self.only.is_empty() || self.only.iter().any(selects)) && !self.except.iter().any(selects)
    }

    /// Whether a change stays within it. One that is about no single service, such as `--set`, does so only
    /// where nothing is left out.
    pub fn includes_change(&self, change: &Change) -> bool {
        self.is_everything() || change.service().is_some_and(|id| self.includes(id))
    }
}

impl fmt::Display for Scope {
    /// As it is typed: `--only 192.0.2.0/28,fwm:5 --except tcp`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (option, selectors) in [("--only", &self.only), ("--except", &self.except)] {
            if let Some((first, others)) = selectors.split_first() {
                write!(f, "{separator}{option} {first}")?;
                others.iter().try_for_each(|other| write!(f, ",{other}"))?;
                separator = " ";
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::model::{Family, Timeouts};

    fn service(protocol: Protocol, endpoint: &str) -> ServiceId {
        let endpoint: std::net::SocketAddr = endpoint.parse().unwrap();
        ServiceId::Address {
            protocol,
            endpoint: Endpoint {
                address: endpoint.ip(),
                port: endpoint.port(),
            },
        }
    }

    fn mark(mark: u32, family: Family) -> ServiceId {
        ServiceId::FirewallMark { mark, family }
    }

    fn network(text: &str) -> Selector {
        Selector::Network(text.parse().unwrap())
    }

    /// Each selector with what it selects of a table with all kinds of services.
    #[test]
    fn what_each_selector_selects() {
        let services = [
            service(Protocol::Tcp, "192.0.2.1:80"),
            service(Protocol::Udp, "192.0.2.1:53"),
            service(Protocol::Tcp, "192.0.2.16:80"),
            service(Protocol::Sctp, "[2001:db8::1]:80"),
            service(Protocol::Tcp, "[2001:db8:1::1]:80"),
            mark(5, Family::V4),
            mark(5, Family::V6),
            mark(9, Family::V4),
        ];
        let endpoint = |text: &str| match service(Protocol::Tcp, text) {
            ServiceId::Address { endpoint, .. } => Selector::Endpoint(endpoint),
            ServiceId::FirewallMark { .. } => unreachable!(),
        };
        let cases: [(Selector, &str, &[usize]); 16] = [
            (
                Selector::address(Ipv4Addr::new(192, 0, 2, 1).into()),
                "192.0.2.1",
                &[0, 1],
            ),
            (network("192.0.2.0/28"), "192.0.2.0/28", &[0, 1]),
            (network("192.0.2.0/27"), "192.0.2.0/27", &[0, 1, 2]),
            (network("0.0.0.0/0"), "0.0.0.0/0", &[0, 1, 2]),
            (network("::/0"), "::/0", &[3, 4]),
            (network("2001:db8::/64"), "2001:db8::/64", &[3]),
            (network("2001:db8::1/128"), "2001:db8::1", &[3]),
            // The same bits in the other family.
            (network("::c000:201/128"), "::c000:201", &[]),
            (endpoint("192.0.2.1:80"), "192.0.2.1:80", &[0]),
            (endpoint("192.0.2.1:0"), "192.0.2.1:0", &[]),
            (endpoint("[2001:db8::1]:80"), "[2001:db8::1]:80", &[3]),
            (Selector::Marks(5..=5), "fwm:5", &[5, 6]),
            (Selector::Marks(6..=9), "fwm:6-9", &[7]),
            (Selector::Protocol(Protocol::Tcp), "tcp", &[0, 2, 4]),
            (Selector::Protocol(Protocol::Udp), "udp", &[1]),
            (Selector::Protocol(Protocol::Sctp), "sctp", &[3]),
        ];
        for (selector, text, expected) in cases {
            let selected: Vec<usize> = (0..services.len())
                .filter(|&index| selector.selects(&services[index]))
                .collect();
            assert_eq!(selected, expected, "{selector}");
            assert_eq!(selector.to_string(), text);
        }
    }

    #[test]
    fn only_is_a_union_and_except_takes_away() {
        let web = service(Protocol::Tcp, "192.0.2.1:80");
        let dns = service(Protocol::Udp, "192.0.2.1:53");
        let marked = mark(5, Family::V6);
        let scope = |only: &[Selector], except: &[Selector]| Scope {
            only: only.to_vec(),
            except: except.to_vec(),
        };
        let tcp = || Selector::Protocol(Protocol::Tcp);
        let five = || Selector::Marks(5..=5);
        let net = || network("192.0.2.0/24");
        for (scope, text, expected) in [
            (Scope::default(), "", [true, true, true]),
            (scope(&[tcp()], &[]), "--only tcp", [true, false, false]),
            (
                scope(&[tcp(), five()], &[]),
                "--only tcp,fwm:5",
                [true, false, true],
            ),
            (scope(&[], &[tcp()]), "--except tcp", [false, true, true]),
            (
                scope(&[net()], &[tcp()]),
                "--only 192.0.2.0/24 --except tcp",
                [false, true, false],
            ),
            (
                scope(&[tcp()], &[net(), five()]),
                "--only tcp --except 192.0.2.0/24,fwm:5",
                [false, false, false],
            ),
        ] {
            let included = [web, dns, marked].map(|id| scope.includes(&id));
            assert_eq!(included, expected, "{scope}");
            assert_eq!(scope.to_string(), text);
        }
    }

    /// What is about the director, and not about one service, is in no part of the table.
    #[test]
    fn changes_of_the_whole_director() {
        let part = Scope {
            except: vec![Selector::Marks(5..=5)],
            ..Scope::default()
        };
        let wide = [
            Change::Clear,
            Change::Zero(None),
            Change::SetTimeouts(Timeouts::default()),
        ];
        for change in &wide {
            assert!(EVERYTHING.includes_change(change));
            assert!(!part.includes_change(change), "{change:?}");
        }
        let within = |id| part.includes_change(&Change::DeleteService(id));
        assert!(within(mark(6, Family::V4)) && !within(mark(5, Family::V4)));
    }
}
