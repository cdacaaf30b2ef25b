//! The bounds of values, and the defaults of those that are not given.

use crate::model::Name;

/// The longest time that IPVS takes, in seconds: 31 days.
pub const LONGEST: u32 = 31 * 24 * 60 * 60;
/// Seconds of persistence where -p has no value.
pub const PERSISTENCE: u32 = 360;

/// The shortest and the longest time between two listings, in seconds.
pub const INTERVALS: (f64, f64) = (0.1, 86400.0);

/// The interface of a sync daemon for which none is named.
pub const DEFAULT_INTERFACE: Name = Name::constant("eth0");

/// The most bytes of a line of rules, without its end. A longer one is not a line of rules, and its author must not
/// decide how much memory it takes.
pub const LONGEST_LINE: usize = 64 * 1024;
