//! Names and numbers of the kernel's IPVS generic-netlink interface.
//!
//! Source: `include/uapi/linux/ip_vs.h` (kernel ABI, unchanged since each entry appeared).

/// The name under which the family registers (`IPVS_GENL_NAME`).
pub const FAMILY_NAME: &str = "IPVS";
/// The interface's version (`IPVS_GENL_VERSION`).
pub const FAMILY_VERSION: u8 = 1;

/// Length of an address attribute in bytes, whatever the family.
pub const ADDRESS_LENGTH: usize = 16;

pub const AF_INET: u16 = 2;
pub const AF_INET6: u16 = 10;

/// Service flags (`IP_VS_SVC_F_*`).
pub const SVC_F_PERSISTENT: u32 = 0x0001;
pub const SVC_F_ONEPACKET: u32 = 0x0004;
/// The shift of `IP_VS_SVC_F_SCHED1`, the first of three scheduler flags.
pub const SVC_F_SCHED_SHIFT: u32 = 3;
pub const SVC_F_SCHED_MASK: u32 = 0b111;
/// The flags that requests name. Without `IP_VS_SVC_F_HASHED` (2): the kernel sets that by itself, and takes a
/// new service that comes with it for one that it has.
pub const SVC_F_KNOWN: u32 =
    SVC_F_PERSISTENT | SVC_F_ONEPACKET | SVC_F_SCHED_MASK << SVC_F_SCHED_SHIFT;

/// Forwarding methods (`IP_VS_CONN_F_*`).
pub const CONN_F_FWD_MASK: u32 = 0x0007;
pub const CONN_F_MASQ: u32 = 0;
pub const CONN_F_LOCALNODE: u32 = 1;
pub const CONN_F_TUNNEL: u32 = 2;
pub const CONN_F_DROUTE: u32 = 3;
pub const CONN_F_BYPASS: u32 = 4;

/// Tunnel types (`IP_VS_CONN_F_TUNNEL_TYPE_*`).
pub const TUNNEL_IPIP: u8 = 0;
pub const TUNNEL_GUE: u8 = 1;
pub const TUNNEL_GRE: u8 = 2;

/// Tunnel flags (`IP_VS_TUNNEL_ENCAP_FLAG_*`).
pub const TUNNEL_FLAG_CSUM: u16 = 1;
pub const TUNNEL_FLAG_REMCSUM: u16 = 2;

/// Sync daemon states (`IP_VS_STATE_*`).
pub const STATE_MASTER: u32 = 1;
pub const STATE_BACKUP: u32 = 2;

/// A set of numbers to which the kernel header gives names.
pub trait KernelEnum: Copy + PartialEq {
    /// The member with this number, if this header version knows it.
    fn from_number(number: u16) -> Option<Self>;

    fn number(self) -> u16;

    /// The constant's name in the kernel header.
    fn name(self) -> &'static str;
}

macro_rules! kernel_enum {
    ($(#[$doc:meta])* $name:ident: $repr:ty, $prefix:literal { $($variant:ident = $number:literal $suffix:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr($repr)]
        pub enum $name { $($variant = $number,)* }

        impl $name {
            /// Every member, in the header's order.
            pub const ALL: &[$name] = &[$($name::$variant,)*];
        }

        impl KernelEnum for $name {
            fn from_number(number: u16) -> Option<$name> {
                match number {
                    $($number => Some($name::$variant),)*
                    _ => None,
                }
            }

            fn number(self) -> u16 {
                self as u16
            }

            fn name(self) -> &'static str {
                match self {
                    $($name::$variant => concat!($prefix, $suffix),)*
                }
            }
        }
    };
}

kernel_enum! {
    /// Commands of the family.
    Command: u8, "IPVS_CMD_" {
        NewService = 1 "NEW_SERVICE",
        SetService = 2 "SET_SERVICE",
        DelService = 3 "DEL_SERVICE",
        GetService = 4 "GET_SERVICE",
        NewDest = 5 "NEW_DEST",
        SetDest = 6 "SET_DEST",
        DelDest = 7 "DEL_DEST",
        GetDest = 8 "GET_DEST",
        NewDaemon = 9 "NEW_DAEMON",
        DelDaemon = 10 "DEL_DAEMON",
        GetDaemon = 11 "GET_DAEMON",
        SetConfig = 12 "SET_CONFIG",
        GetConfig = 13 "GET_CONFIG",
        SetInfo = 14 "SET_INFO",
        GetInfo = 15 "GET_INFO",
        Zero = 16 "ZERO",
        Flush = 17 "FLUSH",
    }
}

kernel_enum! {
    /// Attributes at the first level of a message.
    CommandAttribute: u16, "IPVS_CMD_ATTR_" {
        Service = 1 "SERVICE",
        Dest = 2 "DEST",
        Daemon = 3 "DAEMON",
        TimeoutTcp = 4 "TIMEOUT_TCP",
        TimeoutTcpFin = 5 "TIMEOUT_TCP_FIN",
        TimeoutUdp = 6 "TIMEOUT_UDP",
    }
}

kernel_enum! {
    /// Attributes of a virtual service.
    ServiceAttribute: u16, "IPVS_SVC_ATTR_" {
        Af = 1 "AF",
        Protocol = 2 "PROTOCOL",
        Addr = 3 "ADDR",
        Port = 4 "PORT",
        Fwmark = 5 "FWMARK",
        SchedName = 6 "SCHED_NAME",
        Flags = 7 "FLAGS",
        Timeout = 8 "TIMEOUT",
        Netmask = 9 "NETMASK",
        Stats = 10 "STATS",
        PeName = 11 "PE_NAME",
        Stats64 = 12 "STATS64",
    }
}

kernel_enum! {
    /// Attributes of a real server (the kernel's word is destination).
    DestAttribute: u16, "IPVS_DEST_ATTR_" {
        Addr = 1 "ADDR",
        Port = 2 "PORT",
        FwdMethod = 3 "FWD_METHOD",
        Weight = 4 "WEIGHT",
        UThresh = 5 "U_THRESH",
        LThresh = 6 "L_THRESH",
        ActiveConns = 7 "ACTIVE_CONNS",
        InactConns = 8 "INACT_CONNS",
        PersistConns = 9 "PERSIST_CONNS",
        Stats = 10 "STATS",
        AddrFamily = 11 "ADDR_FAMILY",
        Stats64 = 12 "STATS64",
        TunType = 13 "TUN_TYPE",
        TunPort = 14 "TUN_PORT",
        TunFlags = 15 "TUN_FLAGS",
    }
}

kernel_enum! {
    /// Attributes of a sync daemon.
    DaemonAttribute: u16, "IPVS_DAEMON_ATTR_" {
        State = 1 "STATE",
        McastIfn = 2 "MCAST_IFN",
        SyncId = 3 "SYNC_ID",
        SyncMaxlen = 4 "SYNC_MAXLEN",
        McastGroup = 5 "MCAST_GROUP",
        McastGroup6 = 6 "MCAST_GROUP6",
        McastPort = 7 "MCAST_PORT",
        McastTtl = 8 "MCAST_TTL",
    }
}

kernel_enum! {
    /// Counters and rates of a service or a real server.
    StatsAttribute: u16, "IPVS_STATS_ATTR_" {
        Conns = 1 "CONNS",
        Inpkts = 2 "INPKTS",
        Outpkts = 3 "OUTPKTS",
        Inbytes = 4 "INBYTES",
        Outbytes = 5 "OUTBYTES",
        Cps = 6 "CPS",
        Inpps = 7 "INPPS",
        Outpps = 8 "OUTPPS",
        Inbps = 9 "INBPS",
        Outbps = 10 "OUTBPS",
        Pad = 11 "PAD",
    }
}

kernel_enum! {
    /// Attributes of the answer to `IPVS_CMD_GET_INFO`.
    InfoAttribute: u16, "IPVS_INFO_ATTR_" {
        Version = 1 "VERSION",
        ConnTabSize = 2 "CONN_TAB_SIZE",
    }
}
