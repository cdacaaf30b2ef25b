//! A real server, and the counters that it has in common with a service.

use std::borrow::Cow;
use std::net::IpAddr;

use serde::Deserialize;

use super::Extent;
use super::values::{self, Object, Observed};
use crate::cli::flags::Flag;
use crate::format::json::fast::{fast_object, fast_word, short_object};
use crate::format::json::words::Words;
use crate::model::{self, Endpoint, Forwarding, RealServerEntry, Stats, TunnelChecksum};

/// A real server.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    address: IpAddr,
    #[serde(default, deserialize_with = "values::port")]
    port: Option<u16>,
    forwarding: Option<Method>,
    tunnel: Option<Object<Tunnel>>,
    weight: Option<i64>,
    upper_threshold: Option<i64>,
    lower_threshold: Option<i64>,
    #[serde(default)]
    active_connections: Observed<u32>,
    #[serde(default)]
    inactive_connections: Observed<u32>,
    #[serde(default)]
    persistent_connections: Observed<u32>,
    #[serde(default)]
    stats: Observed<Counters>,
    #[serde(default)]
    rates: Observed<Counters>,
}

fast_object!(Server {
    [address, port, forwarding] tunnel;
    [
        weight,
        upper_threshold,
        lower_threshold,
        active_connections,
        inactive_connections,
        persistent_connections,
        stats,
        rates,
    ]
});

impl Server {
    /// The server as it is written.
    pub fn of(entry: &RealServerEntry, extent: Extent) -> Server {
        let server = &entry.server;
        let Endpoint { address, port } = server.endpoint;
        let observed = |value| match extent {
            Extent::Configuration => Observed::default(),
            Extent::Everything | Extent::Visible => Observed::known(value),
        };
        let whole = extent != Extent::Visible;
        let (stats, rates) = Counters::of(&entry.stats, extent);
        Server {
            address,
            port: Some(port),
            forwarding: Some(server.forwarding.into()),
            tunnel: match server.forwarding {
                Forwarding::Tunnel(tunnel) if whole => Some(Object(tunnel.into())),
                _ => None,
            },
            weight: Some(server.weight.into()),
            upper_threshold: whole.then(|| server.upper_threshold.into()),
            lower_threshold: whole.then(|| server.lower_threshold.into()),
            active_connections: observed(entry.active_connections),
            inactive_connections: observed(entry.inactive_connections),
            persistent_connections: match whole {
                true => observed(entry.persistent_connections),
                false => Observed::default(),
            },
            stats,
            rates,
        }
    }

    /// Appends the words that describe the server.
    pub fn append(&self, words: &mut Words) {
        words.bare_option(Flag::RealServer, &self.endpoint());
        if let Some(method) = self.forwarding {
            words.bare(method.flag());
        }
        if let Some(Object(tunnel)) = &self.tunnel {
            words.within(name!(Server.tunnel), |words| tunnel.append(words));
        }
        words.option(Flag::Weight, name!(Server.weight), self.weight);
        words.option(
            Flag::UpperThreshold,
            name!(Server.upper_threshold),
            self.upper_threshold,
        );
        words.option(
            Flag::LowerThreshold,
            name!(Server.lower_threshold),
            self.lower_threshold,
        );
    }

    /// Its address, and its port where it has one.
    fn endpoint(&self) -> String {
        let address = self.address;
        match self.port {
            Some(port) => Endpoint { address, port }.to_string(),
            None => address.to_string(),
        }
    }
}

/// How packets reach a server.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Method {
    Masquerading,
    DirectRouting,
    Tunnel,
    Local,
    Bypass,
}

fast_word!(Method {
    Masquerading = "masquerading",
    DirectRouting = "direct-routing",
    Tunnel = "tunnel",
    Local = "local",
    Bypass = "bypass",
});

impl Method {
    fn flag(self) -> Flag {
        match self {
            Method::Masquerading => Flag::Masquerading,
            Method::Tunnel => Flag::Tunneling,
            // The kernel sets the others by itself where direct routing was asked for.
            Method::DirectRouting | Method::Local | Method::Bypass => Flag::Gatewaying,
        }
    }
}

impl From<Forwarding> for Method {
    fn from(forwarding: Forwarding) -> Method {
        match forwarding {
            Forwarding::Masquerading => Method::Masquerading,
            Forwarding::DirectRouting => Method::DirectRouting,
            Forwarding::Tunnel(_) => Method::Tunnel,
            Forwarding::Local => Method::Local,
            Forwarding::Bypass => Method::Bypass,
        }
    }
}

/// The encapsulation of tunnelled packets.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tunnel {
    r#type: Cow<'static, str>,
    port: Option<i64>,
    checksum: Option<Checksum>,
}

fast_object!(Tunnel {
    [] r#type = "type";
    [port, checksum]
});

impl Tunnel {
    fn append(&self, words: &mut Words) {
        words.option(
            Flag::TunnelType,
            name!(Tunnel.r#type),
            Some(self.r#type.as_ref()),
        );
        words.option(Flag::TunnelPort, name!(Tunnel.port), self.port);
        if let Some(checksum) = self.checksum {
            words.flag(checksum.flag(), name!(Tunnel.checksum));
        }
    }
}

impl From<model::Tunnel> for Tunnel {
    fn from(tunnel: model::Tunnel) -> Tunnel {
        let (kind, port, checksum) = match tunnel {
            model::Tunnel::Ipip => ("ipip", None, None),
            model::Tunnel::Gue { port, checksum } => ("gue", Some(port), Some(checksum)),
            model::Tunnel::Gre { checksum } => ("gre", None, Some(checksum)),
        };
        Tunnel {
            r#type: Cow::Borrowed(kind),
            port: port.map(i64::from),
            checksum: checksum.map(Checksum::from),
        }
    }
}

/// How a checksum travels in a tunnel.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Checksum {
    Off,
    On,
    Remote,
}

fast_word!(Checksum { Off = "off", On = "on", Remote = "remote" });

impl Checksum {
    fn flag(self) -> Flag {
        match self {
            Checksum::Off => Flag::TunnelNoChecksum,
            Checksum::On => Flag::TunnelChecksum,
            Checksum::Remote => Flag::TunnelRemoteChecksum,
        }
    }
}

impl From<TunnelChecksum> for Checksum {
    fn from(checksum: TunnelChecksum) -> Checksum {
        match checksum {
            TunnelChecksum::Off => Checksum::Off,
            TunnelChecksum::On => Checksum::On,
            TunnelChecksum::Remote => Checksum::Remote,
        }
    }
}

/// Totals, or rates per second.
pub struct Counters {
    connections: u64,
    in_packets: u64,
    out_packets: u64,
    in_bytes: u64,
    out_bytes: u64,
}

short_object!(Counters {
    connections: u64,
    in_packets: u64,
    out_packets: u64,
    in_bytes: u64,
    out_bytes: u64,
});

impl Counters {
    /// The totals and the rates, where they are written.
    pub fn of(stats: &Stats, extent: Extent) -> (Observed<Counters>, Observed<Counters>) {
        match extent {
            Extent::Configuration | Extent::Visible => (Observed::default(), Observed::default()),
            Extent::Everything => (
                Observed::known(stats.totals().into()),
                Observed::known(stats.rates().into()),
            ),
        }
    }
}

impl From<[u64; 5]> for Counters {
    fn from(counters: [u64; 5]) -> Counters {
        let [connections, in_packets, out_packets, in_bytes, out_bytes] = counters;
        Counters {
            connections,
            in_packets,
            out_packets,
            in_bytes,
            out_bytes,
        }
    }
}
