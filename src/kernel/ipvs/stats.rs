//! Counters and rates as attributes; no I/O.

use super::message::{DecodeError, Nest};
use super::uapi::StatsAttribute as Attr;
use crate::model::Stats;

/// What the attributes are inside, for errors.
const INSIDE: &str = "the statistics";

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
            (Some(bytes), _) => {
                let found = Nest::parse(INSIDE, bytes)?;
                stats(|kind| found.u64(kind), |kind| found.u64(kind))
            }
            (None, Some(bytes)) => {
                let found = Nest::parse(INSIDE, bytes)?;
                let narrow = |kind| Ok(found.u32(kind)?.map(u64::from));
                stats(narrow, |kind| found.u64(kind))
            }
            (None, None) => Ok(Stats::default()),
        }
    }
}

/// Statistics by their numbers; `bytes` is given those that are wide in either form.
#[inline]
fn stats(
    number: impl Fn(Attr) -> Result<Option<u64>, DecodeError>,
    bytes: impl Fn(Attr) -> Result<Option<u64>, DecodeError>,
) -> Result<Stats, DecodeError> {
    Ok(Stats {
        connections: number(Attr::Conns)?.unwrap_or(0),
        in_packets: number(Attr::Inpkts)?.unwrap_or(0),
        out_packets: number(Attr::Outpkts)?.unwrap_or(0),
        in_bytes: bytes(Attr::Inbytes)?.unwrap_or(0),
        out_bytes: bytes(Attr::Outbytes)?.unwrap_or(0),
        connection_rate: number(Attr::Cps)?.unwrap_or(0),
        in_packet_rate: number(Attr::Inpps)?.unwrap_or(0),
        out_packet_rate: number(Attr::Outpps)?.unwrap_or(0),
        in_byte_rate: number(Attr::Inbps)?.unwrap_or(0),
        out_byte_rate: number(Attr::Outbps)?.unwrap_or(0),
    })
}
