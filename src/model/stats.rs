//! Counters and rates.

/// Counters since the service was added or zeroed, and rates per second as the kernel averages them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Connections scheduled.
    pub connections: u64,
    /// Packets from clients.
    pub in_packets: u64,
    /// Packets to clients; 0 where servers reply past the director.
    pub out_packets: u64,
    /// Bytes from clients.
    pub in_bytes: u64,
    /// Bytes to clients.
    pub out_bytes: u64,
    /// Connections per second.
    pub connection_rate: u64,
    /// Packets per second from clients.
    pub in_packet_rate: u64,
    /// Packets per second to clients.
    pub out_packet_rate: u64,
    /// Bytes per second from clients.
    pub in_byte_rate: u64,
    /// Bytes per second to clients.
    pub out_byte_rate: u64,
}

impl Stats {
    /// Connections, packets in and out, bytes in and out: the order of a listing.
    pub fn totals(&self) -> [u64; 5] {
        [
            self.connections,
            self.in_packets,
            self.out_packets,
            self.in_bytes,
            self.out_bytes,
        ]
    }

    /// The rates of the same.
    pub fn rates(&self) -> [u64; 5] {
        [
            self.connection_rate,
            self.in_packet_rate,
            self.out_packet_rate,
            self.in_byte_rate,
            self.out_byte_rate,
        ]
    }
}
