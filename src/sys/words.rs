//! Words of messages.

/// `1 packet`, `2 packets`.
pub fn counted(count: u64, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        count => format!("{count} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn one_is_singular() {
        for (count, words) in [(0, "0 packets"), (1, "1 packet"), (2, "2 packets")] {
            assert_eq!(counted(count, "packet"), words);
        }
    }
}
