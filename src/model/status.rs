//! How full the kernel's tables are, and what works on them.

/// What the kernel reports of its tables and its estimation; `None` for what it does not report.
///
/// A virtual service and each of its real servers has an *estimator*, which adds up its counters and works out its
/// rates. Since Linux 6.2 threads of the kernel do that, each for a limited number of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Entries of the connection table, those that keep a persistent client on its server included.
    pub connections: Option<u64>,
    /// The connection table.
    pub connection_buckets: Option<Buckets>,
    /// Virtual services.
    pub services: Option<u64>,
    /// The table of virtual services.
    pub service_buckets: Option<Buckets>,
    /// Slots for threads of the estimation that are set up.
    pub thread_slots: Option<u64>,
    /// The most that there can be; 0 before there is a service.
    pub thread_slots_max: Option<u64>,
    /// The most estimators that a thread works on at a stretch; 0 before there is a service.
    pub chain_length_max: Option<u64>,
    /// The most estimators of a thread; 0 before there is a service.
    pub thread_estimators_max: Option<u64>,
}

/// A hash table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Buckets {
    /// How many buckets it has; 0 before anything is in it.
    pub count: u64,
    /// How full it may be before it grows: two to the power of this is the number of entries for each bucket.
    pub load_factor: i64,
    /// How many buckets have how many entries: pairs of a number of entries and a number of buckets, in ascending order.
    pub lengths: Vec<(u64, u64)>,
}

impl Buckets {
    /// Buckets with this many entries; `None` where the kernel does not say.
    pub fn of_length(&self, length: u64) -> Option<u64> {
        let found = self.lengths.iter().find(|(entries, _)| *entries == length);
        found.map(|(_, buckets)| *buckets)
    }

    /// The most entries that a bucket has.
    pub fn longest(&self) -> Option<u64> {
        let used = self.lengths.iter().filter(|(_, buckets)| *buckets > 0);
        used.map(|(entries, _)| *entries).max()
    }
}
