//! The stable name of everything that can be found.
//!
//! Scripts and documentation refer to findings by these ids: an id is never renamed or reused. The manual lists
//! all of them.

use std::fmt;

macro_rules! ids {
    ($($variant:ident $id:literal $summary:literal)+) => {
        /// What a finding is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Id {
            $(#[doc = $summary] $variant,)+
        }

        impl Id {
            /// Every id, in the order in which the manual lists them.
            pub const ALL: &[Id] = &[$(Id::$variant,)+];

            /// The id as it is printed: lower case with hyphens.
            pub fn name(self) -> &'static str {
                match self {
                    $(Id::$variant => $id,)+
                }
            }

            /// What it means, in one line without a full stop.
            pub fn summary(self) -> &'static str {
                match self {
                    $(Id::$variant => $summary,)+
                }
            }
        }
    };
}

ids! {
    NoIpvs "no-ipvs" "the running kernel has no IPVS"
    VipMissing "vip-missing" "the address of a service is on no interface"
    VipTentative "vip-tentative" "the address of a service is on an interface but not in use"
    VipDown "vip-down" "the address of a service is on an interface that is down"
    VipElsewhere "vip-elsewhere" "another host has the address of a service"
    LoopbackDown "loopback-down" "the loopback interface is down"
    ForwardingOff "forwarding-off" "the kernel does not forward what masqueraded servers answer"
    ReversePathClients "reverse-path-clients" "the reverse path filter drops requests"
    ReversePathServers "reverse-path-servers" "the reverse path filter drops the answers of masqueraded servers"
    AnswersLost "answers-lost" "masqueraded servers get packets and return none through this host"
    ClientBesideServer "client-beside-server" "clients in the network of a masqueraded server get its answers past this host"
    OneCardRedirects "one-card-redirects" "this host tells masqueraded servers a shorter way to their clients"
    MarkUnset "mark-unset" "a service by firewall mark has no rule that sets the mark"
    NatUntracked "nat-untracked" "a rule translates addresses of a service that conntrack does not see"
    FirewallRequests "firewall-requests" "the firewall drops requests before IPVS gets them"
    FirewallForwarded "firewall-forwarded" "the firewall drops what IPVS sends to servers"
    FirewallReplies "firewall-replies" "the firewall drops the answers of servers"
    NoScheduler "no-scheduler" "a service has no scheduler"
    TunnelTypeIgnored "tunnel-type-ignored" "the kernel is older than the tunnel types gue and gre"
    SipNotUdp "sip-not-udp" "the persistence engine sip is used with another protocol than UDP"
    FtpHelperMissing "ftp-helper-missing" "FTP is masqueraded without the module ip_vs_ftp"
    NoServer "no-server" "a service has no real server"
    NoWeight "no-weight" "every real server of a service has the weight 0"
    AllFull "all-full" "every real server of a service has reached its upper threshold"
    NoRoute "no-route" "there is no route to a real server"
    ServerUnanswered "server-unanswered" "nobody answers at the address of a server"
    ServerRefuses "server-refuses" "a server refuses every connection"
    ServerSilent "server-silent" "the clients of a directly routed or tunnelled server get no answer, those of another do"
    DirectBehindRouter "direct-behind-router" "a directly routed server is behind a router"
    LoopbackMasqueraded "loopback-masqueraded" "a server on the loopback address is masqueraded"
    ServiceOnLoopback "service-on-loopback" "a service on the loopback address has servers on other hosts"
    LocalNotListening "local-not-listening" "a server is this host, where nothing listens"
    PortNotTranslated "port-not-translated" "a server that is not masqueraded has another port than its service"
    OddMethod "odd-method" "a server is forwarded to in another way than the servers beside it"
    MaskHoles "mask-holes" "the netmask of a persistent service has holes"
    PortInAddress "port-in-address" "an IPv6 address without brackets has swallowed its port"
    MarkTakesPackets "mark-takes-packets" "the packets of a service are marked for another one"
    OwnClient "own-client" "this host is a client of a service whose servers answer past it"
    QuiescentClients "quiescent-clients" "persistent clients stay on a server with the weight 0"
    ConnectionLimit "connection-limit" "the connection table is full, or nearly"
    DefenceActive "defence-active" "IPVS's defence against overload is active"
    GoneServer "gone-server" "connections go to a server that was removed"
    ReusedPorts "reused-ports" "a server with the weight 0 gets new connections from ports that were used before"
    EstimationOff "estimation-off" "counters and rates stand still"
    CrowdedTable "crowded-table" "the connection table has too few buckets"
    TableManaged "table-managed" "another program manages the table"
    SyncInterface "sync-interface" "the interface of a sync daemon is down or gone"
    SyncNoGroup "sync-no-group" "a backup sync daemon is not in its multicast group"
    SyncPortClosed "sync-port-closed" "the firewall drops the messages of a sync daemon"
    SyncNoMulticast "sync-no-multicast" "the interface of a sync daemon takes no part in multicast"
    SyncMessageTooLong "sync-message-too-long" "a master sync daemon sends messages that do not fit into a packet"
    SyncNothingReceived "sync-nothing-received" "a backup has no connection from another director"
    SyncShortPersistence "sync-short-persistence" "persistence is shorter than the timeout of synchronised connections"
    VipClaimed "vip-claimed" "another host answers those who ask for the hardware address of a VIP"
    ProbeRefused "probe-refused" "masqueraded servers refuse the connections of a probe"
    ProbeSilent "probe-silent" "masqueraded servers do not answer a probe"
    ProbeUnreachable "probe-unreachable" "masqueraded servers cannot be reached by a probe"
    ProbeSeen "probe-seen" "what the servers said to a probe"
    ServerVipPrefix "server-vip-prefix" "a real server has the VIP with a whole network"
    ServerAnswersArp "server-answers-arp" "a real server answers those who ask for the hardware address of the VIP"
    ServerAnnouncesVip "server-announces-vip" "a real server names the VIP in its own ARP requests"
    ServerTunnelMissing "server-tunnel-missing" "no interface of a real server unpacks what comes through its tunnel"
    ServerTunnelDown "server-tunnel-down" "the interface that unpacks a tunnel is down on a real server"
    ServerTunnelChecksum "server-tunnel-checksum" "a real server drops GRE packets because of their checksum"
    ServerTunnelPort "server-tunnel-port" "a real server does not unpack GUE at the port of its tunnel"
    ServerFirewall "server-firewall" "the firewall of a real server drops requests or answers"
    ServerReversePath "server-reverse-path" "the reverse path filter of a real server drops requests"
    ServerWayBack "server-way-back" "the answers of a masqueraded server do not pass the director"
    ServerNotListening "server-not-listening" "on a real server no program listens where the service is"
    ServerUdpSource "server-udp-source" "a UDP program on a real server may answer from another address than was asked"
    ServerState "server-state" "what a real server looks like"
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_words() {
        let mut names: Vec<&str> = Id::ALL.iter().map(|id| id.name()).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        for name in names {
            assert!(
                name.split('-').all(|word| !word.is_empty()
                    && word
                        .chars()
                        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())),
                "{name}"
            );
        }
    }
}
