//! Values of options other than addresses.

use std::net::IpAddr;
use std::time::Duration;

use super::Lookup;
use super::address;
use super::limits::{INTERVALS, LONGEST, PERSISTENCE};
use super::numbers::{self, is_hexadecimal, narrow, number, trim_start};
use super::usage::Problem;
use crate::cli::command::{ColorChoice, Detail, Order, Watch};
use crate::model::patch::{SchedulerFlagsPatch, WeightPatch};
use crate::model::ruleset::KeptWeights;
use crate::model::scheduler::{GENERIC_FLAGS, flag_names};
use crate::model::{DaemonRole, Family, Name, Netmask, OtherFlags, SchedulerFlags};

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

/// How far metrics are summed up.
pub fn detail(word: &str) -> Result<Detail, Problem> {
    match word {
        "service" => Ok(Detail::Services),
        "all" => Ok(Detail::Whole),
        _ => Err(Problem::Choice("service, all")),
    }
}

/// When text is coloured.
pub fn color(word: &str) -> Result<ColorChoice, Problem> {
    match word {
        "auto" => Ok(ColorChoice::Auto),
        "always" => Ok(ColorChoice::Always),
        "never" => Ok(ColorChoice::Never),
        _ => Err(Problem::Choice("auto, always, never")),
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
            // As atoi(3) reads it: whatever follows the digits is ignored.
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

/// Whether a weight is written as one that is relative to another weight.
pub fn is_relative(word: &str) -> bool {
    trim_start(word).starts_with(['+', '-']) || word.ends_with('%')
}

/// A weight that is relative to the current one: `+N`, `-N` or `N%`.
pub fn relative_weight(word: &str) -> Result<WeightPatch, Problem> {
    // The parser of numbers would take another sign.
    let natural = |digits: &str| match digits.bytes().all(|byte| byte.is_ascii_digit()) {
        true => numbers::natural(digits).map_err(|_| Problem::NotAWeight),
        false => Err(Problem::NotAWeight),
    };
    let word = trim_start(word);
    if let Some(digits) = word.strip_prefix('+') {
        natural(digits).map(WeightPatch::More)
    } else if let Some(digits) = word.strip_prefix('-') {
        natural(digits).map(WeightPatch::Less)
    } else {
        let digits = word.strip_suffix('%').ok_or(Problem::NotAWeight)?;
        natural(digits).map(WeightPatch::Percent)
    }
}

/// The flags of a partial edit; a flag's name in a scheduler will do where the scheduler is not known.
pub fn flags_patch(word: &str, scheduler: Option<&Name>) -> Result<SchedulerFlagsPatch, Problem> {
    if let Some(scheduler) = scheduler {
        let (flags, others) = service_flags(word, scheduler)?;
        return Ok(SchedulerFlagsPatch {
            flags,
            others: others.set,
            named: None,
        });
    }
    let mut patch = SchedulerFlagsPatch::default();
    for part in word.split(',').filter(|part| !part.is_empty()) {
        let mut known = ["rr", "sh", "mh"].map(Name::constant).into_iter();
        let read = known.find_map(|name| service_flags(part, &name).ok().map(|read| (name, read)));
        let Some((scheduler, (flags, others))) = read else {
            return Err(Problem::Choice(
                "flag-1, flag-2, flag-3, sh-fallback, sh-port, mh-fallback, mh-port, or bits such as 0x40",
            ));
        };
        let own = flag_names(&scheduler).into_iter().flatten();
        let named = own
            .filter(|own| !GENERIC_FLAGS.contains(own))
            .find(|own| *own == part);
        let other_schedulers =
            |earlier: &'static str| !flag_names(&scheduler).contains(&Some(earlier));
        if named.is_some() && patch.named.is_some_and(other_schedulers) {
            return Err(Problem::NoSuchFlag(scheduler.to_string()));
        }
        patch.named = named.or(patch.named);
        patch.flags.0 |= flags.0;
        patch.others |= others.set;
    }
    Ok(patch)
}

/// Which weights a replacement leaves as they are.
pub fn kept_weights(word: Option<&str>) -> Result<KeptWeights, Problem> {
    match word {
        None => Ok(KeptWeights::All),
        Some("0") => Ok(KeptWeights::Zero),
        Some(_) => Err(Problem::NotZero),
    }
}

/// A list of flags with commas between them: the scheduler's by name, and those without a name as their bits, such
/// as 0x40. Empty parts are skipped.
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
