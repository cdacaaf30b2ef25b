//! Counters and rates as attributes; no I/O.

use super::message::{DecodeError, Received, each};
use super::uapi::StatsAttribute as Attr;
use crate::model::Stats;

/// The contents of the attributes that hold counters.
#[derive(Clone, Copy, Debug, Default)]
pub struct EncodedStats<'a> {
    /// Of an `IPVS_*_ATTR_STATS`, where all but the byte counters are 32 bits wide.
    pub narrow: Option<&'a [u8]>,
    /// Of an `IPVS_*_ATTR_STATS64`, where everything is 64 bits wide.
    pub wide: Option<&'a [u8]>,
}

impl EncodedStats<'_> {
    /// The wider counters that the kernel gave; one that gave none counted nothing.
    pub fn decode(&self) -> Result<Stats, DecodeError> {
        match (self.wide, self.narrow) {
            (Some(bytes), _) => fields(bytes, |received| received.u64()),
            (None, Some(bytes)) => fields(bytes, |received| match received.kind {
                Attr::Inbytes | Attr::Outbytes => received.u64(),
                _ => received.u32().map(u64::from),
            }),
            (None, None) => Ok(Stats::default()),
        }
    }
}

fn fields(
    bytes: &[u8],
    number: impl Fn(&Received<'_, Attr>) -> Result<u64, DecodeError>,
) -> Result<Stats, DecodeError> {
    let mut stats = Stats::default();
    each("the statistics", bytes, |received| {
        let field = match received.kind {
            Attr::Conns => &mut stats.connections,
            Attr::Inpkts => &mut stats.in_packets,
            Attr::Outpkts => &mut stats.out_packets,
            Attr::Inbytes => &mut stats.in_bytes,
            Attr::Outbytes => &mut stats.out_bytes,
            Attr::Cps => &mut stats.connection_rate,
            Attr::Inpps => &mut stats.in_packet_rate,
            Attr::Outpps => &mut stats.out_packet_rate,
            Attr::Inbps => &mut stats.in_byte_rate,
            Attr::Outbps => &mut stats.out_byte_rate,
            Attr::Pad => return Ok(()),
        };
        *field = number(&received)?;
        Ok(())
    })?;
    Ok(stats)
}
