//! The kernel's schedulers, the names of their flags, and which scheduler a misspelt name was meant to be.

use strsim::osa_distance;

use super::Name;

/// The three flags whose meaning the scheduler gives (`IP_VS_SVC_F_SCHED1` to `..3`), as bits 0 to 2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SchedulerFlags(pub u8);

/// Flags of a service that this program knows nothing of, of a newer kernel: as bits of `IP_VS_SVC_F_*`, within
/// [`OtherFlags::ALL`]. A request does not change those in neither field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OtherFlags {
    /// Those to set.
    pub set: u32,
    /// Those to clear; of a service that the kernel reports there are none.
    pub clear: u32,
}

impl OtherFlags {
    /// All but those that were known when this program was written: persistence, hashed (the kernel's own),
    /// one-packet scheduling and the scheduler's three.
    pub const ALL: u32 = !0x3f;

    /// What of `self` remains after an edit with `new`.
    pub fn edited(self, new: OtherFlags) -> OtherFlags {
        OtherFlags {
            set: self.set & !new.clear | new.set,
            clear: 0,
        }
    }
}

/// The schedulers of the kernel, up to Linux 7.2.
pub const SCHEDULERS: [&str; 14] = [
    "rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh", "sed", "nq", "fo", "ovf", "mh", "twos",
];

/// The scheduler of a service for which none is named.
pub const DEFAULT: Name = Name::constant("wlc");

/// The names of the three flags under a scheduler, `None` where it gives one no meaning.
pub fn flag_names(scheduler: &Name) -> [Option<&'static str>; 3] {
    if scheduler.is("sh") {
        [Some("sh-fallback"), Some("sh-port"), None]
    } else if scheduler.is("mh") {
        [Some("mh-fallback"), Some("mh-port"), None]
    } else {
        GENERIC_FLAGS.map(Some)
    }
}

/// Whether a scheduler gives its flags a meaning.
pub fn has_flags(scheduler: &Name) -> bool {
    flag_names(scheduler) != GENERIC_FLAGS.map(Some)
}

/// The names that every flag has under every scheduler.
pub const GENERIC_FLAGS: [&str; 3] = ["flag-1", "flag-2", "flag-3"];

/// The scheduler that is one slip away from a name: a letter too many, too few, another, or two
/// exchanged; capitals do not count. None for a name that is right.
///
/// The similarity that serves for options is of no use in names of two and three letters: it does not see that two
/// were exchanged.
pub fn similar_scheduler(name: &str) -> Option<&'static str> {
    if SCHEDULERS.contains(&name) {
        return None;
    }
    let name = name.to_ascii_lowercase();
    let near = |known: &&str| osa_distance(&name, known) <= 1;
    // Few slip at the first letter, and a wrong letter is more common than a missing one.
    let unlikely = |known: &&str| {
        let first = known.as_bytes().first() != name.as_bytes().first();
        (first, known.len().abs_diff(name.len()))
    };
    SCHEDULERS.into_iter().filter(near).min_by_key(unlikely)
}

#[cfg(test)]
mod tests {
    use super::similar_scheduler;

    #[test]
    fn one_slip_is_forgiven() {
        for (typed, meant) in [
            ("wlcc", "wlc"),
            ("wl", "wlc"),
            ("wcl", "wlc"),
            ("rrr", "rr"),
            ("wr", "wrr"),
            ("WLC", "wlc"),
            ("mj", "mh"),
            ("lbcl", "lblc"),
            ("lblrc", "lblcr"),
            ("sde", "sed"),
            ("towsi", ""),
            ("roundrobin", ""),
            ("wlc", ""),
            ("", ""),
        ] {
            assert_eq!(similar_scheduler(typed).unwrap_or(""), meant, "{typed}");
        }
    }
}
