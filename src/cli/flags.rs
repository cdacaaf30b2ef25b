//! The one table of flags: spelling, value, place in the help.

/// Every command and option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Flag {
    // Commands.
    AddService,
    EditService,
    DeleteService,
    Clear,
    Restore,
    Save,
    AddServer,
    EditServer,
    DeleteServer,
    List,
    Zero,
    SetTimeouts,
    StartDaemon,
    StopDaemon,
    Diagnose,
    Help,
    Version,
    // Options.
    TcpService,
    UdpService,
    SctpService,
    FirewallMark,
    Ipv6,
    Scheduler,
    PersistenceEngine,
    Persistent,
    NoPersistent,
    Netmask,
    OnePacket,
    NoOnePacket,
    SchedulerFlags,
    RealServer,
    Gatewaying,
    Tunneling,
    Masquerading,
    TunnelType,
    TunnelPort,
    TunnelNoChecksum,
    TunnelChecksum,
    TunnelRemoteChecksum,
    Weight,
    UpperThreshold,
    LowerThreshold,
    Exist,
    Keep,
    Drain,
    Ramp,
    Only,
    Except,
    Report,
    MulticastInterface,
    SyncId,
    SyncMaxLength,
    MulticastGroup,
    MulticastPort,
    MulticastTtl,
    Check,
    Replace,
    KeepWeights,
    DryRun,
    Atomic,
    Wait,
    Input,
    All,
    Output,
    Numeric,
    Connection,
    Timeout,
    Daemon,
    Status,
    Stats,
    Rate,
    Exact,
    Thresholds,
    PersistentConnections,
    TunnelInfo,
    Json,
    Metrics,
    Sum,
    States,
    Watch,
    Count,
    SortBy,
    OnlyActive,
    NoSort,
    Sort,
    Color,
    Client,
    State,
    Protocol,
    ExpiresWithin,
    ExpiresAfter,
    Origin,
    CountBy,
    Top,
    Probe,
    AsServer,
    Director,
    Netns,
    Quiet,
    Verbose,
}

/// Whether a flag takes a value; the word is its name in the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    Nothing,
    Value(&'static str),
    /// The rest of the word, or the next word unless it begins with a dash.
    OptionalValue(&'static str),
    /// Three words that belong to no other flag.
    ThreeWords(&'static str),
}

/// What the table says of a flag.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    pub flag: Flag,
    /// One-letter spellings; the first is the one to show.
    pub shorts: &'static str,
    pub long: &'static str,
    pub takes: Takes,
    pub help: &'static str,
}

const fn spec(
    flag: Flag,
    shorts: &'static str,
    long: &'static str,
    takes: Takes,
    help: &'static str,
) -> Spec {
    Spec {
        flag,
        shorts,
        long,
        takes,
        help,
    }
}

/// The number of flags.
pub const COUNT: usize = Flag::Verbose as usize + 1;
/// The number of flags that are commands; they come first.
pub const COMMANDS: usize = Flag::Version as usize + 1;

/// Every flag, in the order of [`Flag`] (a test holds it to that).
#[rustfmt::skip]
pub const FLAGS: [Spec; COUNT] = {
    use Flag as F;
    use Takes::{Nothing, OptionalValue, ThreeWords, Value};
    [
        spec(F::AddService, "A", "add-service", Nothing, "add a virtual service"),
        spec(F::EditService, "E", "edit-service", Nothing, "replace the options of a virtual service"),
        spec(F::DeleteService, "D", "delete-service", Nothing, "delete a virtual service and its servers"),
        spec(F::Clear, "C", "clear", Nothing, "delete everything"),
        spec(F::Restore, "R", "restore", Nothing, "apply the rules on standard input"),
        spec(F::Save, "S", "save", Nothing, "print the table as rules"),
        spec(F::AddServer, "a", "add-server", Nothing, "add a real server to a virtual service"),
        spec(F::EditServer, "e", "edit-server", Nothing, "replace the options of a real server"),
        spec(F::DeleteServer, "d", "delete-server", Nothing, "delete a real server"),
        spec(F::List, "Ll", "list", Nothing, "list the table, or one service"),
        spec(F::Zero, "Z", "zero", Nothing, "zero the counters of one or all services"),
        spec(F::SetTimeouts, "", "set", ThreeWords("TCP TCPFIN UDP"), "set the timeouts in seconds (0 keeps one)"),
        spec(F::StartDaemon, "", "start-daemon", Value("master|backup"), "start a connection sync daemon"),
        spec(F::StopDaemon, "", "stop-daemon", Value("master|backup"), "stop a connection sync daemon"),
        spec(F::Diagnose, "", "diagnose", Nothing, "find what keeps this director from working"),
        spec(F::Help, "h", "help", Nothing, "show this help"),
        spec(F::Version, "v", "version", Nothing, "show the version"),
        spec(F::TcpService, "t", "tcp-service", Value("ADDRESS[:PORT]"), "the TCP virtual service"),
        spec(F::UdpService, "u", "udp-service", Value("ADDRESS[:PORT]"), "the UDP virtual service"),
        spec(F::SctpService, "", "sctp-service", Value("ADDRESS[:PORT]"), "the SCTP virtual service"),
        spec(F::FirewallMark, "f", "fwmark-service", Value("MARK"), "a firewall mark, 1 to 4294967295 or 0xHEX"),
        spec(F::Ipv6, "6", "ipv6", Nothing, "the firewall mark's packets are IPv6"),
        spec(F::Scheduler, "s", "scheduler", Value("NAME"), "the scheduler (default wlc)"),
        spec(F::PersistenceEngine, "", "pe", Value("NAME"), "the persistence engine, such as sip"),
        spec(F::Persistent, "p", "persistent", OptionalValue("SECONDS"), "stay on one server, 1 to 2678400 (default 360)"),
        spec(F::NoPersistent, "", "no-persistent", Nothing, "with --keep: end the persistence of the service"),
        spec(F::Netmask, "M", "netmask", Value("MASK"), "clients that count as one: mask or prefix length"),
        spec(F::OnePacket, "o", "ops", Nothing, "schedule each packet by itself (UDP or a mark)"),
        spec(F::NoOnePacket, "", "no-ops", Nothing, "with --keep: schedule connections, not packets"),
        spec(F::SchedulerFlags, "b", "sched-flags", Value("FLAGS"), "flags of the scheduler, with commas between them"),
        spec(F::RealServer, "r", "real-server", Value("ADDRESS[:PORT]"), "the real server"),
        spec(F::Gatewaying, "g", "gatewaying", Nothing, "forward by direct routing (default)"),
        spec(F::Tunneling, "i", "ipip", Nothing, "forward through a tunnel"),
        spec(F::Masquerading, "m", "masquerading", Nothing, "forward by masquerading (NAT)"),
        spec(F::TunnelType, "", "tun-type", Value("TYPE"), "ipip (default), gue or gre"),
        spec(F::TunnelPort, "", "tun-port", Value("PORT"), "the port of a gue tunnel"),
        spec(F::TunnelNoChecksum, "", "tun-nocsum", Nothing, "the tunnel carries no checksum (default)"),
        spec(F::TunnelChecksum, "", "tun-csum", Nothing, "the tunnel carries a checksum"),
        spec(F::TunnelRemoteChecksum, "", "tun-remcsum", Nothing, "the gue tunnel offloads remote checksums"),
        spec(F::Weight, "w", "weight", Value("WEIGHT"), "its capacity, 0 to 2147483647 (default 1)"),
        spec(F::UpperThreshold, "x", "u-threshold", Value("CONNECTIONS"), "no new connections from this number on"),
        spec(F::LowerThreshold, "y", "l-threshold", Value("CONNECTIONS"), "open the server again below this"),
        spec(F::Exist, "", "exist", Nothing, "edit what is there, count what is missing as deleted"),
        spec(F::Keep, "", "keep", Nothing, "with -E or -e: change only what is named"),
        spec(F::Drain, "", "drain", OptionalValue("SECONDS"), "weight 0, wait for the last connection, then delete"),
        spec(F::Ramp, "", "ramp", Value("SECONDS"), "reach the weight in even steps, 1 to 2678400 seconds"),
        spec(F::Only, "", "only", Value("SELECTOR"), "these services: address, prefix, fwm:MARK, tcp ..."),
        spec(F::Except, "", "except", Value("SELECTOR"), "all services but these; several: with commas"),
        spec(F::Report, "", "report", Nothing, "when done, print what was changed, as rules or JSON"),
        spec(F::MulticastInterface, "", "mcast-interface", Value("NAME"), "the interface to sync over (default eth0)"),
        spec(F::SyncId, "", "syncid", Value("ID"), "the sync group, 0 to 255"),
        spec(F::SyncMaxLength, "", "sync-maxlen", Value("BYTES"), "the longest sync message, 1 to 65507"),
        spec(F::MulticastGroup, "", "mcast-group", Value("ADDRESS"), "the multicast group, IPv4 or IPv6"),
        spec(F::MulticastPort, "", "mcast-port", Value("PORT"), "the UDP port, 1 to 65535"),
        spec(F::MulticastTtl, "", "mcast-ttl", Value("HOPS"), "the multicast time to live, 1 to 255"),
        spec(F::Check, "", "check", Nothing, "read and verify everything, apply nothing"),
        spec(F::Replace, "", "replace", Nothing, "make the table equal to the rules, by fewest changes"),
        spec(F::KeepWeights, "", "keep-weights", OptionalValue("0"), "with --replace: servers keep theirs (=0: only a 0)"),
        spec(F::DryRun, "", "dry-run", Nothing, "with --replace: print the changes, make none"),
        spec(F::Atomic, "", "atomic", Nothing, "apply all lines or none"),
        spec(F::Wait, "", "wait", Value("SECONDS"), "how long to wait for another such run (default 60)"),
        spec(F::Input, "", "input", Value("FILE"), "read the rules from a file"),
        spec(F::All, "", "all", Nothing, "save the timeouts and the sync daemons too"),
        spec(F::Output, "", "output", Value("FILE"), "save into a file, replaced whole or not at all"),
        spec(F::Numeric, "n", "numeric", Nothing, "print numbers instead of names"),
        spec(F::Connection, "c", "connection", Nothing, "list the current connections"),
        spec(F::Timeout, "", "timeout", Nothing, "list the connection timeouts"),
        spec(F::Daemon, "", "daemon", Nothing, "list the sync daemons"),
        spec(F::Status, "", "status", Nothing, "list how full the tables are, changed settings"),
        spec(F::Stats, "", "stats", Nothing, "list counters"),
        spec(F::Rate, "", "rate", Nothing, "list rates per second"),
        spec(F::Exact, "X", "exact", Nothing, "do not abbreviate large numbers"),
        spec(F::Thresholds, "", "thresholds", Nothing, "list thresholds"),
        spec(F::PersistentConnections, "", "persistent-conn", Nothing, "list persistent connections"),
        spec(F::TunnelInfo, "", "tun-info", Nothing, "list tunnels"),
        spec(F::Json, "", "json", Nothing, "list, save, restore or diagnose as JSON, one a line"),
        spec(F::Metrics, "", "metrics", Nothing, "list as OpenMetrics text, for Prometheus"),
        spec(F::Sum, "", "sum", Value("service|all"), "with --metrics: sums of services, or of all"),
        spec(F::States, "", "states", Nothing, "with --metrics: count connections by state"),
        spec(F::Watch, "", "watch", OptionalValue("SECONDS"), "list again and again, with current rates (default 1)"),
        spec(F::Count, "", "count", Value("LISTINGS"), "with --watch: end after so many listings"),
        spec(F::SortBy, "", "sort-by", Value("KEY"), "connections, rate, weight (largest first) or address"),
        spec(F::OnlyActive, "", "only-active", Nothing, "leave out servers without connections, old or new"),
        spec(F::NoSort, "", "nosort", Nothing, "list in the kernel's order"),
        spec(F::Sort, "", "sort", Nothing, "list in order (default)"),
        spec(F::Color, "", "color", Value("WHEN"), "colour lines by state: auto, always or never"),
        spec(F::Client, "", "client", Value("ADDRESS[/PREFIX]"), "those of a client, or of a network of clients"),
        spec(F::State, "", "state", Value("NAME[,NAME]"), "those in a state, such as SYN_RECV"),
        spec(F::Protocol, "", "protocol", Value("NAME"), "those of tcp, udp, sctp, or ip for marks"),
        spec(F::ExpiresWithin, "", "expires-within", Value("SECONDS"), "those with at most so many seconds left"),
        spec(F::ExpiresAfter, "", "expires-after", Value("SECONDS"), "those with more than so many seconds left"),
        spec(F::Origin, "", "origin", Nothing, "show which came over the sync daemon"),
        spec(F::CountBy, "", "count-by", Value("KEY[,KEY]"), "counts by client, server, state and others"),
        spec(F::Top, "", "top", Value("ROWS"), "with --count-by: only the largest counts"),
        spec(F::Probe, "", "probe", Nothing, "ask the network too: who else has a VIP, who answers"),
        spec(F::AsServer, "", "as-server", Nothing, "this host is a real server of the service"),
        spec(F::Director, "", "director", Value("ADDRESS"), "the director's address in this server's network"),
        spec(F::Netns, "", "netns", Value("NAME|PATH|PID"), "work in this network namespace"),
        spec(F::Quiet, "", "quiet", Nothing, "print nothing on standard error"),
        spec(F::Verbose, "", "verbose", Nothing, "print requests and answers on standard error"),
    ]
};

/// For each ASCII letter or digit, one more than the index of its flag; 0 for none.
const BY_SHORT: [u8; 128] = {
    let mut table = [0; 128];
    let mut index = 0;
    while index < COUNT {
        let shorts = FLAGS[index].shorts.as_bytes();
        let mut letter = 0;
        while letter < shorts.len() {
            table[shorts[letter] as usize] = index as u8 + 1;
            letter += 1;
        }
        index += 1;
    }
    table
};

impl Flag {
    pub fn spec(self) -> &'static Spec {
        &FLAGS[self as usize]
    }

    pub fn is_command(self) -> bool {
        (self as usize) < COMMANDS
    }

    /// The flag that is spelt `-letter`.
    pub fn from_short(letter: u8) -> Option<Flag> {
        let index = *BY_SHORT.get(usize::from(letter))?;
        Some(FLAGS[usize::from(index).checked_sub(1)?].flag)
    }

    /// The flag that is spelt `--word`.
    pub fn from_long(word: &str) -> Option<Flag> {
        FLAGS
            .iter()
            .find(|spec| spec.long == word)
            .map(|spec| spec.flag)
    }
}

impl std::fmt::Display for Flag {
    /// The spelling to show: `-t` where there is a letter, else `--sctp-service`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let spec = self.spec();
        match spec.shorts.chars().next() {
            Some(letter) => write!(f, "-{letter}"),
            None => write!(f, "--{}", spec.long),
        }
    }
}
