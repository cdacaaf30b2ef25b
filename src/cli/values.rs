//! Values of options other than addresses.

use std::net::IpAddr;
use std::time::Duration;

use super::Lookup;
use super::address;
use super::usage::Problem;
use crate::cli::command::{Order, Watch};
use crate::model::scheduler::{GENERIC_FLAGS, flag_names};
use crate::model::{DaemonRole, Family, Name, Netmask, OtherFlags, SchedulerFlags};

/// The longest time that IPVS takes, in seconds: 31 days.
pub const LONGEST: u32 = 31 * 24 * 60 * 60;
/// Seconds of persistence where -p has no value.
pub const PERSISTENCE: u32 = 360;

/// A decimal number as strtol(3) takes it: white space and a plus sign may stand before it.
pub fn integer(word: &str) -> Option<i64> {
    // All but a few numbers are a handful of digits.
    if (1..=9).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit()) {
        let digits = word.bytes().map(|byte| i64::from(byte - b'0'));
        return Some(digits.fold(0, |number, digit| number * 10 + digit));
    }
    trim_start(word).parse().ok()
}

/// The number at the beginning and how many digits it has, which are at most `most` (up to 9).
#[inline]
pub fn digits(bytes: &[u8], most: usize) -> (u32, usize) {
    let mut value = 0;
    let mut length = 0;
    for byte in bytes.iter().take(most) {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        value = value * 10 + u32::from(digit);
        length += 1;
    }
    (value, length)
}

/// A word without the white space before it, as isspace(3) knows it.
fn trim_start(word: &str) -> &str {
    word.trim_start_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r'])
}

/// A decimal number within bounds, both of which are allowed.
pub fn number(word: &str, low: u32, high: u32) -> Result<u32, Problem> {
    integer(word)
        .and_then(|number| u32::try_from(number).ok())
        .filter(|number| (low..=high).contains(number))
        .ok_or(Problem::Range(low, high))
}

/// Whether a number is written in hexadecimal: `0x10`.
pub fn is_hexadecimal(word: &str) -> bool {
    word.starts_with("0x") || word.starts_with("0X")
}

/// A firewall mark: decimal, or hexadecimal as nft and iptables print it.
pub fn mark(word: &str) -> Result<u32, Problem> {
    const LOWEST: u32 = 1;
    if !is_hexadecimal(word) {
        return number(word, LOWEST, u32::MAX);
    }
    let digits = &word[2..];
    // The parser of the standard library would take a sign.
    let plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = u32::from_str_radix(digits, 16).ok().filter(|_| plain);
    number
        .filter(|number| *number >= LOWEST)
        .ok_or(Problem::Range(LOWEST, u32::MAX))
}

/// A number of 0 to 2147483647, the range of weights and thresholds.
pub fn natural(word: &str) -> Result<u32, Problem> {
    number(word, 0, i32::MAX as u32)
}

/// A number that fits the type, 0 or `low` upwards.
pub fn narrow<T: TryFrom<u32>>(word: &str, low: u32, high: u32) -> Result<T, Problem> {
    T::try_from(number(word, low, high)?).map_err(|_| Problem::Range(low, high))
}

/// The scheduler of a service for which none is named.
pub const DEFAULT_SCHEDULER: Name = Name::constant("wlc");
/// The interface of a sync daemon for which none is named.
pub const DEFAULT_INTERFACE: Name = Name::constant("eth0");

/// The name of a scheduler or a persistence engine.
pub fn module(word: &str) -> Result<Name, Problem> {
    Name::new(word.as_bytes()).ok_or(Problem::LongModule)
}

/// The name of a network interface.
pub fn interface(word: &str) -> Result<Name, Problem> {
    Name::new(word.as_bytes()).ok_or(Problem::LongInterface)
}

/// Seconds of persistence.
pub fn persistence(word: Option<&str>) -> Result<u32, Problem> {
    word.map_or(Ok(PERSISTENCE), |word| number(word, 1, LONGEST))
}

/// The shortest and the longest time between two listings, in seconds.
pub const INTERVALS: (f64, f64) = (0.1, 86400.0);

/// The time between two listings: digits, perhaps with a point among them.
pub fn interval(word: Option<&str>) -> Result<Duration, Problem> {
    let Some(word) = word else {
        return Ok(Watch::INTERVAL);
    };
    let (shortest, longest) = INTERVALS;
    let plain = word
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    let seconds = word.parse().ok().filter(|_| plain);
    seconds
        .filter(|seconds| (shortest..=longest).contains(seconds))
        .map(Duration::from_secs_f64)
        .ok_or(Problem::NotAnInterval)
}

/// By what a listing is sorted.
pub fn order(word: &str) -> Result<Order, Problem> {
    match word {
        "connections" => Ok(Order::Connections),
        "rate" => Ok(Order::Rate),
        "weight" => Ok(Order::Weight),
        "address" => Ok(Order::Address),
        _ => Err(Problem::Choice("connections, rate, weight, address")),
    }
}

/// The granularity of persistence, whose form depends on the service's family.
pub fn netmask(word: &str, family: Family, names: &dyn Lookup) -> Result<Netmask, Problem> {
    match family {
        Family::V4 => match address::host(word, names) {
            Ok(IpAddr::V4(mask)) => Ok(Netmask::V4(mask)),
            _ => Err(Problem::NotAMask),
        },
        Family::V6 => {
            // As atoi(3) reads it: whatever follows the digits is passed over.
            let number = trim_start(word);
            let sign = usize::from(number.starts_with('+'));
            let digits = number[sign..].find(|c: char| !c.is_ascii_digit());
            let end = digits.map_or(number.len(), |digits| sign + digits);
            narrow(&number[..end], 1, 128)
                .map(Netmask::V6)
                .map_err(|_| Problem::NotAPrefix)
        }
    }
}

/// A list of flags with commas between them: the scheduler's by name, and those without a name as their bits, such
/// as 0x40. Empty parts are passed over.
pub fn service_flags(
    word: &str,
    scheduler: &Name,
) -> Result<(SchedulerFlags, OtherFlags), Problem> {
    let own = flag_names(scheduler);
    let mut flags = SchedulerFlags::default();
    let mut others = OtherFlags::default();
    for part in word.split(',').filter(|part| !part.is_empty()) {
        let bit = (0..3).find(|&bit| GENERIC_FLAGS[bit] == part || own[bit] == Some(part));
        match (bit, flag_bits(part)) {
            (Some(bit), _) => flags.0 |= 1 << bit,
            (None, Some(bits)) => others.set |= bits,
            (None, None) => return Err(Problem::NoSuchFlag(scheduler.to_string())),
        }
    }
    Ok((flags, others))
}

/// The bits of flags that have no name.
fn flag_bits(word: &str) -> Option<u32> {
    let digits = word.strip_prefix("0x")?;
    let plain = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let bits = u32::from_str_radix(digits, 16).ok().filter(|_| plain)?;
    (bits & !OtherFlags::ALL == 0).then_some(bits)
}

/// A sync daemon's role.
pub fn role(word: &str) -> Result<DaemonRole, Problem> {
    [DaemonRole::Master, DaemonRole::Backup]
        .into_iter()
        .find(|role| role.name() == word)
        .ok_or(Problem::Choice("master, backup"))
}

/// A multicast address of either family.
pub fn multicast_group(word: &str) -> Result<IpAddr, Problem> {
    let address = word.parse().map_err(|_| Problem::NotMulticast)?;
    match address {
        IpAddr::V4(group) if group.is_multicast() => Ok(address),
        IpAddr::V6(group) if group.is_multicast() => Ok(address),
        _ => Err(Problem::NotMulticast),
    }
}
