//! Commands that give packets to servers this host's address as their source.

use std::collections::BTreeSet;

use ipnet::IpNet;

use crate::diagnose::Finding;
use crate::diagnose::facts::Facts;
use crate::model::{Endpoint, Family, RealServerEntry, Service};

/// Said of firewall rules.
pub const KEEP_FIREWALL: &str =
    "To keep it at the next start, add it to the rules that the firewall is started with too.";
/// A table of its own: the names of others are not known, and it is removed with one command.
const TABLE: &str = "ipvs_source";

/// Packets on their way to a masqueraded server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Flow {
    from: Option<IpNet>,
    to: Endpoint,
    /// As firewalls spell the protocol; `None` for all.
    protocol: Option<&'static str>,
}

impl Flow {
    /// All packets to a server of a service.
    pub fn to(service: &Service, entry: &RealServerEntry) -> Flow {
        Flow {
            from: None,
            to: entry.server.endpoint,
            protocol: service.id.protocol().map(|protocol| protocol.name()),
        }
    }

    /// Only those from this network.
    pub fn from(self, network: IpNet) -> Flow {
        Flow {
            from: Some(network),
            ..self
        }
    }

    fn nft(&self) -> Vec<String> {
        let family = match Family::of(self.to.address) {
            Family::V4 => "ip",
            Family::V6 => "ip6",
        };
        let mut rule = format!("nft add rule {family} {TABLE} postrouting");
        if let Some(network) = self.from {
            rule += &format!(" {family} saddr {network}");
        }
        rule += &format!(" {family} daddr {}", self.to.address);
        if let (Some(protocol), true) = (self.protocol, self.to.port != 0) {
            rule += &format!(" {protocol} dport {}", self.to.port);
        }
        vec![
            format!("nft add table {family} {TABLE}"),
            format!(
                "nft 'add chain {family} {TABLE} postrouting {{ type nat hook postrouting priority 100; }}'"
            ),
            rule + " masquerade",
        ]
    }

    fn iptables(&self) -> String {
        let program = match Family::of(self.to.address) {
            Family::V4 => "iptables",
            Family::V6 => "ip6tables",
        };
        let mut rule = format!("{program} -t nat -A POSTROUTING");
        if let Some(network) = self.from {
            rule += &format!(" -s {network}");
        }
        rule += &format!(" -d {}", self.to.address);
        if let Some(protocol) = self.protocol {
            rule += &format!(" -p {protocol}");
            if self.to.port != 0 {
                rule += &format!(" --dport {}", self.to.port);
            }
        }
        rule + " -j MASQUERADE"
    }
}

/// Adds the commands to a finding; none where the kernel's IPVS knows nothing of connection tracking.
pub fn masquerade(
    facts: &Facts,
    mut finding: Finding,
    flows: impl Iterator<Item = Flow>,
) -> Finding {
    if facts.settings.conntrack.is_none() {
        return finding
            .why("This kernel's IPVS cannot do that: it was built without CONFIG_IP_VS_NFCT.");
    }
    if facts.settings.conntrack == Some(false) {
        finding = finding.sysctl("net.ipv4.vs.conntrack", 1);
    }
    let flows: BTreeSet<Flow> = flows.collect();
    let mut commands = Vec::<String>::new();
    for flow in flows {
        let new = if facts.tools.iptables || !facts.tools.nft {
            vec![flow.iptables()]
        } else {
            flow.nft()
        };
        commands.extend(
            new.into_iter()
                .filter(|command| !commands.contains(command))
                .collect::<Vec<_>>(),
        );
    }
    for command in commands {
        finding = finding.run(command);
    }
    finding.why(KEEP_FIREWALL)
}
