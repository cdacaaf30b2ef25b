//! What holds for the whole director: timeouts, sync daemons, the version of its IPVS.

use std::net::{IpAddr, Ipv4Addr};

use super::Name;

/// Connection timeouts in seconds, 0 to 2678400; a 0 that is sent leaves that timeout as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timeouts {
    /// Of established TCP connections.
    pub tcp: u32,
    /// Of TCP connections after a FIN.
    pub tcp_fin: u32,
    /// Of UDP.
    pub udp: u32,
}

/// Which end of the connection synchronisation a daemon is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DaemonRole {
    /// Sends its connections.
    Master,
    /// Receives those of a master.
    Backup,
}

impl DaemonRole {
    /// `master` or `backup`.
    pub fn name(self) -> &'static str {
        match self {
            DaemonRole::Master => "master",
            DaemonRole::Backup => "backup",
        }
    }
}

/// A sync daemon. What is `None` is left to the kernel, or was not given by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyncDaemon {
    /// Which end it is.
    pub role: DaemonRole,
    /// The interface that it sends or listens on.
    pub interface: Name,
    /// 0 to 255; a backup takes only what carries its id, or everything where that is 0.
    pub sync_id: u8,
    /// The longest UDP payload in bytes, 1 to 65507.
    pub max_length: Option<u16>,
    /// The multicast group; 224.0.0.81 where none is given.
    pub group: Option<IpAddr>,
    /// The UDP port; 8848 where none is given.
    pub port: Option<u16>,
    /// How many hops a message may take, 1 to 255; 1 where none is given.
    pub ttl: Option<u8>,
}

impl SyncDaemon {
    /// The multicast group that it uses.
    pub fn group_or_default(&self) -> IpAddr {
        self.group.unwrap_or(Ipv4Addr::new(224, 0, 0, 81).into())
    }

    /// The UDP port that it uses.
    pub fn port_or_default(&self) -> u16 {
        self.port.unwrap_or(8848)
    }
}

/// What the kernel says of its IPVS (`IPVS_CMD_GET_INFO`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Info {
    /// Three bytes: major, minor, patch (`IP_VS_VERSION_CODE`).
    pub version: u32,
    /// Buckets of the connection table.
    pub connection_table_size: u32,
}

impl Info {
    /// The version with points: `1.2.1`.
    pub fn version_text(&self) -> String {
        let [_, major, minor, patch] = self.version.to_be_bytes();
        format!("{major}.{minor}.{patch}")
    }
}
