//! What a run asks of the system.

/// What a run is going to do that the system asks rights for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequiredRights {
    /// Asks the kernel about IPVS, or changes it.
    pub kernel: bool,
    /// Has the kernel listen at a port that may be below `net.ipv4.ip_unprivileged_port_start`: the kernel asks
    /// CAP_NET_BIND_SERVICE from a caller that starts a sync daemon there.
    pub ports: bool,
    /// Enters another network namespace, and leaves it, whenever something is opened there.
    pub namespaces: bool,
    /// Reads a file that may belong to others.
    pub reads_file: bool,
    /// Replaces a file that may belong to others and stays theirs.
    pub writes_file: bool,
    /// Takes the lock that keeps other runs from changing the table.
    pub lock: bool,
    /// Sends frames and ICMPv6 messages of its own to a network segment.
    pub raw_sockets: bool,
    /// Starts the programs that list the firewall's rules.
    pub firewall: bool,
}
