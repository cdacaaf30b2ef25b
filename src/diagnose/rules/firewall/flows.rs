//! The packets that a service lives on, in each place where they pass the firewall.
//!
//! Seen with counters in every hook, on Linux 6.1 and 6.12: requests pass prerouting and input, where IPVS takes
//! them at priority 98; it sends them on through output and postrouting, in tunnels as packets of this host. The
//! answers of masqueraded servers pass prerouting, forward and postrouting, and become the service's in forward at
//! priority 99. With `net.ipv4.vs.conntrack` 0 connection tracking never keeps what it sees of a connection:
//! requests are new, or invalid where they end one; what IPVS sends on is untracked; the first answer is invalid.
//! With 1 it knows masqueraded connections, and takes requests that are answered past this host for invalid.

use super::ip_protocols::{TCP, number, outer};
use crate::diagnose::facts::{Facts, Route};
use crate::diagnose::firewall::{Hook, Interfaces, Packet, States};
use crate::model::{Endpoint, Family, Forwarding, Protocol, RealServer, Service, ServiceId};

const SYN: u8 = 0x02;
const SYN_ACK: u8 = 0x12;
const ACK: u8 = 0x10;
/// Of the hooks that IPVS and connection tracking have.
const IPVS_INPUT: i32 = 98;
const IPVS_FORWARD: i32 = 98;
const IPVS_OUTPUT: i32 = -98;
const CONNTRACK: i32 = -200;

/// What a packet is to a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The first packet of a client.
    Request,
    /// One of a connection that the client has begun.
    LaterRequest,
    /// The request as IPVS sends it to a server.
    Forwarded,
    LaterForwarded,
    /// The first answer of a masqueraded server.
    Reply,
    /// The first answer of a server that is this host.
    LocalReply,
}

/// A packet of a service in a place.
#[derive(Clone, Copy, Debug)]
pub struct Flow<'a> {
    pub service: ServiceId,
    pub part: Part,
    pub packet: Packet<'a>,
    /// The chains of the hook that see it so: those of a priority between these, inclusive.
    pub priorities: (i32, i32),
}

impl Flow<'_> {
    /// Whether a chain of the hook sees the packet in this form.
    pub fn is_seen_at(&self, priority: i32) -> bool {
        (self.priorities.0..=self.priorities.1).contains(&priority)
    }

    /// The packet as a chain of this priority sees it.
    pub fn at(&self, priority: i32) -> Packet<'_> {
        Packet {
            states: states_at(priority, self.packet.states),
            ..self.packet
        }
    }
}

/// The states at a chain of this priority: before connection tracking there may be any.
pub fn states_at(priority: i32, states: States) -> States {
    if priority <= CONNTRACK {
        States::ALL
    } else {
        states
    }
}

/// What is the same for all packets.
pub struct World<'a> {
    facts: &'a Facts,
    /// `net.ipv4.vs.conntrack`, as it is or as it might be.
    conntrack: Option<bool>,
    notrack: bool,
    outside: Vec<&'a str>,
}

impl<'a> World<'a> {
    pub fn new(facts: &'a Facts, conntrack: Option<bool>) -> World<'a> {
        let firewall = facts.firewall.as_ref();
        let outside = facts.interfaces.iter();
        World {
            facts,
            conntrack,
            notrack: firewall.is_some_and(|firewall| firewall.has_notrack()),
            outside: outside
                .filter(|(_, interface)| interface.up && !interface.loopback)
                .map(|(name, _)| name.as_str())
                .collect(),
        }
    }

    /// Calls back for each packet of a service, a first one before the later ones.
    pub fn flows<'b>(
        &'b self,
        service: &'a Service,
        servers: &[&'a RealServer],
        mut each: impl FnMut(&Flow<'b>),
    ) {
        let (protocol, vip) = match service.id {
            ServiceId::Address { protocol, endpoint } => {
                if !self.facts.is_own(endpoint.address) {
                    // A standby, or a service that gets its packets in another way.
                    return;
                }
                (Some(protocol), Some(endpoint))
            }
            ServiceId::FirewallMark { .. } => (None, None),
        };
        let base = Base {
            world: self,
            id: service.id,
            protocol,
            vip,
        };
        base.requests(servers, &mut each);
        for server in servers {
            base.of_server(server, &mut each);
        }
    }

    /// These states, and what they are made by exceptions from tracking.
    fn states(&self, states: States) -> States {
        match self.conntrack {
            None => States::ALL,
            Some(_) if self.notrack => states.with(States::UNTRACKED),
            Some(_) => states,
        }
    }

    fn tracks(&self) -> bool {
        self.conntrack == Some(true)
    }
}

/// What is the same for all packets of a service.
struct Base<'a, 'b> {
    world: &'b World<'a>,
    id: ServiceId,
    protocol: Option<Protocol>,
    vip: Option<Endpoint>,
}

impl<'b> Base<'_, 'b> {
    /// From the client to the service.
    fn requests(&self, servers: &[&RealServer], each: &mut impl FnMut(&Flow<'b>)) {
        let mut request = self.packet(Hook::Prerouting, self.id.family());
        request.input = Interfaces::AnyOf(&self.world.outside);
        request.output = Interfaces::None;
        request.destination = self.vip.map(|vip| vip.address);
        request.to_us = Some(true);
        request.destination_port = self.vip.map(|vip| vip.port).filter(|port| *port != 0);
        let mut part = |part, flags, states| {
            request.states = self.world.states(states);
            request.flags = self.is_tcp().then_some(flags);
            // The mark may be set at any priority of prerouting, and the destination translated: of what is, nobody asks
            // what becomes of it in input.
            for (hook, mark, translated, last) in [
                (Hook::Prerouting, None, None, i32::MAX),
                (Hook::Input, self.mark(), Some(false), IPVS_INPUT - 1),
            ] {
                request.hook = hook;
                request.mark = mark;
                request.translated = translated;
                each(&self.flow(part, request, (i32::MIN, last)));
            }
        };
        part(Part::Request, SYN, States::NEW);
        // All that is masqueraded or local is tracked alike, and all else alike.
        let here = |server: &&&RealServer| self.comes_back(server);
        for server in [
            servers.iter().find(here),
            servers.iter().find(|server| !here(server)),
        ]
        .into_iter()
        .flatten()
        {
            part(Part::LaterRequest, ACK, self.later(server));
        }
    }

    /// The state of requests that are not the first.
    fn later(&self, server: &RealServer) -> States {
        let settings = &self.world.facts.settings;
        match self.protocol {
            Some(Protocol::Tcp) if !self.world.tracks() => match settings.tcp_loose {
                Some(true) => States::NEW,
                Some(false) => States::INVALID,
                None => States::ALL,
            },
            Some(Protocol::Tcp) if self.comes_back(server) => States::ESTABLISHED,
            Some(Protocol::Tcp) if settings.tcp_be_liberal == Some(false) => States::INVALID,
            Some(Protocol::Udp) if !self.world.tracks() => States::NEW,
            Some(Protocol::Udp) => States::NEW.with(States::ESTABLISHED),
            _ => States::ALL,
        }
    }

    /// Whether the answers of a server pass this host.
    fn comes_back(&self, server: &RealServer) -> bool {
        server.forwarding == Forwarding::Masquerading
            || self.world.facts.is_own(server.endpoint.address)
    }

    fn of_server(&self, server: &RealServer, each: &mut impl FnMut(&Flow<'b>)) {
        let facts = self.world.facts;
        if facts.is_own(server.endpoint.address) || server.forwarding == Forwarding::Local {
            self.local_reply(each);
            return;
        }
        // By name, with the lifetime of the facts.
        let Some(way) = facts.way_to(server.endpoint.address) else {
            return;
        };
        let way = self.world.outside.iter().position(|name| *name == way);
        let Some(way) = way.map(|index| &self.world.outside[index..=index]) else {
            return;
        };
        self.forwarded(server, way, each);
        if server.forwarding == Forwarding::Masquerading {
            let direct = matches!(
                facts.routes.get(&server.endpoint.address),
                Some(Route::Direct(_))
            );
            // Behind routers, another way back is nothing unusual.
            let way = if direct { way } else { &self.world.outside };
            self.reply(server, way, each);
        }
    }

    /// From this host to a server.
    fn forwarded(&self, server: &RealServer, way: &'b [&'b str], each: &mut impl FnMut(&Flow<'b>)) {
        let family = Family::of(server.endpoint.address);
        let mut packet = self.packet(Hook::Output, family);
        packet.output = Interfaces::AnyOf(way);
        packet.to_us = Some(false);
        let (first, later) = match server.forwarding {
            Forwarding::Tunnel(tunnel) => {
                let (protocol, port) = outer(tunnel, self.id.family());
                packet.protocol = Some(protocol);
                packet.destination = Some(server.endpoint.address);
                packet.destination_port = port;
                let states = States::NEW.with(States::ESTABLISHED);
                (states, states)
            }
            forwarding => {
                let masqueraded = forwarding == Forwarding::Masquerading;
                if masqueraded {
                    packet.destination = Some(server.endpoint.address);
                    packet.destination_port = Some(server.endpoint.port).filter(|port| *port != 0);
                } else {
                    packet.destination = self.vip.map(|vip| vip.address);
                    packet.destination_port =
                        self.vip.map(|vip| vip.port).filter(|port| *port != 0);
                    packet.mark = self.mark();
                }
                match self.world.tracks() {
                    true => (States::NEW, self.later(server)),
                    false => {
                        let later = self.later(server);
                        // What is new on its way in is kept from tracking on its way out.
                        let later = if later == States::NEW {
                            States::UNTRACKED
                        } else {
                            later
                        };
                        (States::UNTRACKED, later)
                    }
                }
            }
        };
        let tunnelled = matches!(server.forwarding, Forwarding::Tunnel(_));
        for (part, flags, states) in [
            (Part::Forwarded, SYN, first),
            (Part::LaterForwarded, ACK, later),
        ] {
            packet.states = self.world.states(states);
            packet.flags = (self.is_tcp() && !tunnelled).then_some(flags);
            for hook in [Hook::Output, Hook::Postrouting] {
                packet.hook = hook;
                packet.input = match hook {
                    Hook::Output => Interfaces::None,
                    _ => Interfaces::AnyOf(&[]),
                };
                each(&self.flow(part, packet, (i32::MIN, i32::MAX)));
            }
        }
    }

    /// From a masqueraded server to the client.
    fn reply(&self, server: &RealServer, way: &'b [&'b str], each: &mut impl FnMut(&Flow<'b>)) {
        let mut packet = self.packet(Hook::Forward, Family::of(server.endpoint.address));
        packet.input = Interfaces::AnyOf(way);
        packet.to_us = Some(false);
        packet.flags = self.is_tcp().then_some(SYN_ACK);
        packet.states = self.world.states(self.first_reply());
        let own = |packet: &mut Packet<'b>, place: Option<Endpoint>| {
            packet.source = place.map(|place| place.address);
            packet.source_port = place.map(|place| place.port).filter(|port| *port != 0);
        };
        own(&mut packet, Some(server.endpoint));
        let outside = Interfaces::AnyOf(&self.world.outside);
        for (hook, output, last) in [
            (Hook::Prerouting, Interfaces::None, i32::MAX),
            (Hook::Forward, outside, IPVS_FORWARD - 1),
        ] {
            (packet.hook, packet.output) = (hook, output);
            each(&self.flow(Part::Reply, packet, (i32::MIN, last)));
        }
        own(&mut packet, self.vip);
        for (hook, first) in [
            (Hook::Forward, IPVS_FORWARD + 3),
            (Hook::Postrouting, i32::MIN),
        ] {
            (packet.hook, packet.output) = (hook, outside);
            each(&self.flow(Part::Reply, packet, (first, i32::MAX)));
        }
    }

    /// From a program of this host to the client.
    fn local_reply(&self, each: &mut impl FnMut(&Flow<'b>)) {
        let mut packet = self.packet(Hook::Output, self.id.family());
        packet.input = Interfaces::None;
        packet.output = Interfaces::AnyOf(&self.world.outside);
        packet.source = self.vip.map(|vip| vip.address);
        packet.source_port = self.vip.map(|vip| vip.port).filter(|port| *port != 0);
        packet.flags = self.is_tcp().then_some(SYN_ACK);
        packet.states = self.world.states(self.first_reply());
        each(&self.flow(Part::LocalReply, packet, (IPVS_OUTPUT + 1, i32::MAX)));
    }

    fn first_reply(&self) -> States {
        match self.protocol {
            Some(Protocol::Tcp | Protocol::Udp) if self.world.tracks() => States::ESTABLISHED,
            Some(Protocol::Tcp) => States::INVALID,
            Some(Protocol::Udp) => States::NEW.with(States::UNTRACKED),
            _ => States::ALL,
        }
    }

    fn packet(&self, hook: Hook, family: Family) -> Packet<'b> {
        Packet {
            hook,
            family,
            input: Interfaces::AnyOf(&[]),
            output: Interfaces::AnyOf(&[]),
            source: None,
            destination: None,
            to_us: None,
            protocol: self.protocol.map(number),
            source_port: None,
            destination_port: None,
            states: States::ALL,
            flags: None,
            mark: None,
            translated: None,
        }
    }

    fn flow(&self, part: Part, packet: Packet<'b>, priorities: (i32, i32)) -> Flow<'b> {
        Flow {
            service: self.id,
            part,
            packet,
            priorities,
        }
    }

    fn is_tcp(&self) -> bool {
        self.protocol.map(number) == Some(TCP)
    }

    fn mark(&self) -> Option<u32> {
        match self.id {
            ServiceId::FirewallMark { mark, .. } => Some(mark),
            ServiceId::Address { .. } => None,
        }
    }
}
