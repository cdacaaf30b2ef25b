//! Numbers out of what `ipvsadm` prints.

/// Columns of a line of `--stats`, as for [`number`].
pub const CONNS: usize = 0;
pub const OUT_PKTS: usize = 2;

/// Columns of a server's line in the plain view.
pub const ACTIVE: usize = 2;
pub const INACTIVE: usize = 3;

/// The number in a column of the line for an address; the columns after the address count from 0. If there is
/// none, 0.
pub fn number(text: &str, address: &str, column: usize) -> u64 {
    let column = |line: &str| {
        let mut words = line.split_whitespace();
        words.find(|word| *word == address)?;
        words.nth(column)?.parse().ok()
    };
    text.lines().find_map(column).unwrap_or(0)
}
