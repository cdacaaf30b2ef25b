//! The kernel's tick, in which some of its files count time.

use rustix::time::{ClockId, clock_getres};

/// Ticks in a second of the running kernel (`CONFIG_HZ`): 100 to 1000 as a rule.
///
/// The resolution of the coarse clock is one tick, in whole nanoseconds.
pub fn ticks_per_second() -> u32 {
    per_second(clock_getres(ClockId::MonotonicCoarse).tv_nsec)
}

/// How often a number of nanoseconds, at least 1, fits into a second, rounded.
fn per_second(nanoseconds: i64) -> u32 {
    const SECOND: i64 = 1_000_000_000;
    let tick = nanoseconds.clamp(1, SECOND);
    u32::try_from((SECOND + tick / 2) / tick).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_of_usual_kernels() {
        for (nanoseconds, ticks) in [
            (10_000_000, 100),
            (4_000_000, 250),
            (3_333_333, 300),
            (1_000_000, 1000),
            (976_563, 1024),
        ] {
            assert_eq!(per_second(nanoseconds), ticks);
        }
        assert_eq!(per_second(0), 1_000_000_000);
        assert_eq!(per_second(i64::MAX), 1);
    }
}
