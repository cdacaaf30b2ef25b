//! Counters and rates as attributes; no I/O.

use super::message::DecodeError;
use super::nest::{Decode, Nest};
use super::uapi::StatsAttribute as Attr;
use crate::model::Stats;

/// What the attributes are inside, for errors.
const INSIDE: &str = "the statistics";

/// The bytes of all attributes of statistics: two of 64 bits and eight of 32, or ten of 64.
pub const NARROW: usize = 2 * 12 + 8 * 8;
pub const WIDE: usize = 10 * 12;

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
            (Some(bytes), _) => Nest::decode(INSIDE, bytes, Wide),
            (None, Some(bytes)) => Nest::decode(INSIDE, bytes, Narrow),
            (None, None) => Ok(Stats::default()),
        }
    }
}

/// Decodes statistics in which all numbers have 64 bits.
struct Wide;

impl Decode<'_, Attr> for Wide {
    type Value = Stats;
    const LEAST: usize = WIDE;

    #[inline(always)]
    fn decode(&self, found: &mut Nest<'_, '_, Attr>) -> Result<Stats, DecodeError> {
        stats(found, |found, kind| found.u64(kind))
    }
}

/// Decodes statistics in which all numbers but those of bytes have 32 bits.
struct Narrow;

impl Decode<'_, Attr> for Narrow {
    type Value = Stats;
    const LEAST: usize = NARROW;

    #[inline(always)]
    fn decode(&self, found: &mut Nest<'_, '_, Attr>) -> Result<Stats, DecodeError> {
        stats(found, |found, kind| Ok(found.u32(kind)?.map(u64::from)))
    }
}

/// Statistics whose numbers are read by `number`; those of bytes are wide in either form. Asks for them in the order in
/// which the kernel sends them.
#[inline(always)]
fn stats(
    found: &mut Nest<'_, '_, Attr>,
    number: impl Fn(&mut Nest<'_, '_, Attr>, Attr) -> Result<Option<u64>, DecodeError>,
) -> Result<Stats, DecodeError> {
    Ok(Stats {
        connections: number(found, Attr::Conns)?.unwrap_or(0),
        in_packets: number(found, Attr::Inpkts)?.unwrap_or(0),
        out_packets: number(found, Attr::Outpkts)?.unwrap_or(0),
        in_bytes: found.u64(Attr::Inbytes)?.unwrap_or(0),
        out_bytes: found.u64(Attr::Outbytes)?.unwrap_or(0),
        connection_rate: number(found, Attr::Cps)?.unwrap_or(0),
        in_packet_rate: number(found, Attr::Inpps)?.unwrap_or(0),
        out_packet_rate: number(found, Attr::Outpps)?.unwrap_or(0),
        in_byte_rate: number(found, Attr::Inbps)?.unwrap_or(0),
        out_byte_rate: number(found, Attr::Outbps)?.unwrap_or(0),
    })
}
